//! What holds for all inputs: how bytes are split changes no decision, an honest client is never
//! refused, and what is written in HTTP/1.1 reads back as what came.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderMap, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use ringgate_http2::{
    Fault, Framing, Guard, Pipe, RequestHead, client_builder, request_head, trailers,
};
use support::app::{App, Shared, serve};
use support::executor::Executor;
use support::frames::*;

/// Header blocks: whole, broken, and with and without pseudo-header fields.
fn any_block() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => Just(get(&[])),
        1 => Just(vec![0x20]),
        1 => Just(block(&[("te", "trailers"), ("a", "b")])),
        2 => Just(indexed(b"name", b"value")),
        2 => Just(indexed(b":path", b"/")),
        2 => (60_u8..66).prop_map(|index| vec![0x80 | index]),
        1 => Just(vec![0x00, 0x84, 0xb9, 0x58, 0xd3, 0x3f, 0x81, 0x07]),
        1 => vec(any::<u8>(), 0..6),
    ];
    vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let stream = || prop_oneof![Just(0_u32), 1_u32..8, Just(7)];
    let flags = || prop_oneof![Just(END), Just(END_HEADERS), Just(0), any::<u8>()];
    prop_oneof![
        6 => (stream(), flags(), any_block()).prop_map(|(s, f, b)| headers(s, f, &b)),
        2 => (stream(), flags(), any_block()).prop_map(|(s, f, b)| frame(CONTINUATION, f, s, &b)),
        2 => (stream(), flags(), 0_usize..300).prop_map(|(s, f, n)| data(s, f, &vec![0; n])),
        1 => (stream(), any::<u32>()).prop_map(|(s, code)| reset(s, code)),
        1 => Just(settings(&[(4, 100), (1, 0)])),
        1 => any::<u32>().prop_map(|window| settings(&[(4, window)])),
        1 => Just(settings_ack()),
        1 => Just(ping()),
        1 => (any::<u8>(), flags(), stream(), vec(any::<u8>(), 0..12))
            .prop_map(|(kind, flags, stream, payload)| frame(kind, flags, stream, &payload)),
        1 => vec(any::<u8>(), 0..20),
    ]
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let begin = prop_oneof![9 => Just(hello()), 1 => Just(PREFACE.to_vec()), 1 => Just(vec![])];
    (begin, vec(any_frame(), 0..12)).prop_map(|(begin, frames)| [begin, frames.concat()].concat())
}

/// A guard's last word on bytes that come in these pieces.
fn judge(guard: &mut Guard, pieces: &[&[u8]]) -> Result<(), Fault> {
    pieces.iter().try_for_each(|piece| guard.inbound(piece, 0))
}

/// Cuts `bytes` at these places.
fn cut<'b>(bytes: &'b [u8], places: &[Index]) -> Vec<&'b [u8]> {
    let mut places: Vec<usize> = places.iter().map(|at| at.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    let mut pieces = Vec::new();
    let mut from = 0;
    for at in places.into_iter().chain([bytes.len()]) {
        pieces.push(&bytes[from..at]);
        from = at;
    }
    pieces
}

proptest! {
    #[test]
    fn splitting_changes_nothing(bytes in any_bytes(), places in vec(any::<Index>(), 0..20)) {
        let (mut whole, mut split, mut single) = (Guard::new(), Guard::new(), Guard::new());
        let expected = judge(&mut whole, &[&bytes]);
        prop_assert_eq!(judge(&mut split, &cut(&bytes, &places)), expected);
        let singles: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(judge(&mut single, &singles), expected);
        prop_assert_eq!(whole.settings_acknowledged(), split.settings_acknowledged());
        // What each keeps of blocks and streams shows in what it says of the next ones.
        let next = headers(9, END, &[get(&[]), vec![0x80 | 62]].concat());
        let said = whole.inbound(&next, 0);
        prop_assert_eq!(split.inbound(&next, 0), said);
        prop_assert_eq!(single.inbound(&next, 0), said);
    }

    /// Anything goes through guard, pipe and `h2` without a panic, and comes to rest.
    #[test]
    fn anything_comes_to_rest(bytes in any_bytes(), places in vec(any::<Index>(), 0..8)) {
        let mut server = support::server::Server::new(App::Answer(10));
        for piece in cut(&bytes, &places) {
            server.send(piece);
        }
        server.pipe.close_inbound();
        server.executor.run();
        server.collect();
        prop_assert!(server.fault.is_some() || server.shared.end.borrow().is_some());
    }
}

/// An honest request: fields, content, trailers.
#[derive(Clone, Debug)]
struct Honest {
    path: String,
    fields: Vec<(String, String)>,
    content: Option<Vec<usize>>,
    trailers: Vec<(String, String)>,
}

fn honest() -> impl Strategy<Value = Honest> {
    let name = prop_oneof![Just("user-agent".to_owned()), "x-[a-z0-9-]{1,20}", "x-[a-c]"];
    let value = prop_oneof!["[a-z]{0,8}", "([!-~\u{a1}-\u{ff}]([ -~]{0,60}[!-~])?)?"];
    let fields = vec((name, value), 0..12);
    let content = prop::option::of(vec(1_usize..20_000, 0..4));
    ("/[a-z0-9/]{0,20}", fields.clone(), content, fields)
        .prop_map(|(path, fields, content, trailers)| Honest { path, fields, content, trailers })
}

