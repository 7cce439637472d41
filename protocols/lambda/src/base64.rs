//! Base64 with padding (RFC 4648 section 4).

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes `bytes` and gives the text to `put` in blocks.
pub(crate) fn encode(bytes: &[u8], mut put: impl FnMut(&[u8])) {
    // A multiple of three: padding comes at the very end alone.
    for block in bytes.chunks(768) {
        let mut text = [b'='; 1024];
        let mut len = 0;
        for (four, three) in text.chunks_exact_mut(4).zip(block.chunks(3)) {
            let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            let digits = [bits >> 18, bits >> 12, bits >> 6, bits];
            for (letter, digit) in four.iter_mut().zip(digits).take(three.len() + 1) {
                *letter = ALPHABET.get((digit & 63) as usize).copied().unwrap_or(b'=');
            }
            len += 4;
        }
        put(text.get(..len).unwrap_or_default());
    }
}

/// Decodes a text; line ends in it are passed over, as encoders for mail put them there. `None` for
/// any other byte outside the alphabet, for a wrong length, and for padding that is missing.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut digits, mut padding) = (0u32, 0u32, 0u32);
    for letter in text.iter().filter(|letter| !matches!(letter, b'\r' | b'\n')) {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                if padding > 2 {
                    return None;
                }
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = bits << 6 | u32::from(digit);
        digits = (digits + 1) % 4;
        if digits == 0 {
            let [_, a, b, c] = bits.to_be_bytes();
            bytes.extend_from_slice(&[a, b, c]);
        }
    }
    match (digits, padding) {
        (0, 0) => {}
        (2, 2) => bytes.push((bits >> 4) as u8),
        (3, 1) => bytes.extend_from_slice(&[(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => return None,
    }
    Some(bytes)
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
