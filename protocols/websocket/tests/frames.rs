//! The rules of frames, one by one (RFC 6455 sections 5 and 7).
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use ringgate_websocket::limits::{CLOSE_REASON_BYTES_MAX, HEADER_BYTES_MAX, HELD_BYTES_MAX};
use ringgate_websocket::{Close, FrameFault, Limits, Passed, is_close_code};
use support::{CLIENT, Rules, SERVER, frame, masked, plain, relayed};

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;
const RSV1: u8 = 0x40;
/// The first frame of a message, one in the middle, the last.
const BEGIN: u8 = 0x01;
const GO_ON: u8 = 0x00;
const END: u8 = 0x80;

/// The fault of a stream, whole and byte by byte, if it has one.
fn fault(rules: Rules, stream: &[u8]) -> Option<FrameFault> {
    let whole = relayed(rules, stream, &[stream.len()]);
    assert_eq!(whole, relayed(rules, stream, &[1]), "{}", stream.escape_ascii());
    assert!(whole.fault.is_some() || whole.passed == stream.len(), "{whole:?}");
    whole.fault
}

fn from_server(frames: &[(u8, &[u8])]) -> Option<FrameFault> {
    let frames: Vec<Vec<u8>> =
        frames.iter().map(|(first, payload)| plain(*first, payload)).collect();
    fault(SERVER, &frames.concat())
}

