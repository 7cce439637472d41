//! RFC 9113 section 4.3 and RFC 7541: header blocks.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use support::app::App;
use support::frames::*;
use support::rule::*;
use support::server::{Outcome, Server};

/// A request with these bytes at the end of its block.
fn ends_with(bytes: &[u8]) -> Vec<u8> {
    headers(1, END, &[&get(&[]), bytes].concat())
}

/// `h2` ends the connection too, but says PROTOCOL_ERROR.
fn wrong(frames: &[Vec<u8>]) {
    missed_by_h2(frames, COMPRESSION_ERROR, PROTOCOL_ERROR);
}

#[test]
fn indices_are_of_entries() {
    wrong(&[ends_with(&[0x80])]);
    wrong(&[ends_with(&[0x80 | 62])]);
    wrong(&[ends_with(&[0x40 | 62, 1, b'a'])]);
    wrong(&[ends_with(&[0x0f, 62 - 15, 1, b'a'])]);
    rule(&[ends_with(&[&indexed(b"a", b"b")[..], &[0x80 | 62]].concat())], ANSWERED);
    wrong(&[ends_with(&[&indexed(b"a", b"b")[..], &[0x80 | 63]].concat())]);
}

#[test]
fn fields_are_whole() {
    for cut in [&[0x40][..], &[0x40, 1], &[0x40, 1, b'a'], &[0x40, 1, b'a', 2, b'b'], &[0x0f]] {
        wrong(&[ends_with(cut)]);
    }
    wrong(&[ends_with(&[0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])]);
    // Five bytes that say 61.
    rule(&[ends_with(&[0x1f, 0x80 | 46, 0x80, 0x80, 0x00, 1, b'a'])], ANSWERED);
}

#[test]
fn huffman_codes_end_well() {
    let value = |bytes: &[u8]| {
        [&[0x00, 1, b'a', 0x80 | u8::try_from(bytes.len()).unwrap()][..], bytes].concat()
    };
    rule(&[ends_with(&value(&[0b0000_0111]))], ANSWERED);
    wrong(&[ends_with(&value(&[0b0000_0110]))]);
    wrong(&[ends_with(&value(&[0b0000_0111, 0xff]))]);
    wrong(&[ends_with(&value(&[0xff, 0xff, 0xff, 0xff]))]);
}

#[test]
fn table_sizes_change_before_fields_only() {
    let first = |bytes: &[u8]| headers(1, END, &[bytes, &get(&[])].concat());
    rule(&[first(&[0x20, 0x3f, 0xe1, 0x1f])], ANSWERED); // 0, then 4,096
    wrong(&[first(&[0x3f, 0xe2, 0x1f])]); // 4,097
    wrong(&[ends_with(&[0x20])]);
    wrong(&[headers(1, END, &[&[0x82, 0x20][..], &get(&[])[1..]].concat())]);
    let late = frame(CONTINUATION, END_HEADERS, 1, &[0x20]);
    missed_by_h2(&[headers(1, END_STREAM, &get(&[])), late], COMPRESSION_ERROR, ANSWERED);
    // An emptied table has no entries.
    let emptied = [&[0x20][..], &get(&[]), &[0x80 | 62]].concat();
    let filled = ends_with(&indexed(b"a", b"b"));
    wrong(&[filled.clone(), headers(3, END, &emptied)]);
    let kept = headers(3, END, &[&get(&[])[..], &[0x80 | 62]].concat());
    rule(&[filled, kept], Outcome::Answer(3));
}

#[test]
fn the_oldest_entries_go_first() {
    // 40 entries of 101 bytes and more: the first is gone, the second is not.
    let fields: Vec<Vec<u8>> = (0..41).map(|n| indexed(b"n", &[b'a' + n / 2; 68])).collect();
    let filled = headers(1, END, &[get(&[]), fields.concat()].concat());
    let oldest = |index: u8| [&get(&[])[..], &integer(usize::from(index), 0x7f)].concat();
    let with = |index: u8| {
        let mut block = oldest(index);
        let at = get(&[]).len();
        block[at] |= 0x80;
        headers(3, END, &block)
    };
    rule(&[filled.clone(), with(61 + 40)], Outcome::Answer(3));
    wrong(&[filled, with(61 + 41)]);
}

/// CVE-2026-47774's kind: few bytes that decode to many.
#[test]
fn bombs_are_bounded() {
    let large = indexed(b"a", &[b'x'; 4000]);
    let again = |times| [get(&[]), large.clone(), vec![0x80 | 62; times]].concat();
    let mut server = Server::greeted(App::Answer(0));
    server.send(&headers(1, END, &again(2)));
    assert_eq!(server.seen().len(), 1);
    // Over the limit: h2 answers 431 by itself.
    server.send(&headers(3, END, &[get(&[]), vec![0x80 | 62; 4]].concat()));
    assert_eq!(server.outcome(), Outcome::Answer(3));
    assert_eq!(server.seen().len(), 1);
    // Far over it.
    server.send(&headers(5, END, &[get(&[]), vec![0x80 | 62; 16_000]].concat()));
    assert_eq!(server.outcome(), ENHANCE_YOUR_CALM);
}

#[test]
fn fields_are_counted() {
    let names: Vec<String> = (0..101).map(|n| format!("n{n}")).collect();
    let fields = |count: usize| {
        let fields: Vec<_> = names[..count].iter().map(|name| (name.as_str(), "")).collect();
        headers(1, END, &get(&fields))
    };
    let status = |count| {
        let mut server = Server::greeted(App::Answer(0));
        server.send(&fields(count));
        server.seen().first().map(|seen| seen.status.get())
    };
    assert_eq!((status(100), status(101)), (Some(200), Some(431)));
}

/// `h2` forgets that a block is malformed when a frame of it ends within a field.
#[test]
fn fields_lost_in_cut_blocks_are_missed() {
    let cut = |fields: &[Vec<u8>], at_end: usize| {
        let whole = [get(&[]), fields.concat(), block(&[("last", "field")])].concat();
        let (first, rest) = whole.split_at(whole.len() - at_end);
        vec![headers(1, END_STREAM, first), frame(CONTINUATION, END_HEADERS, 1, rest)]
    };
    rule(&cut(&[block(&[("x", "y"), ("cookie", "a"), ("cookie", "b")])], 3), ANSWERED);
    for bad in [("connection", "close"), ("te", "gzip"), (":path", "/b"), (":authority", "b")] {
        missed_by_h2(&cut(&[block(&[bad])], 3), MALFORMED, ANSWERED);
        rule(&cut(&[block(&[bad])], 0), PROTOCOL_ERROR);
    }
    let empty = literal(b"", b"x");
    let whole = [get(&[]), empty].concat();
    let rest = frame(CONTINUATION, END_HEADERS, 1, &block(&[("a", "b")]));
    missed_by_h2(&[headers(1, END_STREAM, &whole), rest], PROTOCOL_ERROR, ANSWERED);
}