/// Sends requests by `h2`'s own client, one after the other; how many were answered.
async fn client(io: ringgate_http2::PipeIo, executor: Executor, requests: Vec<Honest>) -> usize {
    let (mut send, connection) = client_builder().handshake::<_, Bytes>(io).await.unwrap();
    executor.spawn(async move {
        let _ = connection.await;
    });
    let mut answered = 0;
    for request in requests {
        let mut head = Request::post(format!("https://example.com{}", request.path));
        for (name, value) in &request.fields {
            head = head.header(name, value.as_bytes());
        }
        poll_fn(|cx| send.poll_ready(cx)).await.unwrap();
        let end = request.content.is_none();
        let (response, mut stream) = send.send_request(head.body(()).unwrap(), end).unwrap();
        for size in request.content.iter().flatten() {
            let mut left = *size;
            while left > 0 {
                stream.reserve_capacity(left);
                let count =
                    poll_fn(|cx| stream.poll_capacity(cx)).await.unwrap().unwrap().min(left);
                stream.send_data(Bytes::from(vec![0; count]), false).unwrap();
                left -= count;
            }
        }
        if !end {
            let fields = request.trailers.iter().map(|(n, v)| (n.as_str(), v.as_bytes()));
            stream.send_trailers(trailers(fields).unwrap()).unwrap();
        }
        let response = response.await.unwrap();
        assert_eq!(response.status(), 200);
        answered += 1;
    }
    answered
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn honest_clients_are_served(requests in vec(honest(), 1..8), pieces in 1_usize..3000) {
        let executor = Executor::default();
        let (shared, count) = (Shared::default(), requests.len());
        let (pipe, io) = Pipe::new();
        executor.spawn(serve(io, executor.clone(), App::Answer(10), shared.clone()));
        let (client_pipe, client_io) = Pipe::new();
        let answered = Rc::new(RefCell::new(0));
        let (counted, spawner) = (Rc::clone(&answered), executor.clone());
        executor.spawn(async move {
            *counted.borrow_mut() = client(client_io, spawner, requests).await;
        });
        *shared.guard.borrow_mut() = Some(Guard::new());
        let guard = |judge: &dyn Fn(&mut Guard) -> Result<(), Fault>| {
            judge(shared.guard.borrow_mut().as_mut().unwrap())
        };
        executor.run();
        loop {
            let (mut up, mut down) = (Vec::new(), Vec::new());
            client_pipe.take_output(&mut up);
            pipe.take_output(&mut down);
            if up.is_empty() && down.is_empty() {
                break;
            }
            for piece in up.chunks(pieces) {
                prop_assert_eq!(guard(&|guard| guard.inbound(piece, 0)), Ok(()));
                pump(&executor, &pipe, piece);
            }
            prop_assert_eq!(guard(&|guard| guard.outbound(&down, 0)), Ok(()));
            pump(&executor, &client_pipe, &down);
        }
        prop_assert_eq!(*answered.borrow(), count);
        prop_assert_eq!(shared.seen.borrow().len(), count);
    }
}

fn pump(executor: &Executor, pipe: &Pipe, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        bytes = &bytes[pipe.push(bytes)..];
        executor.run();
    }
    executor.run();
}

proptest! {
    /// A slow reading of the head that was written gives the request again.
    #[test]
    fn heads_read_back(request in honest(), host in "[a-z]{1,9}(:[0-9]{1,4})?", ended: bool) {
        let mut head = Request::put(format!("https://{host}{}", request.path));
        let mut expected: Vec<(String, Vec<u8>)> = vec![("host".into(), host.into_bytes())];
        for (name, value) in &request.fields {
            head = head.header(name, value.as_bytes());
        }
        let (parts, ()) = head.body(()).unwrap().into_parts();
        let by_name: &HeaderMap = &parts.headers;
        expected.extend(by_name.iter().map(|(n, v)| (n.to_string(), v.as_bytes().to_vec())));
        let mut out = b"before".to_vec();
        let written = request_head(&parts, ended, &mut out);
        let framing = if ended { Framing::None } else { Framing::Chunked };
        prop_assert_eq!(written, Ok(RequestHead::Request(framing)));
        if !ended {
            expected.push(("transfer-encoding".into(), b"chunked".to_vec()));
        }
        let lines = out.strip_prefix(b"before").unwrap().strip_suffix(b"\r\n\r\n").unwrap();
        let mut lines = lines.split(|byte| *byte == b'\n').map(|line| line.trim_ascii_end());
        let start = format!("PUT {} HTTP/1.1", request.path);
        prop_assert_eq!(lines.next().unwrap(), start.as_bytes());
        let read: Vec<(String, Vec<u8>)> = lines
            .map(|line| {
                let colon = line.iter().position(|byte| *byte == b':').unwrap();
                let name = String::from_utf8(line[..colon].to_vec()).unwrap();
                (name, line[colon + 1..].trim_ascii().to_vec())
            })
            .collect();
        prop_assert_eq!(read, expected);
    }
}
