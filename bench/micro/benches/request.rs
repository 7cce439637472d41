//! A whole request in memory, from the bytes of its head to the bytes of the upstream request:
//! everything the data plane computes for it but sockets.
#![allow(missing_docs)] // criterion's macros

use std::hint::black_box;
use std::rc::Rc;

use criterion::{Criterion, criterion_group, criterion_main};
use ringgate_bench_micro::{
    APIS, HEAD_BYTES_MAX, REQUEST_HEAD, ROUTES_PER_API, ThreadTime, criterion, table,
};
use ringgate_http1::{Parsed, RequestSlots, parse_request, write};
use ringgate_table::{Captures, Integration, Reader, Tables};

/// The upstream request for `bytes` into `out`; `None` for one that would be answered otherwise.
fn forward(
    bytes: &[u8],
    reader: &mut Reader,
    captures: &mut Captures,
    out: &mut Vec<u8>,
) -> Option<()> {
    out.clear();
    let mut slots = RequestSlots::new();
    let Ok(Parsed::Complete(head)) = parse_request(bytes, HEAD_BYTES_MAX, &mut slots) else {
        return None;
    };
    let generation = Rc::clone(reader.load());
    let located = generation.table.locate(head.host, head.target.path).ok()?;
    let path = head.target.path.get(located.path_start..)?;
    let route = located.stage.find(head.method, path, captures)?;
    let Integration::Http(http) = route.integration() else { return None };
    out.extend_from_slice(http.method().unwrap_or(head.method).as_bytes());
    out.push(b' ');
    http.write_target(out, route, path, captures, head.target.query).ok()?;
    write::request_line_end(out);
    write::field(out, "host", http.origin().authority.as_bytes());
    for field in head.end_to_end() {
        write::field(out, field.name, field.value);
    }
    write::framing(out, head.body);
    write::end(out);
    Some(())
}

fn request(criterion: &mut Criterion<ThreadTime>) {
    let Ok(large) = table(APIS, ROUTES_PER_API) else { return };
    let tables = Tables::new(large);
    let mut reader = tables.reader();
    let mut captures = Captures::new();
    let mut out = Vec::with_capacity(4096);
    let forwarded = forward(REQUEST_HEAD, &mut reader, &mut captures, &mut out);
    assert!(forwarded.is_some(), "the bench measures what it says");
    assert!(out.starts_with(b"GET /v1/customers/c-1017/orders-7-31/o-40001?expand=lines&page=2 "));
    criterion.bench_function("request/ten-fields", |bencher| {
        bencher.iter(|| forward(black_box(REQUEST_HEAD), &mut reader, &mut captures, &mut out));
    });
}

criterion_group! { name = benches; config = criterion(); targets = request }
criterion_main!(benches);
