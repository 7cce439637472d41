//! What an origin sends, judged before `h2` sees it.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod support;

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;

use bytes::Bytes;
use h2::Reason;
use http::HeaderMap;
use proptest::collection::vec;
use proptest::prelude::*;
use ringgate_http2::limits::{
    BUDGET_WINDOW_MS, EMPTY_FRAMES_MAX, IGNORED_FRAMES_MAX, ORIGIN_EMPTY_FRAMES_MAX,
    OVERLONG_BLOCKS_MAX, OVERLONG_FIELDS, PINGS_MAX, RESETS_MAX, SETTINGS_MAX, WINDOW_UPDATES_MAX,
};
use ringgate_http2::{
    Fault, OriginGuard, PREFACE, Pipe, PipeIo, client_builder, client_request, response_head,
    trailer_lines,
};
use support::executor::Executor;
use support::frames::{
    CONTINUATION, END, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PUSH_PROMISE, data, frame,
    headers, ping, reset, settings, settings_ack, window_update,
};

/// `:status: 200`, `x: 1` and `:path: /` as HPACK writes them without a table.
const STATUS: &[u8] = &[0x88];
const FIELD: &[u8] = &[0x00, 1, b'x', 1, b'1'];
const PATH: &[u8] = &[0x84];

/// However the bytes are cut.
fn judged(bytes: &[u8]) -> Result<OriginGuard, Fault> {
    let mut whole = OriginGuard::new();
    let mut cut = OriginGuard::new();
    for guard in [&mut whole, &mut cut] {
        guard.open(1);
    }
    let one = whole.inbound(bytes, 0);
    let other = bytes.iter().try_for_each(|byte| cut.inbound(&[*byte], 0));
    assert_eq!(one, other);
    one.map(|()| whole)
}

fn greeted(frames: &[Vec<u8>]) -> Result<OriginGuard, Fault> {
    judged(&[settings(&[(3, 1)]), frames.concat()].concat())
}

fn fields(count: usize) -> HeaderMap {
    let mut map = HeaderMap::new();
    for _ in 0..count {
        map.append("x", "1".parse().unwrap());
    }
    map
}

#[test]
fn settings_come_first() {
    assert!(judged(&settings(&[])).unwrap().greeted());
    assert!(!judged(&settings(&[(3, 1)])[..10]).unwrap().greeted());
    for bytes in [ping(), settings_ack(), data(1, 0, b""), b"HTTP/1.1 400 Bad".to_vec()] {
        assert_eq!(judged(&bytes).unwrap_err().code, Reason::PROTOCOL_ERROR);
    }
}

#[test]
fn sections_are_compared_in_order() {
    let interim = headers(1, END_HEADERS, &[0x08, 3, b'1', b'0', b'3']);
    let head = headers(1, END_HEADERS, &[STATUS, FIELD].concat());
    let trailers = headers(1, END, &[FIELD, FIELD].concat());
    let mut guard = greeted(&[interim, head, data(1, 0, b"x"), trailers]).unwrap();
    assert!(guard.head_is_whole(1, &fields(0)));
    assert!(guard.head_is_whole(1, &fields(1)));
    assert!(guard.trailers_are_whole(1, &fields(2)));
}

#[test]
fn what_was_left_out_is_missed() {
    let mut guard = greeted(&[headers(1, END, &[STATUS, FIELD, FIELD].concat())]).unwrap();
    assert!(!guard.head_is_whole(1, &fields(1)));
    let trailers = headers(1, END, &[FIELD, PATH].concat());
    let mut guard = greeted(&[headers(1, END_HEADERS, STATUS), trailers]).unwrap();
    assert!(guard.head_is_whole(1, &fields(0)));
    assert!(!guard.trailers_are_whole(1, &fields(1)), "a pseudo-header field");
}

#[test]
fn streams_that_nobody_asks_about_cost_nothing() {
    // Far more than may wait to be asked for.
    let frames: Vec<_> = (0..IGNORED_FRAMES_MAX).map(|n| headers(3 + 2 * n, END, STATUS)).collect();
    greeted(&frames).unwrap();
    let mut guard = greeted(&[headers(1, END, STATUS)]).unwrap();
    guard.close(1);
    assert!(guard.head_is_whole(1, &fields(9)), "nothing is known of it");
}

