use clap::Parser as _;

use super::frame::{self, Frame};
use super::{Exchange, Http2, PREFACE, Protocol as _};
use crate::client::protocol::Answer;
use crate::client::{Args, Expected, RequestSource, Verdict};

/// A frame's kind, flags, stream and payload.
type Sent<'a> = (u8, u8, u32, &'a [u8]);

/// A connection with two requests begun, and what it has said and answered.
struct Peer {
    expected: Expected,
    http2: Http2,
    out: Vec<u8>,
    answers: Vec<Answer>,
}

impl Peer {
    fn new(line: &str) -> Self {
        let line = format!("x --url http://h.test:1/5 --http2 --streams 2 {line}");
        let line = line.replace("h.test", "127.0.0.1");
        let args = Args::parse_from(line.split_whitespace());
        let source = RequestSource::new(&args).unwrap();
        let mut peer = Self {
            expected: Expected::new(&args),
            http2: Http2::new(&source, 2),
            out: Vec::new(),
            answers: Vec::new(),
        };
        peer.http2.open(&mut peer.out);
        peer.http2.begin(0, b"", &mut peer.out);
        peer.http2.begin(1, b"", &mut peer.out);
        peer
    }

    fn feed(&mut self, bytes: &[u8], step: usize) -> Result<(), String> {
        let Self { expected, http2, out, answers } = self;
        for piece in bytes.chunks(step) {
            http2.feed(piece, &mut Exchange { expected, out, answers })?;
        }
        Ok(())
    }

    /// What it has said since the preface or the last call, as kind, flags, stream, payload.
    fn said(&mut self) -> Vec<(u8, u8, u32, Vec<u8>)> {
        let bytes = std::mem::take(&mut self.out);
        let mut rest = bytes.strip_prefix(PREFACE).unwrap_or(&bytes);
        let mut frames = Vec::new();
        while let Some(frame) = Frame::parse(rest).unwrap() {
            frames.push((frame.kind, frame.flags, frame.stream, frame.payload.to_vec()));
            rest = &rest[frame.len()..];
        }
        assert!(rest.is_empty());
        frames
    }
}

