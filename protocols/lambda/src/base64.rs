//! Base64 with padding (RFC 4648 section 4).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

/// Bytes that are encoded at once: a multiple of three, so that padding comes at the end alone.
const BLOCK_BYTES: usize = 768;

/// Decoders of others take bits behind the last byte that are not 0, so they are no fault here.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Encodes `bytes` and gives the text to `put` in blocks.
pub(crate) fn encode(bytes: &[u8], mut put: impl FnMut(&[u8])) {
    let mut text = [0; BLOCK_BYTES / 3 * 4];
    for block in bytes.chunks(BLOCK_BYTES) {
        // A block's text always fits.
        let len = ENGINE.encode_slice(block, &mut text).unwrap_or_default();
        put(text.get(..len).unwrap_or_default());
    }
}

/// Decodes a text; line ends in it are passed over, as encoders for mail put them there. `None` for
/// any other byte outside the alphabet, for a wrong length, and for padding that is missing.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let is_line_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    if text.iter().any(is_line_end) {
        let text: Vec<u8> = text.iter().filter(|byte| !is_line_end(byte)).copied().collect();
        return ENGINE.decode(text).ok();
    }
    ENGINE.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{decode, encode};

    fn encoded(bytes: &[u8]) -> String {
        let mut text = String::new();
        encode(bytes, |block| text.push_str(std::str::from_utf8(block).unwrap_or("?")));
        text
    }

    /// RFC 4648 section 10.
    #[test]
    fn the_vectors_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encoded(bytes.as_bytes()), text);
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(decode(b"Zm9v\r\nYmFy\n").as_deref(), Some(&b"foobar"[..]));
        assert_eq!(decode(b"Zh==").as_deref(), Some(&b"f"[..]));
    }

    #[test]
    fn what_is_no_base64() {
        for text in ["Zg", "Zg=", "Zg===", "Z", "Z===", "=", "Zm9v=", "Zm=v", "Zm9-", "Zm 9v", "{}"]
        {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
            prop_assert_eq!(decode(encoded(&bytes).as_bytes()), Some(bytes));
        }

        #[test]
        fn no_text_is_too_much(text in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = decode(&text);
        }
    }
}
