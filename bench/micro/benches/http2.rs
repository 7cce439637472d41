//! One request of HTTP/2: what the guard costs before `h2`, and the ways to HTTP/1.1 and back.
#![allow(missing_docs)] // criterion's macros

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use h2::Reason;
use http::Request;
use ringgate_bench_micro::{ThreadTime, criterion};
use ringgate_http2::{Guard, PREFACE, request_head, response};

const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];

const FIELDS: [(&str, &str); 10] = [
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"),
    ("accept", "application/json, text/plain, */*"),
    ("accept-language", "en-GB,en;q=0.7,de;q=0.3"),
    ("accept-encoding", "gzip, deflate, br"),
    ("authorization", "Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxMDE3In0.c2lnbmF0dXJl"),
    ("x-request-id", "0f7f6f2c-3b1e-4a5e-9c8f-0d7c3f9f2b11"),
    ("referer", "https://shop.example.com/account/orders"),
    ("cookie", "session=4f2a9d"),
    ("cookie", "theme=dark"),
    ("sec-fetch-mode", "cors"),
];
const TARGET: &str = "/v1/customers/c-1017/orders-7-31/o-40001?expand=lines&page=2";

fn literal(first: u8, name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).unwrap_or(0x7e);
    let name = [&[first, length(name)], name.as_bytes()].concat();
    [&name, &[length(value)][..], value.as_bytes()].concat()
}

/// A request in one HEADERS frame: everything literal, or all but its path from the tables.
fn request(first: bool) -> Vec<u8> {
    let mut block = vec![0x82, 0x87];
    block.extend(literal(0x00, ":path", TARGET));
    if first {
        block.extend(literal(0x40, ":authority", "api0000007.execute-api.localhost:8080"));
        block.extend(FIELDS.iter().flat_map(|(name, value)| literal(0x40, name, value)));
    } else {
        block.extend((0x80 | 62..=0x80 | 72).rev());
    }
    let length = u16::try_from(block.len()).unwrap_or_default().to_be_bytes();
    [&[0, length[0], length[1], 1, 5, 0, 0, 0, 1], &block[..]].concat()
}

/// A guard that has seen a first request, as the 2,000 next ones go by.
fn guard(criterion: &mut Criterion<ThreadTime>) {
    let mut group = criterion.benchmark_group("http2/guard");
    for (name, first) in [("from-tables", false), ("literal", true)] {
        let mut frame = request(first);
        group.throughput(Throughput::Bytes(frame.len() as u64));
        group.bench_function(name, |bencher| {
            let mut guard = Guard::new();
            let begun = [&PREFACE[..], &SETTINGS, &request(true)].concat();
            assert_eq!(guard.inbound(&begun, 0), Ok(()));
            let mut stream: u32 = 1;
            bencher.iter(|| {
                stream += 2;
                frame[5..9].copy_from_slice(&stream.to_be_bytes());
                guard.inbound(black_box(&frame), 0).map_err(|fault| fault.code == Reason::NO_ERROR)
            });
        });
    }
    group.finish();
}

fn messages(criterion: &mut Criterion<ThreadTime>) {
    let mut builder =
        Request::get(format!("https://api0000007.execute-api.localhost:8080{TARGET}"));
    for (name, value) in FIELDS {
        builder = builder.header(name, value);
    }
    let Ok(request) = builder.body(()) else { return };
    let (parts, ()) = request.into_parts();
    let mut out = Vec::with_capacity(2048);
    criterion.bench_function("http2/request_head", |bencher| {
        bencher.iter(|| {
            out.clear();
            request_head(black_box(&parts), true, &mut out)
        });
    });
    let fields: [(&str, &[u8]); 8] = [
        ("Content-Type", b"application/json"),
        ("Date", b"Wed, 25 Nov 2026 17:00:00 GMT"),
        ("Server", b"nginx"),
        ("Cache-Control", b"no-store"),
        ("ETag", b"\"4f2a9d0f7f6f2c3b\""),
        ("X-Request-Id", b"0f7f6f2c-3b1e-4a5e-9c8f-0d7c3f9f2b11"),
        ("Vary", b"accept-encoding"),
        ("Content-Length", b"1234"),
    ];
    criterion.bench_function("http2/response", |bencher| {
        bencher.iter(|| response(200, black_box(&fields).iter().copied()));
    });
}

criterion_group! { name = benches; config = criterion(); targets = guard, messages }
criterion_main!(benches);
