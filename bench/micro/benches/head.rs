//! One request head: httparse, our strict rules, and the framing decision.
#![allow(missing_docs)] // criterion's macros

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ringgate_bench_micro::{HEAD_BYTES_MAX, REQUEST_HEAD, ThreadTime, criterion};
use ringgate_http1::{Parsed, RequestSlots, parse_request};

const SMALL: &[u8] = b"GET /pets HTTP/1.1\r\nHost: localhost\r\n\r\n";
const POST: &[u8] = b"POST /pets HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/8.5.0\r\n\
Accept: */*\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{\"name\":\"Bello\"}\n";

fn head(criterion: &mut Criterion<ThreadTime>) {
    let mut group = criterion.benchmark_group("head");
    for (name, bytes) in [("ten-fields", REQUEST_HEAD), ("one-field", SMALL), ("post", POST)] {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut slots = RequestSlots::new();
                let parsed = parse_request(black_box(bytes), HEAD_BYTES_MAX, &mut slots);
                let Ok(Parsed::Complete(head)) = parsed else { return 0 };
                black_box(head.body);
                head.len
            });
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = criterion(); targets = head }
criterion_main!(benches);