fn frames(list: &[Sent<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for &(kind, flags, stream, payload) in list {
        Frame { kind, flags, stream, payload }.put(&mut bytes);
    }
    bytes
}

const SETTINGS: Sent<'_> = (frame::SETTINGS, 0, 0, &[]);
/// `:status: 200` out of the static table.
const OK: &[u8] = &[0x88];
const WHOLE: u8 = frame::END_HEADERS | frame::END_STREAM;

#[test]
fn requests_wait_for_settings_and_reuse_their_fields() {
    let mut peer = Peer::new("");
    let kinds = |said: &[(u8, u8, u32, Vec<u8>)]| -> Vec<(u8, u32)> {
        said.iter().map(|(kind, _, stream, _)| (*kind, *stream)).collect()
    };
    assert_eq!(kinds(&peer.said()), [(frame::SETTINGS, 0), (frame::WINDOW_UPDATE, 0)]);
    peer.feed(&frames(&[SETTINGS]), 1).unwrap();
    let said = peer.said();
    assert_eq!(kinds(&said), [(frame::SETTINGS, 0), (frame::HEADERS, 1), (frame::HEADERS, 3)]);
    assert_eq!(said[0].1, frame::ACK);
    // GET, http, and literals with indexing for the first; then indices of the dynamic table.
    assert!(said[1].3.starts_with(b"\x82\x86\x41\x0b127.0.0.1:1\x44\x02/5"), "{:x?}", said[1].3);
    assert_eq!(said[2].3, [0x82, 0x86, 0xc1, 0xc0, 0xbf, 0xbe]);
}

#[test]
fn a_smaller_table_is_noticed_and_not_used() {
    let mut peer = Peer::new("");
    peer.said();
    let settings = frame::settings(&[(frame::SETTINGS_HEADER_TABLE_SIZE, 0)]);
    peer.feed(&frames(&[(frame::SETTINGS, 0, 0, &settings)]), 100).unwrap();
    let said = peer.said();
    assert!(
        said[1].3.starts_with(b"\x20\x82\x86\x01\x0b127.0.0.1:1\x04\x02/5"),
        "{:x?}",
        said[1].3
    );
    assert!(said[2].3.starts_with(b"\x82\x86\x01\x0b"), "{:x?}", said[2].3);
}

#[test]
fn answers_in_any_order_and_any_split() {
    let bytes = frames(&[
        SETTINGS,
        (frame::HEADERS, 0, 3, &OK[..0]),
        (frame::CONTINUATION, frame::END_HEADERS, 3, OK),
        (frame::DATA, 0, 3, b"000"),
        (frame::HEADERS, frame::END_HEADERS, 1, &[0x08, 0x03, b'1', b'0', b'3']),
        (frame::HEADERS, frame::END_HEADERS | frame::PRIORITY, 1, b"\0\0\0\0\0\x88"),
        (frame::PING, 0, 0, b"12345678"),
        (frame::DATA, frame::PADDED, 1, b"\x0100000_"),
        (frame::DATA, frame::END_STREAM, 3, b"00"),
        (99, 0, 0, b"unknown"),
        // Trailers.
        (frame::HEADERS, WHOLE, 1, &[0x00, 0x01, b'a', 0x01, b'b']),
    ]);
    for step in 1..bytes.len() {
        let mut peer = Peer::new("--expect-bytes 5 --check pattern");
        peer.feed(&bytes, step).unwrap();
        let answers: Vec<_> = peer.answers.iter().map(|a| (a.slot, a.verdict)).collect();
        assert_eq!(answers, [(1, Verdict::Right), (0, Verdict::Right)], "step {step}");
        let pong = (frame::PING, frame::ACK, 0, b"12345678".to_vec());
        assert!(peer.said().contains(&pong));
    }
}

#[test]
fn wrong_answers_are_judged() {
    let mut peer = Peer::new("--expect-bytes 5 --check pattern");
    let bytes = frames(&[
        SETTINGS,
        (frame::HEADERS, WHOLE, 1, &[0x8d]),
        (frame::HEADERS, frame::END_HEADERS, 3, OK),
        (frame::DATA, frame::END_STREAM, 3, b"00x00"),
    ]);
    peer.feed(&bytes, 1000).unwrap();
    let verdicts: Vec<_> = peer.answers.iter().map(|answer| answer.verdict).collect();
    assert_eq!(verdicts, [Verdict::Status(404), Verdict::Body]);
}

#[test]
fn what_breaks_the_protocol_is_a_fault() {
    let few = frame::settings(&[(frame::SETTINGS_MAX_CONCURRENT_STREAMS, 1)]);
    let cases: [(&[Sent<'_>], &str); 9] = [
        (&[(frame::HEADERS, WHOLE, 1, OK)], "the first frame is not SETTINGS"),
        (&[(frame::SETTINGS, 0, 0, &few)], "the server allows 1 streams only"),
        (&[SETTINGS, (frame::HEADERS, WHOLE, 5, OK)], "a frame on stream 5, which is not open"),
        (&[SETTINGS, (frame::DATA, 0, 1, b"0")], "DATA before HEADERS"),
        (&[SETTINGS, (frame::GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 2])], "GOAWAY, error 2"),
        (&[SETTINGS, (frame::RST_STREAM, 0, 1, &[0, 0, 0, 8])], "RST_STREAM, error 8"),
        (
            &[SETTINGS, (frame::HEADERS, 0, 1, OK), (frame::PING, 0, 0, b"12345678")],
            "a field block interrupted",
        ),
        (&[SETTINGS, (frame::HEADERS, WHOLE, 1, &[0xff])], "a block cut short"),
        (
            &[SETTINGS, (frame::HEADERS, WHOLE, 1, &[0x00, 0x01, b'a', 0x00])],
            "HEADERS that are neither an answer's nor trailers",
        ),
    ];
    for (list, words) in cases {
        assert_eq!(Peer::new("").feed(&frames(list), 7), Err(words.to_owned()));
    }
}
