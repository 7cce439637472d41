//! What both ends of a WebSocket need: handshake keys and frames (RFC 6455).

use aws_lc_rs::digest;

/// The header field that makes a request a WebSocket handshake is compared with this.
pub const UPGRADE: &str = "websocket";
/// Appended to the client's key before it is hashed (RFC 6455, section 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The longest payload of a frame.
pub const PAYLOAD_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// More of the message before (opcodes: RFC 6455, section 5.2).
pub const CONTINUATION: u8 = 0;
/// A binary message.
pub const BINARY: u8 = 2;
/// The connection is being closed.
pub const CLOSE: u8 = 8;
/// To be answered with a pong.
pub const PING: u8 = 9;
/// An answer to a ping.
pub const PONG: u8 = 10;

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHead {
    /// The last frame of its message.
    pub fin: bool,
    /// What the frame is.
    pub opcode: u8,
    /// The key that the payload is masked with; clients mask, servers do not.
    pub mask: Option<[u8; 4]>,
    /// Bytes of payload.
    pub payload_bytes: usize,
    /// Bytes of the header itself.
    pub len: usize,
}

impl FrameHead {
    /// Reads the header at the start of `bytes`; None if it is not whole.
    ///
    /// # Errors
    /// Reserved bits, and payloads longer than [`PAYLOAD_BYTES_MAX`].
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, &'static str> {
        let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
        if first & 0x70 != 0 {
            return Err("a WebSocket frame with reserved bits");
        }
        let (length, extended) = match second & 0x7f {
            126 => match rest.first_chunk::<2>() {
                Some(bytes) => (u64::from(u16::from_be_bytes(*bytes)), 2),
                None => return Ok(None),
            },
            127 => match rest.first_chunk::<8>() {
                Some(bytes) => (u64::from_be_bytes(*bytes), 8),
                None => return Ok(None),
            },
            short => (u64::from(short), 0),
        };
        if length > PAYLOAD_BYTES_MAX {
            return Err("a WebSocket frame too long");
        }
        let is_masked = second & 0x80 != 0;
        let mask = rest.get(extended..).and_then(<[u8]>::first_chunk::<4>).copied();
        if is_masked && mask.is_none() {
            return Ok(None);
        }
        Ok(Some(Self {
            fin: first & 0x80 != 0,
            opcode: first & 0x0f,
            mask: mask.filter(|_| is_masked),
            payload_bytes: usize::try_from(length).unwrap_or(usize::MAX),
            len: 2 + extended + if is_masked { 4 } else { 0 },
        }))
    }

    /// Puts the header in front of a payload that follows.
    pub fn put(&self, out: &mut Vec<u8>) {
        let is_masked = if self.mask.is_some() { 0x80 } else { 0 };
        out.push(if self.fin { 0x80 } else { 0 } | self.opcode);
        match (u8::try_from(self.payload_bytes), u16::try_from(self.payload_bytes)) {
            (Ok(short @ 0..=125), _) => out.push(is_masked | short),
            (_, Ok(medium)) => {
                out.push(is_masked | 126);
                out.extend_from_slice(&medium.to_be_bytes());
            }
            _ => {
                out.push(is_masked | 127);
                out.extend_from_slice(&(self.payload_bytes as u64).to_be_bytes());
            }
        }
        if let Some(mask) = self.mask {
            out.extend_from_slice(&mask);
        }
    }
}

/// Masks or unmasks a whole payload (RFC 6455, section 5.3).
pub fn apply_mask(payload: &mut [u8], mask: [u8; 4]) {
    for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

/// The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`.
pub fn accept_key(key: &str) -> String {
    let text = format!("{key}{GUID}");
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    base64(hash.as_ref())
}

/// RFC 4648, section 4.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |at| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = DIGITS.get((bits >> (18 - 6 * place)) as usize & 63).copied();
            let digit = digit.filter(|_| place <= three.len());
            text.push(char::from(digit.unwrap_or(b'=')));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{BINARY, FrameHead, PAYLOAD_BYTES_MAX, accept_key, apply_mask, base64};

    #[test]
    fn keys_are_those_of_the_standards() {
        // RFC 6455, section 1.3; RFC 4648, section 10.
        assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let coded = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        assert_eq!(texts.map(|text| base64(text.as_bytes())), coded.map(str::to_owned));
    }

    #[test]
    fn headers_are_read_as_written() {
        for payload_bytes in [0, 1, 125, 126, 65_535, 65_536, 1 << 20] {
            for mask in [None, Some([1, 2, 3, 4])] {
                let mut bytes = Vec::new();
                let mut head = FrameHead { fin: true, opcode: BINARY, mask, payload_bytes, len: 0 };
                head.put(&mut bytes);
                head.len = bytes.len();
                assert_eq!(FrameHead::parse(&bytes), Ok(Some(head)));
                for cut in 0..bytes.len() {
                    assert_eq!(FrameHead::parse(&bytes[..cut]), Ok(None), "{cut}");
                }
            }
        }
        assert!(FrameHead::parse(&[0xc2, 0]).is_err());
        let mut long = vec![0x82, 127];
        long.extend_from_slice(&(PAYLOAD_BYTES_MAX + 1).to_be_bytes());
        assert!(FrameHead::parse(&long).is_err());
    }

    #[test]
    fn masking_twice_is_nothing() {
        // "Hello", masked as in RFC 6455, section 5.7.
        let mut payload = *b"Hello";
        apply_mask(&mut payload, [0x37, 0xfa, 0x21, 0x3d]);
        assert_eq!(payload, [0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        apply_mask(&mut payload, [0x37, 0xfa, 0x21, 0x3d]);
        assert_eq!(&payload, b"Hello");
    }
}
