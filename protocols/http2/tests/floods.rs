//! What a client may repeat, and how often. The guard counts over `BUDGET_WINDOW_MS`.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use h2::Reason;
use ringgate_http2::limits::{
    BUDGET_WINDOW_MS, CAUSED_RESETS_MAX, CONCURRENT_STREAMS_MAX, EMPTY_FRAMES_MAX, FRAME_BYTES_MAX,
    IGNORED_FRAMES_MAX, INBOUND_BYTES_MAX, OUTBOUND_BYTES_MAX, OVERLONG_BLOCKS_MAX,
    OVERLONG_FIELDS, PINGS_MAX, RESETS_MAX, SETTINGS_MAX, WINDOW_UPDATES_MAX,
};
use support::app::App;
use support::frames::*;
use support::server::{Outcome, Server};

/// Sends the nth piece until the connection ends; how many were sent before.
fn flood(server: &mut Server, piece: impl Fn(u32) -> Vec<u8>) -> u32 {
    for n in 0..1_000_000 {
        server.send(&piece(n));
        if server.connection_error() == Some(Reason::ENHANCE_YOUR_CALM) {
            return n;
        }
    }
    panic!("an endless flood is let pass");
}

/// Sends pieces at an even pace, which the budget allows forever.
fn trickle(server: &mut Server, per_window: u32, piece: impl Fn(u32) -> Vec<u8>) {
    for n in 0..5 * per_window {
        server.wait_ms(BUDGET_WINDOW_MS.div_ceil(u64::from(per_window)));
        server.send(&piece(n));
    }
    assert_eq!(server.connection_error(), None);
}

fn stream(n: u32) -> u32 {
    1 + 2 * n
}

/// The two halves of a budget: a flood ends the connection, a trickle does not.
fn budget(per_window: u32, app: App, piece: impl Fn(u32) -> Vec<u8>) {
    let sent = flood(&mut Server::greeted(app), &piece);
    assert!(sent <= per_window && sent + 2 >= per_window, "{sent} of {per_window}");
    trickle(&mut Server::greeted(app), per_window, piece);
}

#[test]
fn pings_settings_and_window_updates() {
    budget(PINGS_MAX, App::Stall, |_| ping());
    budget(PINGS_MAX, App::Stall, |_| frame(PING, ACK, 0, &[0; 8]));
    budget(SETTINGS_MAX - 2, App::Stall, |_| settings(&[]));
    budget(WINDOW_UPDATES_MAX, App::Stall, |_| window_update(0, 1));
}

#[test]
fn frames_that_change_nothing() {
    budget(IGNORED_FRAMES_MAX, App::Stall, |n| frame(PRIORITY, 0, stream(n), &[0; 5]));
    budget(IGNORED_FRAMES_MAX, App::Stall, |_| frame(0x77, 0, 0, &[]));
    budget(IGNORED_FRAMES_MAX, App::Stall, |_| frame(GOAWAY, 0, 0, &[0; 8]));
}

#[test]
fn empty_frames() {
    let mut server = Server::greeted(App::Answer(0));
    server.send(&headers(1, END_HEADERS, &post(&[])));
    let sent = flood(&mut server, |_| data(1, 0, &[]));
    assert_eq!(sent, EMPTY_FRAMES_MAX);
    // A block begun with nothing, over and over.
    let request = |n| {
        let rest = frame(CONTINUATION, END_HEADERS, stream(n), &get(&[]));
        [headers(stream(n), END_STREAM, &[]), frame(CONTINUATION, 0, stream(n), &[]), rest].concat()
    };
    assert_eq!(flood(&mut Server::greeted(App::Answer(0)), request), EMPTY_FRAMES_MAX);
}

/// A byte each makes a field out of the table.
#[test]
fn overlong_heads() {
    let head = |n, fields: u32| {
        let fields = vec![0x80 | 16; fields as usize];
        headers(stream(n), END, &[get(&[]), fields].concat())
    };
    budget(OVERLONG_BLOCKS_MAX, App::Answer(0), |n| head(n, OVERLONG_FIELDS));
    // With the four pseudo-header fields, as many as are not counted.
    let mut server = Server::greeted(App::Answer(0));
    for n in 0..3 * OVERLONG_BLOCKS_MAX {
        server.send(&head(n, OVERLONG_FIELDS - 4));
    }
    assert_eq!(server.connection_error(), None);
}

/// CVE-2023-44487.
#[test]
fn rapid_resets() {
    let pair = |n| [headers(stream(n), END, &get(&[])), reset(stream(n), 8)].concat();
    let sent = flood(&mut Server::greeted(App::Stall), pair);
    assert!((CONCURRENT_STREAMS_MAX..=RESETS_MAX).contains(&sent), "{sent}");
    // All at once: h2 has not even looked at most of them.
    let mut server = Server::greeted(App::Stall);
    let all: Vec<u8> = (0..RESETS_MAX).flat_map(pair).collect();
    server.send(&all);
    assert!(server.seen().len() <= 2 * CONCURRENT_STREAMS_MAX as usize, "{}", server.seen().len());
    assert_eq!(server.connection_error(), Some(Reason::ENHANCE_YOUR_CALM));
}

