//! The gateway's own frames.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use ringgate_websocket::limits::CLOSE_REASON_BYTES_MAX;
use ringgate_websocket::{close_frame, ping_frame, pong_frame};
use support::{CLIENT, SERVER, relayed};

fn written(write: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

#[test]
fn bytes_to_a_client() {
    let close = written(|out| close_frame(1001, "going away", None, out));
    assert_eq!(close, b"\x88\x0c\x03\xe9going away");
    assert_eq!(written(|out| close_frame(1000, "", None, out)), b"\x88\x02\x03\xe8");
    assert_eq!(written(|out| ping_frame(b"Hello", None, out)), b"\x89\x05Hello");
    assert_eq!(written(|out| pong_frame(b"", None, out)), b"\x8a\x00");
}

// RFC 6455 section 5.7: the masked pong of the examples
#[test]
fn bytes_to_an_origin() {
    let mask = Some([0x37, 0xfa, 0x21, 0x3d]);
    let pong = written(|out| pong_frame(b"Hello", mask, out));
    assert_eq!(pong, b"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    let close = written(|out| close_frame(1002, "why", mask, out));
    assert_eq!(relayed(CLIENT, &close, &[1]).closes, [1002]);
}

// RFC 6455 section 5.5: a control frame has at most 125 bytes
#[test]
fn too_much_is_cut() {
    for reason in ["x".repeat(200), "é".repeat(100), "€".repeat(100), "𝄞".repeat(100)] {
        let close = written(|out| close_frame(1011, &reason, None, out));
        let kept = std::str::from_utf8(&close[4..]).unwrap();
        assert!(reason.starts_with(kept) && kept.len() > CLOSE_REASON_BYTES_MAX - 4, "{kept}");
        assert_eq!(relayed(SERVER, &close, &[close.len()]).closes, [1011]);
    }
    let ping = written(|out| ping_frame(&[b'x'; 300], None, out));
    assert_eq!((ping.len(), ping[1]), (127, 125));
    let whole = written(|out| ping_frame(&[b'x'; 125], None, out));
    assert_eq!(ping, whole);
}

#[test]
fn frames_are_appended() {
    let out = written(|out| {
        ping_frame(b"a", None, out);
        pong_frame(b"b", None, out);
        close_frame(1001, "", None, out);
    });
    let seen = relayed(SERVER, &out, &[2]);
    assert_eq!((seen.pings, seen.pongs, seen.closes, seen.fault), (1, 1, vec![1001], None));
}
