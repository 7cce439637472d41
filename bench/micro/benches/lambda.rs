//! One Lambda event written, one answer read.
#![allow(missing_docs)] // criterion's macros

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ringgate_bench_micro::{ThreadTime, criterion};
use ringgate_lambda::{Answer, Context, Format, Invoked, Limits, Request, write_event};

const FIELDS: &[(&str, &[u8])] = &[
    ("Host", b"api0000007.execute-api.localhost:8080"),
    ("User-Agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"),
    ("Accept", b"application/json, text/plain, */*"),
    ("Accept-Language", b"en-GB,en;q=0.7,de;q=0.3"),
    ("Accept-Encoding", b"gzip, deflate, br"),
    ("Authorization", b"Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxMDE3In0.c2lnbmF0dXJl"),
    ("X-Request-Id", b"0f7f6f2c-3b1e-4a5e-9c8f-0d7c3f9f2b11"),
    ("Referer", b"https://shop.example.com/account/orders"),
    ("Cookie", b"session=4f2a9d; theme=dark"),
    ("Content-Type", b"application/json"),
];
const PAYLOAD: &[u8] = br#"{"statusCode":200,"headers":{"content-type":"application/json",
"cache-control":"no-store"},"cookies":["a=1"],"body":"{\"id\":7,\"name\":\"Bello\"}"}"#;

fn lambda(criterion: &mut Criterion<ThreadTime>) {
    let context = Context {
        account_id: "111111111111",
        api_id: "api0000007",
        domain_name: "api0000007.execute-api.localhost",
        stage: "$default",
        route_key: "GET /v1/customers/{customer}/{order}",
        path_parameters: &[("customer", "c-1017"), ("order", "o-40001")],
        request_id: "JKJaXmPLvHcESHA=",
        trace_id: Some("Root=1-67fd88cb-4981526a50466e9f2be0fbed"),
        time: "12/Mar/2020:19:03:58 +0000",
        time_ms: 1_584_039_838_390,
        ..Context::default()
    };
    let small = Request {
        path: "/v1/customers/c-1017/o-40001",
        query: "expand=lines&page=2",
        fields: FIELDS,
        ..Request::default()
    };
    let text = "{\"name\":\"Bello\",\"text\":\"it's \\\"so\\\"\"}\n".repeat(1700);
    let large = Request { body: text.as_bytes(), ..small };
    let mut group = criterion.benchmark_group("lambda");
    let mut out = Vec::new();
    for (name, format, request) in [
        ("event-1.0", Format::V1, &small),
        ("event-2.0", Format::V2, &small),
        ("event-2.0-64k", Format::V2, &large),
    ] {
        out.clear();
        let _ = write_event(format, request, &context, &Limits::default(), &mut out);
        group.throughput(Throughput::Bytes(out.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                write_event(format, black_box(request), &context, &Limits::default(), &mut out)
            });
        });
    }
    group.throughput(Throughput::Bytes(PAYLOAD.len() as u64));
    group.bench_function("answer-2.0", |bencher| {
        bencher.iter(|| {
            let payload = black_box(PAYLOAD);
            let invoked = Invoked { status: 200, function_error: None, payload };
            Answer::read(Format::V2, &invoked, &Limits::default())
        });
    });
    group.finish();
}

criterion_group! { name = benches; config = criterion(); targets = lambda }
criterion_main!(benches);
