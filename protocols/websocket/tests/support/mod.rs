//! What the test files and the fuzz target share.
#![allow(dead_code)]

pub(crate) mod literal;

use ringgate_websocket::limits::HELD_BYTES_MAX;
use ringgate_websocket::{Direction, Extensions, FrameFault, Limits, Relay};

/// Who sends, and what may be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) direction: Direction,
    pub(crate) deflate: bool,
    pub(crate) limits: Limits,
}

pub(crate) const CLIENT: Rules = Rules {
    direction: Direction::ClientToServer,
    deflate: false,
    limits: Limits { frame_bytes_max: None, message_bytes_max: None },
};

pub(crate) const SERVER: Rules = Rules { direction: Direction::ServerToClient, ..CLIENT };

impl Rules {
    pub(crate) fn relay(self) -> Relay {
        let extensions = Extensions { permessage_deflate: self.deflate };
        Relay::new(self.direction, extensions, self.limits)
    }
}

/// What a stream came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Bytes sent on, from the front.
    pub(crate) passed: usize,
    pub(crate) fault: Option<FrameFault>,
    pub(crate) frames: usize,
    pub(crate) messages: usize,
    pub(crate) payload_bytes: usize,
    pub(crate) pings: usize,
    pub(crate) pongs: usize,
    /// Codes of close frames, 1005 for none.
    pub(crate) closes: Vec<u16>,
    pub(crate) at_boundary: bool,
}

/// Relays `stream`, which arrives in pieces of these sizes, through one buffer as a gateway does.
pub(crate) fn relayed(rules: Rules, stream: &[u8], sizes: &[usize]) -> Seen {
    let mut relay = rules.relay();
    let mut seen = Seen::default();
    let (mut buf, mut out, mut taken) = (Vec::new(), Vec::new(), 0);
    let mut sizes = sizes.iter().copied().cycle();
    while taken < stream.len() && seen.fault.is_none() {
        let piece = sizes.next().unwrap_or(1).clamp(1, stream.len() - taken);
        buf.extend_from_slice(&stream[taken..taken + piece]);
        taken += piece;
        seen.fault = drain(&mut relay, &mut buf, &mut out, &mut seen).err();
    }
    assert_eq!(out, stream[..out.len()], "sent on as it came");
    assert_eq!(relay.is_closed(), !seen.closes.is_empty());
    seen.passed = out.len();
    seen.at_boundary = relay.at_frame_boundary();
    seen
}

fn drain(
    relay: &mut Relay,
    buf: &mut Vec<u8>,
    out: &mut Vec<u8>,
    seen: &mut Seen,
) -> Result<(), FrameFault> {
    while !buf.is_empty() {
        let before = buf.clone();
        let passed = relay.inspect(buf)?;
        assert_eq!(*buf, before);
        seen.frames += passed.frames;
        seen.messages += passed.messages;
        seen.payload_bytes += passed.payload_bytes;
        seen.pings += passed.pings;
        seen.pongs += passed.pongs;
        seen.closes.extend(passed.close.map(|close| close.code.unwrap_or(1005)));
        out.extend(buf.drain(..passed.len));
        if passed.len == 0 {
            assert!(buf.len() <= HELD_BYTES_MAX, "{} bytes held", buf.len());
            break;
        }
    }
    Ok(())
}

/// A frame as the two first bytes say, with the right length form for `payload`; masked with
/// `mask`.
pub(crate) fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let mut out = vec![first];
    match payload.len() {
        bytes @ 0..=125 => out.push(masked | bytes as u8),
        bytes @ 126..=0xffff => {
            out.push(masked | 126);
            out.extend((bytes as u16).to_be_bytes());
        }
        bytes => {
            out.push(masked | 127);
            out.extend((bytes as u64).to_be_bytes());
        }
    }
    out.extend(mask.iter().flatten());
    let mask = mask.unwrap_or_default();
    out.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]));
    out
}

/// A frame that a client sends.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, Some([0x37, 0xfa, 0x21, 0x3d]), payload)
}

/// A frame that a server sends.
pub(crate) fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, None, payload)
}
