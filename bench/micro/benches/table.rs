//! Tables: what a reader pays per request, what a publication costs, and what one changed API of
//! 300 routes costs from its definition to a table that can be published.
#![allow(missing_docs)] // criterion's macros

use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ringgate_bench_micro::{
    APIS, ROUTES_PER_API, ThreadTime, criterion, definition, delta, image, table,
};
use ringgate_table::{Table, Tables, Update, decode, encode};

fn publish_and_read(criterion: &mut Criterion<ThreadTime>) {
    let Ok(large) = table(APIS, ROUTES_PER_API) else { return };
    let mut group = criterion.benchmark_group("table");
    let tables = Tables::new(large.clone());
    let mut reader = tables.reader::<()>();
    group.bench_function("read", |bencher| {
        bencher.iter(|| reader.load().table.generation());
    });
    group.bench_function("read-and-hold", |bencher| {
        bencher.iter(|| Rc::clone(black_box(reader.load())));
    });
    group.bench_function("publish-reap", |bencher| {
        let next = || large.clone();
        let publish = |table| {
            tables.publish(table);
            reader.load();
            tables.reap()
        };
        bencher.iter_batched(next, publish, BatchSize::SmallInput);
    });
    assert_eq!(tables.live(), 1, "every retired table was freed");
    group.finish();
}

/// Decodes a delta and applies it.
fn take(table: &Table, bytes: &[u8]) -> Option<Table> {
    match decode(bytes) {
        Ok(Update::Delta(delta)) => table.apply(delta).ok(),
        _ => None,
    }
}

fn one_api(criterion: &mut Criterion<ThreadTime>) {
    let Ok(large) = table(APIS, ROUTES_PER_API) else { return };
    let definition = definition(7, ROUTES_PER_API);
    let Ok(compiled) = image(7, &definition) else { return };
    let update = Update::Delta(delta(1, compiled));
    let bytes = encode(&update);
    println!("a delta of one API of {ROUTES_PER_API} routes: {} bytes", bytes.len());
    assert!(take(&large, &bytes).is_some(), "the bench measures what it says");

    let mut group = criterion.benchmark_group("delta");
    group.bench_function("compile", |bencher| bencher.iter(|| image(7, &definition)));
    group.bench_function("encode", |bencher| bencher.iter(|| encode(&update)));
    group.bench_function("decode", |bencher| bencher.iter(|| decode(&bytes)));
    let Ok(Update::Delta(decoded)) = decode(&bytes) else { return };
    group.bench_function("apply", |bencher| {
        bencher.iter_batched(|| decoded.clone(), |d| large.apply(d), BatchSize::SmallInput);
    });
    group.bench_function("all-four", |bencher| {
        bencher.iter(|| {
            let image = image(7, &definition).ok()?;
            take(&large, &encode(&Update::Delta(delta(1, image))))
        });
    });
    group.finish();

    let snapshot = Update::Snapshot(large.snapshot());
    let bytes = encode(&snapshot);
    println!("a snapshot of {} routes: {} bytes", large.route_count(), bytes.len());
    let mut group = criterion.benchmark_group("snapshot");
    group.sample_size(20);
    group.bench_function("encode", |bencher| bencher.iter(|| encode(&snapshot)));
    group.bench_function("decode", |bencher| bencher.iter(|| decode(&bytes).map(Arc::new)));
    group.finish();
}

criterion_group! { name = benches; config = criterion(); targets = publish_and_read, one_api }
criterion_main!(benches);