#[test]
fn frames_are_judged() {
    for (frames, code) in [
        (vec![frame(PUSH_PROMISE, END_HEADERS, 1, &[0; 4])], Reason::PROTOCOL_ERROR),
        (vec![frame(HEADERS, 0, 1, STATUS), ping()], Reason::PROTOCOL_ERROR),
        (vec![frame(CONTINUATION, 0, 1, STATUS)], Reason::PROTOCOL_ERROR),
        (vec![frame(0, 0, 1, &[0; 16_385])], Reason::FRAME_SIZE_ERROR),
        (vec![frame(3, 0, 1, &[0; 3])], Reason::FRAME_SIZE_ERROR),
        (vec![headers(1, END, &[0xff; 9])], Reason::COMPRESSION_ERROR),
    ] {
        assert_eq!(greeted(&frames).unwrap_err().code, code);
    }
}

/// Frames of an origin until it is one too many: how many there were before, and its code.
fn flood(guard: &mut OriginGuard, now_ms: u64, piece: impl Fn(u32) -> Vec<u8>) -> (u32, Reason) {
    for n in 0..1_000_000 {
        if let Err(fault) = guard.inbound(&piece(n), now_ms) {
            return (n, fault.code);
        }
    }
    panic!("an endless flood is let pass");
}

#[test]
fn floods_end_the_connection() {
    type Flood = fn(u32) -> Vec<u8>;
    let cut: Vec<u8> = headers(1, 0, &[]);
    let floods: [(u32, Flood); 9] = [
        (RESETS_MAX, |_| reset(1, 8)),
        (PINGS_MAX, |_| ping()),
        (SETTINGS_MAX - 1, |_| settings(&[])),
        (WINDOW_UPDATES_MAX, |_| window_update(0, 1)),
        (IGNORED_FRAMES_MAX, |_| frame(0x77, 0, 0, &[])),
        (IGNORED_FRAMES_MAX, |_| frame(GOAWAY, 0, 0, &[0; 8])),
        (IGNORED_FRAMES_MAX, |n| headers(3 + 2 * n, END, STATUS)),
        (EMPTY_FRAMES_MAX, |_| data(1, 0, &[])),
        (OVERLONG_BLOCKS_MAX, |_| headers(1, END_HEADERS, &[0x88; OVERLONG_FIELDS as usize + 1])),
    ];
    for (at, (most, piece)) in floods.into_iter().enumerate() {
        let mut guard = greeted(&[]).unwrap();
        assert_eq!(flood(&mut guard, 0, piece), (most, Reason::ENHANCE_YOUR_CALM), "{at}");
        assert!(guard.inbound(&data(1, 0, b"x"), BUDGET_WINDOW_MS).is_err(), "a fault is final");
        // At an even pace it may go on for ever.
        let mut guard = greeted(&[]).unwrap();
        for n in 0..3 * most {
            let now_ms = u64::from(n) * BUDGET_WINDOW_MS.div_ceil(u64::from(most));
            guard.inbound(&piece(n), now_ms).unwrap();
            guard.close(1);
            guard.open(1);
        }
    }
    let mut guard = greeted(&[cut]).unwrap();
    let empty = flood(&mut guard, 0, |_| frame(CONTINUATION, 0, 1, &[]));
    assert_eq!(empty, (EMPTY_FRAMES_MAX - 1, Reason::ENHANCE_YOUR_CALM));
}

/// What an origin may do to every request: refuse it, ask how far away we are, open windows, begin
/// with nothing, answer what nobody waits for any more.
#[test]
fn what_it_may_answer_is_no_flood() {
    let mut guard = greeted(&[]).unwrap();
    guard.outbound(&PREFACE[..10]);
    guard.outbound(&[&PREFACE[10..], &settings(&[])].concat());
    for n in 0..5 * IGNORED_FRAMES_MAX {
        let stream = 3 + 2 * n;
        guard.outbound(&headers(stream, END_HEADERS, &[]));
        guard.outbound(&data(stream, END_STREAM, b"x"));
        let late = [headers(stream, END_HEADERS, STATUS), headers(stream, END, FIELD)];
        let windows = [window_update(0, 1), window_update(stream, 1)];
        let rest = [data(stream, 0, b""), ping(), reset(stream, 7)];
        let answer = [late.concat(), windows.concat(), rest.concat()].concat();
        guard.inbound(&answer, 0).unwrap_or_else(|fault| panic!("{n}: {fault}"));
    }
}

#[test]
fn a_connection_is_left_before_its_empty_frames_end_it() {
    let mut guard = greeted(&[]).unwrap();
    for _ in 0..ORIGIN_EMPTY_FRAMES_MAX {
        assert!(!guard.is_worn());
        guard.inbound(&data(1, 0, b""), 0).unwrap();
    }
    assert!(guard.is_worn());
}

