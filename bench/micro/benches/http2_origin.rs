//! One exchange with an origin of HTTP/2, in memory: all that our side of it computes but sockets
//! and TLS. What the origin answers is written beforehand.
#![allow(missing_docs)] // criterion's macros

use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use h2::client::{Connection, SendRequest};
use ringgate_bench_micro::{ThreadTime, criterion};
use ringgate_http2::{OriginGuard, Pipe, PipeIo, client_builder, client_request, response_head};

const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
const TARGET: &str = "/v1/customers/c-1017/orders-7-31/o-40001?expand=lines&page=2";
const FIELDS: [(&str, &[u8]); 8] = [
    ("user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"),
    ("accept", b"application/json, text/plain, */*"),
    ("accept-language", b"en-GB,en;q=0.7,de;q=0.3"),
    ("accept-encoding", b"gzip, deflate, br"),
    ("x-request-id", b"0f7f6f2c-3b1e-4a5e-9c8f-0d7c3f9f2b11"),
    ("cookie", b"session=4f2a9d"),
    ("forwarded", b"for=192.0.2.7;host=api0000007.example.com;proto=https"),
    ("via", b"HTTP/1.1 AmazonAPIGateway"),
];
/// Of the answer, beside `:status: 200`.
const ANSWER: [(&str, &str); 4] = [
    ("content-type", "application/json"),
    ("date", "Wed, 25 Nov 2026 17:00:00 GMT"),
    ("server", "nginx"),
    ("etag", "\"4f2a9d0f7f6f2c3b\""),
];

/// A connection that has been greeted.
struct Origin {
    pipe: Pipe,
    guard: OriginGuard,
    send: SendRequest<Bytes>,
    connection: Connection<PipeIo, Bytes>,
    out: Vec<u8>,
    head: Vec<u8>,
    next_stream: u32,
}

impl Origin {
    fn greeted() -> Option<Self> {
        let (pipe, io) = Pipe::new();
        let mut handshake = Box::pin(client_builder().handshake::<_, Bytes>(io));
        let mut cx = Context::from_waker(Waker::noop());
        let Poll::Ready(Ok((send, connection))) = handshake.as_mut().poll(&mut cx) else {
            return None;
        };
        let (guard, out, head) = (OriginGuard::new(), Vec::new(), Vec::with_capacity(1024));
        let mut origin = Self { pipe, guard, send, connection, out, head, next_stream: 1 };
        origin.take(&SETTINGS);
        Some(origin)
    }

    /// Polls `h2`, and throws away what it sends.
    fn turn(&mut self) {
        let mut cx = Context::from_waker(Waker::noop());
        let _ = Pin::new(&mut self.connection).poll(&mut cx);
        self.pipe.take_output(&mut self.out);
        self.guard.outbound(&self.out);
        self.out.clear();
    }

    /// What the origin sends.
    fn take(&mut self, frames: &[u8]) {
        assert_eq!(self.guard.inbound(frames, 0), Ok(()));
        assert_eq!(self.pipe.push(frames), frames.len());
        self.turn();
    }

    /// A request, and its answer read to the end: the bytes of its content.
    fn exchange(&mut self, answer: &mut [Vec<u8>; 2]) -> Option<usize> {
        let fields = FIELDS.iter().copied();
        let request = client_request("GET", "http", "o.example:8080", TARGET, fields).ok()?;
        let (mut response, _) = self.send.send_request(request, true).ok()?;
        let stream = response.stream_id().as_u32();
        self.guard.open(stream);
        self.turn();
        for frame in answer.iter_mut() {
            frame.get_mut(5..9)?.copy_from_slice(&self.next_stream.to_be_bytes());
        }
        self.next_stream += 2;
        let [head, data] = answer;
        self.take(head);
        self.take(data);
        let mut cx = Context::from_waker(Waker::noop());
        let Poll::Ready(Ok(response)) = Pin::new(&mut response).poll(&mut cx) else { return None };
        let (parts, mut recv) = response.into_parts();
        assert!(self.guard.head_is_whole(stream, &parts.headers));
        self.head.clear();
        response_head(&parts, recv.is_end_stream(), false, &mut self.head).ok()?;
        let mut bytes = 0;
        while let Poll::Ready(Some(Ok(data))) = recv.poll_data(&mut cx) {
            bytes += data.len();
            recv.flow_control().release_capacity(data.len()).ok()?;
        }
        self.guard.close(stream);
        Some(bytes)
    }
}

fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or_default().to_be_bytes();
    [&length[1..], &[kind, flags, 0, 0, 0, 0], payload].concat()
}

/// HEADERS without the dynamic table, and DATA that ends the stream.
fn answer(bytes: usize) -> [Vec<u8>; 2] {
    let mut block = vec![0x88];
    for (name, value) in ANSWER {
        let length = |text: &str| u8::try_from(text.len()).unwrap_or(0x7e);
        block.extend([0x00, length(name)]);
        block.extend(name.as_bytes());
        block.push(length(value));
        block.extend(value.as_bytes());
    }
    [frame(1, 4, &block), frame(0, 1, &vec![b'x'; bytes])]
}

fn exchange(criterion: &mut Criterion<ThreadTime>) {
    let mut group = criterion.benchmark_group("http2/origin");
    for bytes in [128, 16_384] {
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("{bytes}-bytes"), |bencher| {
            let Some(mut origin) = Origin::greeted() else { return };
            let mut answer = answer(bytes);
            assert_eq!(origin.exchange(&mut answer), Some(bytes));
            bencher.iter(|| origin.exchange(black_box(&mut answer)));
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = criterion(); targets = exchange }
criterion_main!(benches);
