//! The gateway's own frames, appended to a buffer that the caller sends where a direction is
//! [`crate::Relay::at_frame_boundary`]. To an origin they are masked, with four random bytes each
//! (RFC 6455 section 5.3); to a client they are not.

use crate::limits::{CLOSE_REASON_BYTES_MAX, CONTROL_PAYLOAD_BYTES_MAX};

/// Appends a close frame. `code` is one that [`crate::is_close_code`] allows; a reason over
/// [`CLOSE_REASON_BYTES_MAX`] is cut between two characters.
pub fn close_frame(code: u16, reason: &str, mask: Option<[u8; 4]>, out: &mut Vec<u8>) {
    let reason = (0..=CLOSE_REASON_BYTES_MAX).rev().find_map(|end| reason.get(..end));
    let reason = reason.unwrap_or_default();
    control_frame(8, &[&code.to_be_bytes(), reason.as_bytes()], mask, out);
}

/// Appends a ping with up to [`CONTROL_PAYLOAD_BYTES_MAX`] bytes; more are cut off.
///
/// The pong to it passes through the relay like any other, to a far end that never asked: that is
/// legal and needs no answer (RFC 6455 section 5.5.3). As a pong may answer the latest ping alone,
/// a gateway pings only a connection that is quiet, so that no end waits in vain for its own.
pub fn ping_frame(payload: &[u8], mask: Option<[u8; 4]>, out: &mut Vec<u8>) {
    control_frame(9, &[payload], mask, out);
}

/// Appends the pong that answers a ping with this payload, of which it has up to
/// [`CONTROL_PAYLOAD_BYTES_MAX`] bytes.
pub fn pong_frame(payload: &[u8], mask: Option<[u8; 4]>, out: &mut Vec<u8>) {
    control_frame(10, &[payload], mask, out);
}

fn control_frame(opcode: u8, payload: &[&[u8]], mask: Option<[u8; 4]>, out: &mut Vec<u8>) {
    let payload = payload.iter().copied().flatten().take(CONTROL_PAYLOAD_BYTES_MAX);
    let masked = if mask.is_some() { 0x80 } else { 0 };
    out.push(0x80 | opcode);
    out.push(masked | payload.clone().count() as u8);
    out.extend(mask.into_iter().flatten());
    let mask = mask.unwrap_or_default().into_iter().cycle();
    out.extend(payload.zip(mask).map(|(byte, mask)| byte ^ mask));
}
