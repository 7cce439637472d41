//! RFC 9113 section 5: the states of streams, and their number.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use h2::Reason;
use ringgate_http2::limits::{CONCURRENT_STREAMS_MAX, STREAM_WINDOW_BYTES};
use support::app::App;
use support::frames::*;
use support::rule::*;
use support::server::{Outcome, Server};

fn request(stream: u32) -> Vec<u8> {
    headers(stream, END, &get(&[]))
}

fn upload(stream: u32) -> Vec<u8> {
    headers(stream, END_HEADERS, &post(&[]))
}

fn trailers(stream: u32) -> Vec<u8> {
    headers(stream, END, &block(&[("a", "b")]))
}

/// Section 5.1, idle: HEADERS or PRIORITY, nothing else.
#[test]
fn idle_streams() {
    let priority = frame(PRIORITY, 0, 9, &[0, 0, 0, 1, 1]);
    rule(&[priority, request(1)], ANSWERED);
    for stream in [1, 2] {
        rule(&[data(stream, END_STREAM, b"x")], PROTOCOL_ERROR);
        rule(&[reset(stream, 8)], PROTOCOL_ERROR);
        rule(&[window_update(stream, 1)], PROTOCOL_ERROR);
    }
    rule(&[request(1), window_update(3, 1)], PROTOCOL_ERROR);
    rule(&[request(1), reset(3, 8)], PROTOCOL_ERROR);
}

/// Section 5.1.1: odd, and always higher.
#[test]
fn stream_identifiers() {
    rule(&[request(2)], PROTOCOL_ERROR);
    rule(&[request(5), request(3)], PROTOCOL_ERROR);
    rule(&[request(5), request(4)], PROTOCOL_ERROR);
    rule(&[request(5), request(999), request(u32::MAX >> 1)], Outcome::Answer(u32::MAX >> 1));
}

/// Section 5.1, half-closed (remote): what a client has ended it cannot go on with.
#[test]
fn streams_that_the_client_has_ended() {
    let missed = |frames: &[Vec<u8>]| missed_by_h2(frames, STREAM_CLOSED, PROTOCOL_ERROR);
    missed(&[request(1), data(1, END_STREAM, b"x")]);
    missed(&[request(1), request(1)]);
    missed(&[request(1), trailers(1)]);
    missed(&[upload(1), data(1, END_STREAM, b"x"), trailers(1)]);
    missed(&[upload(1), trailers(1), data(1, 0, b"x")]);
    missed(&[upload(1), reset(1, 8), trailers(1)]);
    let alone = Outcome::Reset(1, Reason::STREAM_CLOSED);
    missed_by_h2(&[upload(1), reset(1, 8), data(1, 0, b"x")], STREAM_CLOSED, alone);
    rule(&[request(1), window_update(1, 5), reset(1, 8), reset(1, 8), request(3)], answer(3));
}

fn answer(stream: u32) -> Outcome {
    Outcome::Answer(stream)
}

/// Section 5.1, closed: what was on its way when we reset a stream is passed over.
#[test]
fn streams_that_we_have_reset() {
    let mut server = Server::greeted(App::Answer(0));
    server.send(&headers(1, END_HEADERS, &post(&[("te", "gzip")])));
    assert_eq!(server.outcome(), MALFORMED);
    server.send(&[data(1, 0, b"late"), trailers(1), request(3)].concat());
    let resets = server.frames().iter().filter(|frame| frame.kind == RST_STREAM).count();
    assert_eq!(resets, 1, "{:?}", server.frames());
    assert_eq!(server.seen().last().map(|seen| seen.stream), Some(3));
    assert_eq!(server.fault, None);
}

/// Section 5.1.2.
#[test]
fn streams_are_few_enough() {
    let mut server = Server::greeted(App::Stall);
    let streams = 1 + 2 * CONCURRENT_STREAMS_MAX;
    for stream in (1..streams).step_by(2) {
        server.send(&upload(stream));
    }
    assert_eq!(server.outcome(), Outcome::Silence);
    server.send(&request(streams));
    assert_eq!(server.outcome(), Outcome::Reset(streams, Reason::REFUSED_STREAM));
    server.send(&[reset(1, 8), request(streams + 2)].concat());
    assert_eq!(server.seen().len(), CONCURRENT_STREAMS_MAX as usize + 1);
    assert_eq!(server.fault, None);
}

/// Section 5.2: more content than the window had room for.
#[test]
fn windows_are_kept() {
    let mut server = Server::greeted(App::Stall);
    server.send(&upload(1));
    for _ in 0..STREAM_WINDOW_BYTES / 16_384 {
        server.send(&data(1, 0, &[0; 16_384]));
    }
    assert_eq!(server.outcome(), Outcome::Silence);
    server.send(&data(1, 0, b"x"));
    assert_eq!(server.outcome(), Outcome::Reset(1, Reason::FLOW_CONTROL_ERROR));
}

/// RFC 7540 section 5.3.1. `h2` would lose the compression state with such HEADERS.
#[test]
fn no_stream_depends_on_itself() {
    rule(&[upload(1), frame(PRIORITY, 0, 1, &[0, 0, 0, 1, 1])], MALFORMED);
    let itself = |first: u8| [&[first, 0, 0, 1, 1][..], &get(&[])].concat();
    missed_by_h2(&[headers(1, END | PRIORITY_FIELDS, &itself(0))], PROTOCOL_ERROR, MALFORMED);
    missed_by_h2(&[headers(1, END | PRIORITY_FIELDS, &itself(0x80))], PROTOCOL_ERROR, MALFORMED);
    rule(&[headers(3, END | PRIORITY_FIELDS, &itself(0))], answer(3));
}

/// The GOAWAY of a guard names what `h2` was given.
#[test]
fn the_last_stream() {
    let mut server = Server::greeted(App::Stall);
    server.send(&[request(1), request(3)].concat());
    server.send(&[request(5), frame(PING, 0, 0, &[0])].concat());
    let last = server.frames().pop().unwrap();
    assert_eq!((last.kind, &last.payload[..]), (GOAWAY, &[0, 0, 0, 3, 0, 0, 0, 6][..]));
    assert_eq!(server.seen().len(), 2);
    assert!(server.fault.is_some_and(|fault| fault.to_string().contains("wrong size")));
}