#[test]
fn a_goodbye_stands_between_frames() {
    let mut guard = greeted(&[]).unwrap();
    let mut out = Vec::new();
    let request = headers(1, END, STATUS);
    guard.outbound(PREFACE);
    guard.outbound(&request[..request.len() - 1]);
    guard.goaway(Reason::ENHANCE_YOUR_CALM, &mut out);
    assert!(out.is_empty());
    guard.outbound(&request[request.len() - 1..]);
    guard.goaway(Reason::ENHANCE_YOUR_CALM, &mut out);
    assert_eq!(out, frame(GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 11]));
}

/// Sends a request, reads what comes as a gateway does, and says how it ended.
async fn ask(io: PipeIo, executor: Executor, guard: Rc<RefCell<OriginGuard>>) -> Option<u16> {
    let (mut send, connection) = client_builder().handshake::<_, Bytes>(io).await.ok()?;
    executor.spawn(async move {
        let _ = connection.await;
    });
    let request = client_request("GET", "http", "o", "/", std::iter::empty()).unwrap();
    let (mut response, _) = send.send_request(request, true).ok()?;
    let id = response.stream_id().as_u32();
    guard.borrow_mut().open(id);
    while let Some(interim) = poll_fn(|cx| response.poll_informational(cx)).await {
        let (parts, _) = interim.ok()?.into_parts();
        check_head(&guard, id, &parts, false)?;
    }
    let (parts, mut recv) = response.await.ok()?.into_parts();
    check_head(&guard, id, &parts, recv.is_end_stream())?;
    while let Some(data) = recv.data().await {
        recv.flow_control().release_capacity(data.ok()?.len()).ok()?;
    }
    if let Some(trailers) = recv.trailers().await.ok()? {
        if !guard.borrow_mut().trailers_are_whole(id, &trailers) {
            return None;
        }
        trailer_lines(&trailers, &mut Vec::new()).ok()?;
    }
    guard.borrow_mut().close(id);
    Some(parts.status.as_u16())
}

fn check_head(
    guard: &RefCell<OriginGuard>,
    stream: u32,
    parts: &http::response::Parts,
    ends: bool,
) -> Option<()> {
    if !guard.borrow_mut().head_is_whole(stream, &parts.headers) {
        return None;
    }
    let mut head = Vec::new();
    response_head(parts, ends, false, &mut head).ok()?;
    // One head, and nothing behind it.
    assert!(head.ends_with(b"\r\n\r\n"));
    assert_eq!(count(&head, b"\r\n\r\n"), 1);
    Some(())
}

fn count(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).filter(|window| *window == what).count()
}

/// What an origin sends after its SETTINGS gives this status.
fn status_of(bytes: &[u8], piece: usize) -> Option<u16> {
    let executor = Executor::default();
    let guard = Rc::new(RefCell::new(OriginGuard::new()));
    let (pipe, io) = Pipe::new();
    let answered = Rc::new(RefCell::new(None));
    let (asking, answer) = (ask(io, executor.clone(), guard.clone()), answered.clone());
    executor.spawn(async move {
        *answer.borrow_mut() = Some(asking.await);
    });
    executor.run();
    for bytes in [&settings(&[]), bytes] {
        for bytes in bytes.chunks(piece) {
            if guard.borrow_mut().inbound(bytes, 0).is_err() {
                break;
            }
            pipe.push(bytes);
            executor.run();
            pipe.take_output(&mut Vec::new());
            executor.run();
        }
    }
    pipe.close_inbound();
    executor.run();
    pipe.take_output(&mut Vec::new());
    executor.run();
    let answered = answered.take();
    // It ends, whatever came.
    answered.unwrap()
}

#[test]
fn an_honest_answer_is_read() {
    let trailers = headers(1, END, FIELD);
    let answer = [headers(1, END_HEADERS, STATUS), data(1, 0, b"data"), trailers].concat();
    for piece in [1, 7, 1000] {
        assert_eq!(status_of(&answer, piece), Some(200));
    }
    let twice = [headers(1, END_HEADERS, STATUS), headers(1, END, &[STATUS, FIELD].concat())];
    assert_eq!(status_of(&twice.concat(), 1000), None, "trailers with a status");
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop_oneof![
        Just(STATUS.to_vec()),
        Just(FIELD.to_vec()),
        Just([STATUS, FIELD].concat()),
        vec(any::<u8>(), 0..40),
    ];
    let id = prop_oneof![Just(0_u32), Just(1), Just(1), Just(1), Just(2), Just(3)];
    prop_oneof![
        4 => (0_u8..11, any::<u8>(), id.clone(), fragment)
            .prop_map(|(kind, flags, id, payload)| frame(kind, flags & 0x2d, id, &payload)),
        1 => vec(any::<u8>(), 0..60),
    ]
}

proptest! {
    #[test]
    fn any_bytes_come_to_an_end(frames in vec(any_frame(), 0..12), piece in 1_usize..200) {
        status_of(&frames.concat(), piece);
    }
}
