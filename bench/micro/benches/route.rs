//! From Host, method and path to the route: `locate` and `find`.
#![allow(missing_docs)] // criterion's macros

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ringgate_bench_micro::{APIS, ROUTES_PER_API, Request, Requests, ThreadTime, criterion, table};
use ringgate_table::{Captures, Table};

const REQUESTS: usize = 16_384;

fn lookup(table: &Table, request: Request<'_>, captures: &mut Captures) -> bool {
    let Ok(located) = table.locate(Some(request.host), request.path) else { return false };
    let path = request.path.get(located.path_start..).unwrap_or_default();
    located.stage.find(request.method, path, captures).is_some()
}

fn route(criterion: &mut Criterion<ThreadTime>) {
    let Ok(large) = table(APIS, ROUTES_PER_API) else { return };
    let Ok(single) = table(1, 1) else { return };
    println!("{} routes, {} bytes", large.route_count(), large.heap_bytes());
    let mut captures = Captures::new();
    let mut group = criterion.benchmark_group("route");
    for (name, hits) in [("100k/hit", true), ("100k/miss", false)] {
        let requests = Requests::new(REQUESTS, hits);
        let found = requests.iter().filter(|r| lookup(&large, *r, &mut captures)).count();
        assert_eq!(found, if hits { REQUESTS } else { 0 }, "the bench measures what it says");
        let mut at = requests.iter().cycle();
        group.bench_function(format!("locate+find/{name}"), |bencher| {
            bencher.iter(|| {
                let Some(request) = at.next() else { return false };
                lookup(&large, black_box(request), &mut captures)
            });
        });
        // The same without `locate`: the bar is set for this part.
        let stages: Vec<_> = requests
            .iter()
            .filter_map(|r| large.locate(Some(r.host), r.path).ok().map(|l| (l.stage, r)))
            .collect();
        let mut at = stages.iter().cycle();
        group.bench_function(format!("find/{name}"), |bencher| {
            bencher.iter(|| {
                let Some((stage, request)) = at.next() else { return false };
                stage.find(request.method, black_box(request.path), &mut captures).is_some()
            });
        });
    }
    let request = Request {
        method: "GET",
        host: "api0000000.execute-api.localhost",
        path: "/v1/customers/c-1/orders-0-0",
    };
    assert!(lookup(&single, request, &mut captures), "the bench measures what it says");
    group.bench_function("locate+find/one-route", |bencher| {
        bencher.iter(|| lookup(&single, black_box(request), &mut captures));
    });
    group.finish();
}

criterion_group! { name = benches; config = criterion(); targets = route }
criterion_main!(benches);
