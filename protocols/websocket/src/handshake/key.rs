use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// A Sec-WebSocket-Key: 16 bytes in base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key([u8; 24]);

/// What Sec-WebSocket-Accept proves: that the key was read by somebody who speaks WebSocket.
const GUID: &[u8; 36] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Key {
    /// A key that makes 16 bytes when decoded (RFC 6455 section 4.2.1). It is never decoded, so the
    /// four bits that its last digit has too many may be anything, as the grammar allows.
    pub(super) fn parse(value: &[u8]) -> Option<Self> {
        let text: [u8; 24] = value.try_into().ok()?;
        let digits = text.strip_suffix(b"==")?;
        digits.iter().all(|digit| BASE64.contains(digit)).then_some(Self(text))
    }

    /// A key of a gateway's own.
    pub(super) fn of(random: [u8; 16]) -> Self {
        Self(base64(&random))
    }

    pub(super) fn text(&self) -> &[u8; 24] {
        &self.0
    }

    /// The only right answer to this key (RFC 6455 section 4.2.2, item 5.4).
    pub(super) fn accept(&self) -> [u8; 28] {
        let hashed = digest(&SHA1_FOR_LEGACY_USE_ONLY, [&self.0[..], GUID].concat().as_slice());
        base64(hashed.as_ref())
    }
}

/// `bytes` in base64 with padding (RFC 4648 section 4); `DIGITS` is what they need.
fn base64<const DIGITS: usize>(bytes: &[u8]) -> [u8; DIGITS] {
    let mut text = [b'='; DIGITS];
    for (group, digits) in bytes.chunks(3).zip(text.chunks_mut(4)) {
        let bits = group.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for (at, digit) in digits.iter_mut().take(group.len() + 1).enumerate() {
            *digit = BASE64[(bits >> (18 - 6 * at)) as usize % BASE64.len()];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    // RFC 4648 section 10
    #[test]
    fn base64_vectors() {
        assert_eq!(&base64(b"f"), b"Zg==");
        assert_eq!(&base64(b"fo"), b"Zm8=");
        assert_eq!(&base64(b"foo"), b"Zm9v");
        assert_eq!(&base64(b"foob"), b"Zm9vYg==");
        assert_eq!(&base64(b"fooba"), b"Zm9vYmE=");
        assert_eq!(&base64(b"foobar"), b"Zm9vYmFy");
        assert_eq!(&base64(&[0xfb, 0xef, 0xff]), b"++//");
    }
}