// Section 5.7: the examples of the document
#[test]
fn examples_of_the_rfc_pass() {
    for (rules, stream, messages) in [
        (SERVER, &b"\x81\x05\x48\x65\x6c\x6c\x6f"[..], 1),
        (CLIENT, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 1),
        (SERVER, b"\x01\x03\x48\x65\x6c\x80\x02\x6c\x6f", 1),
        (SERVER, b"\x89\x05\x48\x65\x6c\x6c\x6f", 0),
        (CLIENT, b"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 0),
        (SERVER, &[&b"\x82\x7e\x01\x00"[..], &[7; 256]].concat(), 1),
        (SERVER, &[&b"\x82\x7f\0\0\0\0\0\x01\0\0"[..], &[7; 65536]].concat(), 1),
    ] {
        let seen = relayed(rules, stream, &[stream.len()]);
        assert_eq!((seen.fault, seen.passed, seen.messages), (None, stream.len(), messages));
        assert!(seen.at_boundary);
    }
}

// Section 5.1: a client masks every frame, a server none
#[test]
fn mask_is_the_clients_and_the_clients_alone() {
    for first in [TEXT, BINARY, CLOSE, PING, PONG] {
        assert_eq!(fault(CLIENT, &masked(first, b"")), None);
        assert_eq!(fault(CLIENT, &plain(first, b"")), Some(FrameFault::Unmasked));
        assert_eq!(fault(SERVER, &plain(first, b"")), None);
        assert_eq!(fault(SERVER, &masked(first, b"")), Some(FrameFault::Masked));
    }
    let second = [masked(BEGIN, b"a"), plain(END, b"b")].concat();
    assert_eq!(fault(CLIENT, &second), Some(FrameFault::Unmasked));
}

// Section 5.2: opcodes 3 to 7 and 11 to 15 are reserved
#[test]
fn reserved_opcodes_refused() {
    for opcode in 0..16 {
        let known = [0, 1, 2, 8, 9, 10].contains(&opcode);
        let begun = [plain(BEGIN, b"a"), plain(0x80 | opcode, b"")].concat();
        let seen = fault(SERVER, &begun);
        assert_eq!(seen == Some(FrameFault::Opcode), !known, "{opcode}: {seen:?}");
    }
}

// Section 5.2: a reserved bit must be 0 unless an extension defines it
#[test]
fn reserved_bits_refused_where_nothing_was_agreed() {
    for bit in [0x10, 0x20, 0x40] {
        for first in [TEXT, BINARY, CLOSE, PING, PONG, BEGIN] {
            assert_eq!(from_server(&[(first | bit, b"")]), Some(FrameFault::ReservedBit));
        }
    }
}

// RFC 7692 section 6: RSV1 marks a compressed message, on its first frame only; control frames are
// never compressed
#[test]
fn rsv1_is_permessage_deflates_on_the_first_frame() {
    let deflate = Rules { deflate: true, ..SERVER };
    let judged = |frames: &[(u8, &[u8])]| {
        let frames: Vec<Vec<u8>> = frames.iter().map(|(first, p)| plain(*first, p)).collect();
        fault(deflate, &frames.concat())
    };
    assert_eq!(judged(&[(TEXT | RSV1, b"a"), (BINARY | RSV1, b"b"), (TEXT, b"c")]), None);
    assert_eq!(judged(&[(BEGIN | RSV1, b"a"), (GO_ON, b"b"), (PING, b"c"), (END, b"d")]), None);
    let refused = Some(FrameFault::ReservedBit);
    assert_eq!(judged(&[(BEGIN | RSV1, b"a"), (END | RSV1, b"b")]), refused);
    assert_eq!(judged(&[(BEGIN, b"a"), (GO_ON | RSV1, b"b")]), refused);
    for first in [CLOSE, PING, PONG] {
        assert_eq!(judged(&[(first | RSV1, b"")]), refused);
    }
    for bits in [0x10, 0x20, 0x30, 0x50, 0x60] {
        assert_eq!(judged(&[(TEXT | bits, b"")]), refused);
    }
}

// Section 5.5: control frames are final and have at most 125 bytes
#[test]
fn control_frames_are_short_and_whole() {
    for first in [PING, PONG] {
        assert_eq!(from_server(&[(first, &[b'x'; 125])]), None);
        assert_eq!(from_server(&[(first, &[b'x'; 126])]), Some(FrameFault::ControlTooLong));
        assert_eq!(from_server(&[(first, &[b'x'; 65536])]), Some(FrameFault::ControlTooLong));
    }
    for first in [CLOSE, PING, PONG] {
        let fragment = first & 0x0f;
        assert_eq!(from_server(&[(fragment, b"")]), Some(FrameFault::ControlFragmented));
    }
    let reason = [&1000_u16.to_be_bytes()[..], &[b'x'; CLOSE_REASON_BYTES_MAX]].concat();
    assert_eq!(from_server(&[(CLOSE, &reason)]), None);
    assert_eq!(
        from_server(&[(CLOSE, &[&reason[..], b"x"].concat())]),
        Some(FrameFault::ControlTooLong)
    );
}

// Section 5.4: fragments of one message, control frames in between, nothing else
#[test]
fn fragments_come_in_order() {
    assert_eq!(from_server(&[(BEGIN, b"a"), (GO_ON, b"b"), (GO_ON, b""), (END, b"c")]), None);
    assert_eq!(from_server(&[(0x02, b""), (PING, b"p"), (PONG, b"p"), (END, b"")]), None);
    let unexpected = Some(FrameFault::ContinuationUnexpected);
    assert_eq!(from_server(&[(GO_ON, b"a")]), unexpected);
    assert_eq!(from_server(&[(END, b"a")]), unexpected);
    assert_eq!(from_server(&[(TEXT, b"a"), (END, b"b")]), unexpected);
    assert_eq!(from_server(&[(BEGIN, b"a"), (END, b"b"), (END, b"c")]), unexpected);
    let missing = Some(FrameFault::ContinuationMissing);
    assert_eq!(from_server(&[(BEGIN, b"a"), (TEXT, b"b")]), missing);
    assert_eq!(from_server(&[(BEGIN, b"a"), (BEGIN, b"b")]), missing);
    assert_eq!(from_server(&[(0x02, b"a"), (GO_ON, b"b"), (PING, b""), (BINARY, b"c")]), missing);
}

// Section 5.5.1: a close frame may come where a message is open
#[test]
fn close_inside_a_message_passes() {
    assert_eq!(from_server(&[(BEGIN, b"a"), (CLOSE, &1001_u16.to_be_bytes())]), None);
}

// Section 5.2: the shortest form of the length, and 63 bits at most
#[test]
fn lengths_are_minimal() {
    let refused = Some(FrameFault::LengthNotMinimal);
    let short = |length: u16| [&b"\x82\x7e"[..], &length.to_be_bytes(), &[0; 70]].concat();
    let long = |length: u64| [&b"\x82\x7f"[..], &length.to_be_bytes(), &[0; 70]].concat();
    for length in [0, 1, 125] {
        assert_eq!(fault(SERVER, &short(length)), refused);
    }
    for length in [0, 1, 125, 126, 65535] {
        assert_eq!(fault(SERVER, &long(length)), refused);
    }
    assert_eq!(fault(SERVER, &short(126)), None);
    assert_eq!(fault(SERVER, &long(65536)), None);
    assert_eq!(fault(SERVER, &long(i64::MAX as u64)), None);
    for length in [1 << 63, u64::MAX] {
        assert_eq!(fault(SERVER, &long(length)), Some(FrameFault::LengthTopBit));
    }
}

// Section 5.2: a frame of 2^63 - 1 bytes is legal, and passes as far as it comes
#[test]
fn largest_frame_passes() {
    let largest = [&b"\x02\x7f"[..], &(i64::MAX as u64).to_be_bytes()].concat();
    let mut relay = SERVER.relay();
    assert_eq!(relay.inspect(&largest).map(|passed| passed.len), Ok(largest.len()));
    assert!(!relay.at_frame_boundary());
    let limits = Limits { message_bytes_max: Some(u64::MAX), ..Limits::default() };
    assert_eq!(fault(Rules { limits, ..SERVER }, &largest), None);
}

// Section 7.4: who may send which code
#[test]
fn close_codes() {
    for code in 0..=u16::MAX {
        let sent = [1000, 1001, 1002, 1003].contains(&code)
            || (1007..=1014).contains(&code)
            || (3000..5000).contains(&code);
        assert_eq!(is_close_code(code), sent, "{code}");
        let refused = (!sent).then_some(FrameFault::CloseCode);
        assert_eq!(from_server(&[(CLOSE, &code.to_be_bytes())]), refused, "{code}");
    }
}

// Section 5.5.1: nothing, or a code of two bytes and a reason in UTF-8
#[test]
fn close_payload() {
    let close = |payload: &[u8]| {
        let stream = masked(CLOSE, payload);
        let mut relay = CLIENT.relay();
        relay.inspect(&stream).map(|passed| passed.close)
    };
    assert_eq!(close(b""), Ok(Some(Close { code: None })));
    assert_eq!(close(b"\x03"), Err(FrameFault::CloseLength));
    assert_eq!(close(b"\x03\xe8"), Ok(Some(Close { code: Some(1000) })));
    assert_eq!(close("\x0f\u{a0}".as_bytes()), Err(FrameFault::CloseReason));
    assert_eq!(close(b"\x0f\xa0bye \xe2\x82\xac"), Ok(Some(Close { code: Some(4000) })));
    for reason in [&b"\xe2\x82"[..], b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"ok\xf4\x90\x80\x80"] {
        assert_eq!(close(&[b"\x03\xe8", reason].concat()), Err(FrameFault::CloseReason));
    }
}

// Section 5.5.1: nothing is sent after a close frame
#[test]
fn nothing_passes_after_close() {
    for after in [TEXT, PING, CLOSE, 0x83] {
        let close = plain(CLOSE, b"\x03\xe8");
        let stream = [&close[..], &plain(after, b"")].concat();
        let seen = relayed(SERVER, &stream, &[stream.len()]);
        assert_eq!((seen.passed, seen.fault), (close.len(), Some(FrameFault::AfterClose)));
        assert_eq!((seen.closes, seen.frames), (vec![1000], 1));
    }
    let mut relay = SERVER.relay();
    relay.inspect(&plain(CLOSE, b"")).unwrap();
    assert!(relay.is_closed() && relay.at_frame_boundary());
    assert_eq!(relay.inspect(b""), Ok(Passed::default()));
    assert_eq!(relay.inspect(b"\x81"), Err(FrameFault::AfterClose));
    assert_eq!(relay.inspect(b"\x81"), Err(FrameFault::AfterClose));
}

// Our limits: none by default; exact where they are set
#[test]
fn limits_are_exact() {
    let limits = |frame_bytes_max, message_bytes_max| Rules {
        limits: Limits { frame_bytes_max, message_bytes_max },
        ..SERVER
    };
    let ten = plain(TEXT, &[b'x'; 10]);
    assert_eq!(fault(limits(Some(10), None), &ten), None);
    assert_eq!(fault(limits(Some(9), None), &ten), Some(FrameFault::FrameTooLarge));
    assert_eq!(fault(limits(None, Some(10)), &ten), None);
    assert_eq!(fault(limits(None, Some(9)), &ten), Some(FrameFault::MessageTooLarge));
    let two = [plain(BEGIN, &[b'x'; 6]), plain(PING, &[b'x'; 20]), plain(END, &[b'x'; 5])].concat();
    assert_eq!(fault(limits(Some(6), Some(11)), &two), None);
    assert_eq!(fault(limits(Some(6), Some(10)), &two), Some(FrameFault::MessageTooLarge));
    // Each message has the whole limit.
    assert_eq!(fault(limits(None, Some(11)), &two.repeat(3)), None);
    assert_eq!(fault(limits(None, Some(0)), &plain(TEXT, b"").repeat(3)), None);
}

// The bytes before a fault are as good as any
#[test]
fn what_stands_before_a_fault_passes() {
    let good = [plain(TEXT, b"hello"), plain(PING, b"p")].concat();
    let stream = [&good[..], &plain(0x83, b"bad"), &plain(TEXT, b"never")].concat();
    let mut relay = SERVER.relay();
    let passed = relay.inspect(&stream).unwrap();
    assert_eq!((passed.len, passed.frames, passed.messages, passed.pings), (good.len(), 2, 1, 1));
    assert_eq!(relay.inspect(&stream[good.len()..]), Err(FrameFault::Opcode));
    assert_eq!(relay.inspect(&stream[good.len()..]), Err(FrameFault::Opcode));
}

// A bad close frame never reaches the other end, not even its first half
#[test]
fn control_frames_pass_whole_or_not_at_all() {
    for first in [CLOSE, PING, PONG] {
        let stream = masked(first, &[&b"\x03\xe8"[..], &[b'x'; 123]].concat());
        assert_eq!(stream.len(), HELD_BYTES_MAX + 1);
        let mut relay = CLIENT.relay();
        for end in 0..stream.len() {
            assert_eq!(relay.inspect(&stream[..end]), Ok(Passed::default()), "{end}");
            assert!(relay.at_frame_boundary());
        }
        assert_eq!(relay.inspect(&stream).map(|passed| passed.len), Ok(stream.len()));
    }
}

// A header passes whole, the payload as it comes
#[test]
fn data_passes_as_it_comes() {
    let stream = masked(BINARY, &[7; 70_000]);
    let mut relay = CLIENT.relay();
    for end in 0..HEADER_BYTES_MAX {
        assert_eq!(relay.inspect(&stream[..end]), Ok(Passed::default()));
    }
    assert!(relay.at_frame_boundary());
    let header = relay.inspect(&stream[..HEADER_BYTES_MAX]);
    assert_eq!(header, Ok(Passed { len: HEADER_BYTES_MAX, ..Passed::default() }));
    assert!(!relay.at_frame_boundary());
    let half = relay.inspect(&[7; 35_000]);
    assert_eq!(half, Ok(Passed { len: 35_000, payload_bytes: 35_000, ..Passed::default() }));
    assert!(!relay.at_frame_boundary());
    let rest = relay.inspect(&[7; 35_000]).unwrap();
    assert_eq!((rest.len, rest.frames, rest.messages), (35_000, 1, 1));
    assert!(relay.at_frame_boundary());
}

// Text that is no UTF-8 is the ends' matter: no payload byte of data is looked at
#[test]
fn text_is_not_looked_at() {
    assert_eq!(from_server(&[(TEXT, b"\xff\xfe")]), None);
}

// Section 7.4.1: the codes that a fault is answered with, in a close frame that is itself legal
#[test]
fn every_fault_makes_a_close_frame() {
    use FrameFault as F;
    let all = [
        F::AfterClose,
        F::Opcode,
        F::ControlFragmented,
        F::ControlTooLong,
        F::LengthNotMinimal,
        F::LengthTopBit,
        F::Unmasked,
        F::Masked,
        F::ReservedBit,
        F::ContinuationUnexpected,
        F::ContinuationMissing,
        F::FrameTooLarge,
        F::MessageTooLarge,
        F::CloseLength,
        F::CloseCode,
        F::CloseReason,
    ];
    for fault in all {
        let mut out = Vec::new();
        ringgate_websocket::close_frame(fault.close_code(), fault.reason(), None, &mut out);
        assert!(out.ends_with(fault.to_string().as_bytes()), "{fault} is cut off");
        assert_eq!(relayed(SERVER, &out, &[1]).closes, [fault.close_code()]);
    }
    assert_eq!(F::FrameTooLarge.close_code(), 1009);
    assert_eq!(F::MessageTooLarge.close_code(), 1009);
    assert_eq!(F::CloseReason.close_code(), 1007);
    assert_eq!(F::Opcode.close_code(), 1002);
}

// The mask is undone for the code alone; any mask will do
#[test]
fn close_code_under_any_mask() {
    for mask in [[0; 4], [0xff; 4], [1, 2, 3, 4], [0x80, 0, 0, 0x7f]] {
        let stream = frame(CLOSE, Some(mask), b"\x0b\xb8libraries say so");
        let seen = relayed(CLIENT, &stream, &[stream.len()]);
        assert_eq!((seen.closes, seen.fault), (vec![3000], None));
    }
}