/// A client that gives up half of its requests but lets us answer the others.
#[test]
fn resets_between_answers_are_honest() {
    let mut server = Server::greeted(App::Answer(0));
    for n in 0..3 * RESETS_MAX {
        let upload = headers(stream(2 * n), END_HEADERS, &post(&[]));
        server.send(&[upload, reset(stream(2 * n), 8)].concat());
        server.send(&headers(stream(2 * n + 1), END, &get(&[])));
    }
    assert_eq!(server.connection_error(), None);
}

/// CVE-2025-8671: the client makes us reset.
#[test]
fn caused_resets() {
    let overflow = |n| {
        let upload = headers(stream(n), END_HEADERS, &post(&[]));
        [upload, window_update(stream(n), u32::MAX >> 1)].concat()
    };
    let malformed = |n| headers(stream(n), END, &get(&[("connection", "close")]));
    let refused_by_us = |n| headers(stream(n), END, &get(&[("a", " b")]));
    let priority =
        |n| frame(PRIORITY, 0, stream(n), &[&stream(n).to_be_bytes()[..], &[1]].concat());
    let pieces: [&dyn Fn(u32) -> Vec<u8>; 4] = [&overflow, &malformed, &refused_by_us, &priority];
    for piece in pieces {
        let sent = flood(&mut Server::greeted(App::Stall), piece);
        assert_eq!(sent, CAUSED_RESETS_MAX);
    }
    trickle(&mut Server::greeted(App::Answer(0)), CAUSED_RESETS_MAX, refused_by_us);
    // Streams above the limit, forever.
    let sent = flood(&mut Server::greeted(App::Stall), |n| headers(stream(n), END, &get(&[])));
    assert_eq!(sent, CONCURRENT_STREAMS_MAX + CAUSED_RESETS_MAX);
}

/// CVE-2024-27316: `h2` takes five and the last.
#[test]
fn continuations() {
    let piece = |n| match n {
        0 => headers(1, END_STREAM, &get(&[])),
        _ => frame(CONTINUATION, 0, 1, &block(&[("a", "b")])),
    };
    assert!(flood(&mut Server::greeted(App::Answer(0)), piece) <= 6);
}

/// Probes and updates that follow what we send are honest, in any number.
#[test]
fn answers_to_content_are_honest() {
    let mut server = Server::greeted(App::Answer(20_000));
    for n in 0..PINGS_MAX + WINDOW_UPDATES_MAX {
        server.send(&headers(stream(n), END, &get(&[])));
        let read = [window_update(0, 20_000), window_update(stream(n), 20_000), ping()];
        server.send(&read.concat());
    }
    assert_eq!(server.connection_error(), None);
    // Go's client, whose caller reads 4 KiB at a time: eight for each frame of 16 KiB.
    let mut server = Server::greeted(App::Answer(8 * 16_384));
    for n in 0..WINDOW_UPDATES_MAX / 10 {
        let window = window_update(stream(n), 8 * 16_384);
        server.send(&[headers(stream(n), END, &get(&[])), window_update(0, 1)].concat());
        server.send(&window);
        for _ in 0..32 {
            server.send(&[window_update(0, 4096), window_update(stream(n), 4096)].concat());
        }
    }
    assert_eq!(server.connection_error(), None);
    // What was saved up is bounded.
    let sent = flood(&mut server, |_| ping());
    assert!(sent <= 2 * PINGS_MAX, "{sent}");
}

/// A client that asks for much and reads nothing.
#[test]
fn a_client_that_does_not_read() {
    let mut server = Server::greeted(App::Answer(1 << 20));
    server.send(&[settings(&[(4, u32::MAX >> 1)]), window_update(0, 1 << 30)].concat());
    server.reading = false;
    for n in 0..CONCURRENT_STREAMS_MAX {
        server.send(&headers(stream(n), END, &get(&[])));
    }
    let pings: Vec<u8> = (0..PINGS_MAX).flat_map(|_| ping()).collect();
    let left = server.send(&pings).len();
    assert!(left > 0 || pings.len() <= INBOUND_BYTES_MAX);
    let mut out = Vec::new();
    server.pipe.take_output(&mut out);
    let most = OUTBOUND_BYTES_MAX + 2 * FRAME_BYTES_MAX as usize;
    assert!(out.len() >= OUTBOUND_BYTES_MAX && out.len() <= most, "{}", out.len());
}

/// A client that asks for much and gives no window: nothing is buffered for it.
#[test]
fn zero_windows() {
    let mut server = Server::greeted(App::Answer(1 << 20));
    server.send(&settings(&[(4, 0)]));
    for n in 0..CONCURRENT_STREAMS_MAX {
        server.send(&headers(stream(n), END, &get(&[])));
    }
    let frames = server.frames();
    let kinds = |kind| frames.iter().filter(|frame| frame.kind == kind).count();
    assert_eq!(kinds(HEADERS), CONCURRENT_STREAMS_MAX as usize);
    assert_eq!(kinds(DATA), 0);
    server.send(&window_update(1, 5));
    let last = server.frames().pop().unwrap();
    assert_eq!((last.kind, last.stream, last.payload.len()), (DATA, 1, 5));
    assert_eq!(server.outcome(), Outcome::Answer(stream(CONCURRENT_STREAMS_MAX - 1)));
}
