//! Tables change under readers without a pause, and none is freed by a reader.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod common;

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{STORE, image, table};
use ringgate_table::{Captures, Delta, Root, Table, Tables};

fn delta(base: u64, changed: Vec<ringgate_table::ApiImage>, removed: &[&str]) -> Delta {
    Delta {
        store_id: STORE,
        base,
        generation: base + 1,
        root: None,
        changed: changed.into_iter().map(Arc::new).collect(),
        removed: removed.iter().map(|id| (*id).to_owned()).collect(),
        parts: vec![],
    }
}

#[test]
fn a_delta_shares_what_did_not_change() {
    let first = table(vec![image("aaa", &["GET /a"]), image("bbb", &["GET /b"])], Some("aaa"));
    let second = first.apply(delta(1, vec![image("bbb", &["GET /b", "GET /c"])], &[])).unwrap();
    assert!(Arc::ptr_eq(first.api("aaa").unwrap(), second.api("aaa").unwrap()));
    assert_eq!((first.route_count(), second.route_count()), (2, 3));
    assert_eq!((first.generation(), second.generation()), (1, 2));
    let third = second.apply(delta(2, vec![image("ccc", &[])], &["aaa", "gone"])).unwrap();
    assert_eq!(third.api_count(), 2);
    assert!(third.locate(None, "/").is_err(), "the default API is gone");
    let ids: Vec<_> = third.snapshot().apis.iter().map(|a| a.api_id().to_owned()).collect();
    assert_eq!(ids, ["bbb", "ccc"]);
    let root = Some(Root { default_api: Some("bbb".into()), ..Root::default() });
    let fourth = third.apply(Delta { root, ..delta(3, vec![], &[]) }).unwrap();
    assert_eq!(fourth.default_api_id(), Some("bbb"));
}

#[test]
fn a_delta_for_another_table_is_refused() {
    let table = table(vec![image("aaa", &[])], None);
    let path = |delta| table.apply(delta).unwrap_err().path;
    assert_eq!(path(delta(2, vec![], &[])), "base");
    assert_eq!(path(Delta { store_id: [0; 16], ..delta(1, vec![], &[]) }), "storeId");
    assert_eq!(path(Delta { generation: 1, ..delta(1, vec![], &[]) }), "generation");
    assert_eq!(path(delta(1, vec![image("b", &[]), image("b", &[])], &[])), "apis/b");
    assert_eq!(path(delta(1, vec![image("b", &[])], &["b"])), "apis/b");
    let twice = common::snapshot(vec![image("b", &[]), image("b", &[])], None);
    assert_eq!(Table::from_snapshot(twice).unwrap_err().path, "apis/b");
}

#[test]
fn readers_see_the_next_table_and_keep_theirs() {
    let tables = Tables::new(table(vec![image("aaa", &["GET /a"])], Some("aaa")));
    let mut reader = tables.reader::<()>();
    let request = Rc::clone(reader.load());
    assert!(Rc::ptr_eq(&request, reader.load()), "the same while nothing changes");
    let next = tables.current().apply(delta(1, vec![image("aaa", &["GET /b"])], &[])).unwrap();
    tables.publish(next);
    assert_eq!((tables.live(), tables.reap()), (2, 0));
    assert_eq!(reader.load().table.generation(), 2);
    // The request goes on with the table it began with.
    let located = request.table.locate(None, "/a").unwrap();
    assert!(located.stage.find("GET", "/a", &mut Captures::new()).is_some());
    assert_eq!(tables.reap(), 0, "the request holds it");
    drop(request);
    assert_eq!((tables.reap(), tables.live()), (1, 1));
    assert_eq!(tables.current().generation(), 2);
}

#[test]
fn many_publications_under_many_readers() {
    const GENERATIONS: u64 = 2_000;
    let tables = Tables::new(table(vec![image("aaa", &["GET /a"])], Some("aaa")));
    let changed = Arc::new(image("aaa", &["GET /a", "GET /b"]));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut reader = tables.reader::<()>();
                let mut last = 0;
                while !done.load(Ordering::Relaxed) {
                    let generation = Rc::clone(reader.load());
                    assert!(generation.table.generation() >= last, "time goes one way");
                    last = generation.table.generation();
                    assert!(generation.table.locate(None, "/a").is_ok());
                }
            });
        }
        for base in 1..GENERATIONS {
            let mut next = delta(base, vec![], &[]);
            next.changed.push(Arc::clone(&changed));
            let next = tables.current().apply(next).unwrap();
            tables.publish(next);
            tables.reap();
        }
        done.store(true, Ordering::Relaxed);
    });
    tables.reap();
    assert_eq!((tables.live(), tables.current().generation()), (1, GENERATIONS));
}
