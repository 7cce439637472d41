//! What an origin sends, judged before `h2` sees it.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod support;

use h2::Reason;
use http::HeaderMap;
use ringgate_http2::{Fault, OriginGuard};
use support::frames::{
    CONTINUATION, END, END_HEADERS, HEADERS, PUSH_PROMISE, data, frame, headers, ping, settings,
    settings_ack,
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
    let one = whole.inbound(bytes);
    let other = bytes.iter().try_for_each(|byte| cut.inbound(&[*byte]));
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
    let frames: Vec<_> = (0..2_000).map(|n| headers(3 + 2 * n, END, STATUS)).collect();
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
