//! RFC 9113 sections 3.4, 4.2 and 6: the preface, and the frames by themselves.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use ringgate_http2::limits::{
    CONCURRENT_STREAMS_MAX, CONNECTION_WINDOW_BYTES, FRAME_BYTES_MAX, REQUEST_LIST_OVERHEAD_BYTES,
    STREAM_WINDOW_BYTES,
};
use support::app::App;
use support::frames::*;
use support::rule::*;
use support::server::{Outcome, Server};

fn request() -> Vec<u8> {
    headers(1, END, &get(&[]))
}

/// A request whose content is still to come.
fn upload() -> Vec<u8> {
    headers(1, END_HEADERS, &post(&[]))
}

#[test]
fn the_preface_and_then_settings() {
    let begins = |frames: &[Vec<u8>]| [PREFACE.to_vec(), frames.concat()].concat();
    let missed = |bytes: &[u8], alone| raw(bytes, PROTOCOL_ERROR, alone);
    raw(&begins(&[settings(&[]), request()]), ANSWERED, ANSWERED);
    missed(&begins(&[request()]), ANSWERED);
    missed(&begins(&[ping(), settings(&[]), request()]), ANSWERED);
    missed(&begins(&[settings_ack(), settings(&[]), request()]), ANSWERED);
    // h2 alone closes without a GOAWAY, which section 3.4 allows.
    missed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", Outcome::Silence);
    missed(b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", Outcome::Silence);
    missed(b"\x16\x03\x01", Outcome::Silence);
}

/// What a client is told, before it has said anything, and after.
#[test]
fn our_settings() {
    let mut server = Server::new(App::Stall);
    let expected = settings(&[
        (3, CONCURRENT_STREAMS_MAX),
        (4, STREAM_WINDOW_BYTES),
        (5, FRAME_BYTES_MAX),
        (6, 10_240 + REQUEST_LIST_OVERHEAD_BYTES),
        (8, 1),
    ]);
    assert_eq!(server.sent, expected);
    server.sent.clear();
    server.send(&[PREFACE, &settings(&[])].concat());
    let window = window_update(0, CONNECTION_WINDOW_BYTES - 65_535);
    assert_eq!(server.sent, [settings_ack(), window].concat());
}

#[test]
fn frames_have_sizes() {
    let large = [0; 16_385];
    rule(&[upload(), data(1, END_STREAM, &large)], FRAME_SIZE_ERROR);
    rule(&[frame(0x77, 0, 0, &large)], FRAME_SIZE_ERROR);
    rule(&[headers(1, END, &large)], FRAME_SIZE_ERROR);
    rule(&[upload(), data(1, END_STREAM, &large[1..])], ANSWERED);
    let wrong = |frames: &[Vec<u8>]| missed_by_h2(frames, FRAME_SIZE_ERROR, PROTOCOL_ERROR);
    wrong(&[frame(SETTINGS, 0, 0, &[0; 5])]);
    wrong(&[frame(SETTINGS, ACK, 0, &[0; 6])]);
    wrong(&[frame(PING, 0, 0, &[0; 7])]);
    wrong(&[frame(PING, ACK, 0, &[0; 9])]);
    wrong(&[frame(GOAWAY, 0, 0, &[0; 7])]);
    wrong(&[frame(PRIORITY, 0, 1, &[0; 4])]);
    wrong(&[frame(WINDOW_UPDATE, 0, 0, &[0; 3])]);
    wrong(&[upload(), frame(RST_STREAM, 0, 1, &[0; 5])]);
    wrong(&[upload(), frame(DATA, PADDED, 1, &[])]);
    wrong(&[headers(1, END | PADDED, &[])]);
    wrong(&[headers(1, END | PRIORITY_FIELDS, &[0; 4])]);
}

#[test]
fn frames_belong_to_a_stream_or_the_connection() {
    rule(&[data(0, 0, b"x")], PROTOCOL_ERROR);
    rule(&[headers(0, END, &get(&[]))], PROTOCOL_ERROR);
    rule(&[frame(PRIORITY, 0, 0, &[0, 0, 0, 1, 1])], PROTOCOL_ERROR);
    rule(&[reset(0, 8)], PROTOCOL_ERROR);
    rule(&[frame(SETTINGS, 0, 1, &[])], PROTOCOL_ERROR);
    rule(&[frame(PING, 0, 1, &[0; 8])], PROTOCOL_ERROR);
    rule(&[frame(GOAWAY, 0, 1, &[0; 8])], PROTOCOL_ERROR);
}

#[test]
fn padding_is_less_than_the_payload() {
    rule(&[upload(), frame(DATA, PADDED | END_STREAM, 1, &[3, 1, 0, 0, 0])], ANSWERED);
    rule(&[upload(), frame(DATA, PADDED, 1, &[5, 1, 0, 0, 0])], PROTOCOL_ERROR);
    let padded = |padding: u8| [&[padding][..], &get(&[]), &[0; 3]].concat();
    rule(&[headers(1, END | PADDED, &padded(3))], ANSWERED);
    rule(&[headers(1, END | PADDED, &padded(200))], PROTOCOL_ERROR);
    let with_priority = [&[3, 0, 0, 0, 0, 9][..], &get(&[]), &[0; 3]].concat();
    rule(&[headers(1, END | PADDED | PRIORITY_FIELDS, &with_priority)], ANSWERED);
}

#[test]
fn settings_have_values() {
    rule(&[settings(&[(2, 2)])], PROTOCOL_ERROR);
    rule(&[settings(&[(5, 16_383)])], PROTOCOL_ERROR);
    rule(&[settings(&[(5, 1 << 24)])], PROTOCOL_ERROR);
    rule(&[settings(&[(8, 2)])], PROTOCOL_ERROR);
    rule(&[settings(&[(4, u32::MAX >> 1), (0x99, 1)]), request()], ANSWERED);
    missed_by_h2(&[settings(&[(1, 0), (4, 1 << 31)])], FLOW_CONTROL_ERROR, PROTOCOL_ERROR);
    // An acknowledgement of nothing.
    rule(&[settings_ack()], PROTOCOL_ERROR);
}

#[test]
fn header_blocks_are_contiguous() {
    let begun = || headers(1, END_STREAM, &get(&[])[..5]);
    let rest = |stream, flags| frame(CONTINUATION, flags, stream, &get(&[])[5..]);
    rule(&[begun(), rest(1, END_HEADERS)], ANSWERED);
    rule(&[begun(), rest(3, END_HEADERS)], PROTOCOL_ERROR);
    rule(&[begun(), rest(0, END_HEADERS)], PROTOCOL_ERROR);
    rule(&[begun(), ping()], PROTOCOL_ERROR);
    rule(&[begun(), frame(0x77, 0, 0, &[])], PROTOCOL_ERROR);
    rule(&[begun(), headers(3, END, &get(&[]))], PROTOCOL_ERROR);
    rule(&[request(), rest(1, END_HEADERS)], PROTOCOL_ERROR);
    rule(&[rest(1, END_HEADERS)], PROTOCOL_ERROR);
}

#[test]
fn windows_neither_overflow_nor_stand_still() {
    rule(&[window_update(0, 0)], PROTOCOL_ERROR);
    rule(&[upload(), window_update(1, 0)], PROTOCOL_ERROR);
    rule(&[window_update(0, u32::MAX >> 1)], FLOW_CONTROL_ERROR);
    let overflow = Outcome::Reset(1, h2::Reason::FLOW_CONTROL_ERROR);
    rule(&[upload(), window_update(1, u32::MAX >> 1)], overflow);
}

#[test]
fn clients_do_not_push() {
    let promise = [&[0, 0, 0, 2][..], &get(&[])].concat();
    rule(&[upload(), frame(PUSH_PROMISE, END_HEADERS, 1, &promise)], PROTOCOL_ERROR);
}

#[test]
fn what_is_unknown_is_ignored() {
    rule(&[frame(0x77, 0xff, 5, b"any"), request(), frame(0x10, 0, 0, &[0; 4])], ANSWERED);
    rule(&[headers(1, END | 0xd2, &get(&[]))], ANSWERED);
    let mut reserved_bit = request();
    reserved_bit[5] |= 0x80;
    rule(&[reserved_bit], ANSWERED);
}
