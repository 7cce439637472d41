//! RFC 6455 section 5 once more: slow, over a whole stream at once, bit by bit as the figure of
//! section 5.2 draws a frame, every payload unmasked and copied.

use ringgate_websocket::{Direction, FrameFault};

use super::{Rules, Seen};

/// What a relay must make of `stream`.
pub(crate) fn judged(rules: Rules, stream: &[u8]) -> Seen {
    let mut seen = Seen { at_boundary: true, ..Seen::default() };
    let mut message: Option<Vec<u8>> = None;
    while seen.passed < stream.len() && seen.at_boundary {
        let rest = Bits(&stream[seen.passed..]);
        match one(rules, &rest, &mut message, &mut seen) {
            Ok(Some(bytes)) => seen.passed += bytes,
            Ok(None) => break,
            Err(fault) => {
                seen.fault = Some(fault);
                break;
            }
        }
    }
    seen
}

/// A frame whose header is whole.
struct Frame {
    fin: bool,
    rsv: [bool; 3],
    opcode: u128,
    masked: bool,
    length: u128,
    /// Unmasked, as much of it as is there.
    payload: Vec<u8>,
    /// Bytes of the header and of that payload.
    bytes: usize,
}

/// One frame: the bytes of it that may pass, none when it has to wait.
fn one(
    rules: Rules,
    bits: &Bits<'_>,
    message: &mut Option<Vec<u8>>,
    seen: &mut Seen,
) -> Result<Option<usize>, FrameFault> {
    if !seen.closes.is_empty() {
        return Err(FrameFault::AfterClose);
    }
    let Some(frame) = frame(bits)? else { return Ok(None) };
    match rules.direction {
        Direction::ClientToServer if !frame.masked => return Err(FrameFault::Unmasked),
        Direction::ServerToClient if frame.masked => return Err(FrameFault::Masked),
        _ => {}
    }
    let deflated = rules.deflate && (frame.opcode == 1 || frame.opcode == 2);
    match frame.rsv {
        [false, false, false] => {}
        [true, false, false] if deflated => {}
        _ => return Err(FrameFault::ReservedBit),
    }
    let whole = frame.payload.len() as u128 == frame.length;
    if frame.opcode & 0b1000 == 0 {
        add_fragment(rules, &frame, message)?;
        seen.payload_bytes += frame.payload.len();
        seen.at_boundary = whole;
        if whole && frame.fin {
            *message = None;
            seen.messages += 1;
        }
    } else if whole {
        count_control(frame.opcode, &frame.payload, seen)?;
    } else {
        return Ok(None);
    }
    seen.frames += usize::from(whole);
    Ok(Some(frame.bytes))
}

/// The figure of section 5.2, and what it says of each frame by itself.
fn frame(bits: &Bits<'_>) -> Result<Option<Frame>, FrameFault> {
    let Some(opening) = bits.number(0, 16) else { return Ok(None) };
    let [fin, rsv1, rsv2, rsv3, masked] = [0, 1, 2, 3, 8].map(|at| bits.number(at, 1) == Some(1));
    let opcode = opening >> 8 & 0b1111;
    if ![0x0, 0x1, 0x2, 0x8, 0x9, 0xa].contains(&opcode) {
        return Err(FrameFault::Opcode);
    }
    let control = opcode & 0b1000 != 0;
    if control && !fin {
        return Err(FrameFault::ControlFragmented);
    }
    if control && opening & 0b111_1111 > 125 {
        return Err(FrameFault::ControlTooLong);
    }
    let Some((length, length_end)) = length(bits)? else { return Ok(None) };
    let header = (length_end + if masked { 32 } else { 0 }) / 8;
    let (Some(masking_key), Some(rest)) =
        (bits.0.get(length_end / 8..header), bits.0.get(header..))
    else {
        return Ok(None);
    };
    let there = rest.iter().take(usize::try_from(length).unwrap());
    let payload: Vec<u8> =
        there.enumerate().map(|(i, octet)| octet ^ masking_key.get(i % 4).unwrap_or(&0)).collect();
    let bytes = header + payload.len();
    Ok(Some(Frame { fin, rsv: [rsv1, rsv2, rsv3], opcode, masked, length, payload, bytes }))
}

/// Section 5.4, and the limits.
fn add_fragment(
    rules: Rules,
    frame: &Frame,
    message: &mut Option<Vec<u8>>,
) -> Result<(), FrameFault> {
    match (frame.opcode, message.as_ref()) {
        (0, None) => return Err(FrameFault::ContinuationUnexpected),
        (1 | 2, Some(_)) => return Err(FrameFault::ContinuationMissing),
        _ => {}
    }
    let before = message.as_ref().map_or(0, Vec::len) as u128;
    if rules.limits.frame_bytes_max.is_some_and(|max| frame.length > u128::from(max)) {
        return Err(FrameFault::FrameTooLarge);
    }
    if rules.limits.message_bytes_max.is_some_and(|max| before + frame.length > u128::from(max)) {
        return Err(FrameFault::MessageTooLarge);
    }
    message.get_or_insert_default().extend(&frame.payload);
    Ok(())
}

fn count_control(opcode: u128, payload: &[u8], seen: &mut Seen) -> Result<(), FrameFault> {
    match opcode {
        0x9 => seen.pings += 1,
        0xa => seen.pongs += 1,
        _ if payload.is_empty() => seen.closes.push(1005),
        _ if payload.len() == 1 => return Err(FrameFault::CloseLength),
        _ => {
            let code = u16::from(payload[0]) * 256 + u16::from(payload[1]);
            let known = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
            if !known.contains(&code) && code / 1000 != 3 && code / 1000 != 4 {
                return Err(FrameFault::CloseCode);
            }
            if String::from_utf8(payload[2..].to_vec()).is_err() {
                return Err(FrameFault::CloseReason);
            }
            seen.closes.push(code);
        }
    }
    Ok(())
}

/// The payload length and the bit where it ends; none when that is not there yet.
fn length(bits: &Bits<'_>) -> Result<Option<(u128, usize)>, FrameFault> {
    let (at, width, largest_of_shorter) = match bits.number(9, 7) {
        Some(126) => (16, 16, 125),
        Some(127) => (16, 64, 65535),
        short => return Ok(short.map(|short| (short, 16))),
    };
    let Some(length) = bits.number(at, width) else { return Ok(None) };
    if length <= largest_of_shorter {
        return Err(FrameFault::LengthNotMinimal);
    }
    if width == 64 && bits.number(at, 1) == Some(1) {
        return Err(FrameFault::LengthTopBit);
    }
    Ok(Some((length, at + width)))
}

/// Bytes as the figure shows them: bit 0 first, in network byte order.
struct Bits<'b>(&'b [u8]);

impl Bits<'_> {
    fn number(&self, at: usize, width: usize) -> Option<u128> {
        let bit = |at: usize| self.0.get(at / 8).map(|byte| u128::from(byte >> (7 - at % 8) & 1));
        (at..at + width).try_fold(0, |number, at| Some(number * 2 + bit(at)?))
    }
}
