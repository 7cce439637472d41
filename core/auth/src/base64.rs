//! Base64 in which every value has exactly one text: no other character, bits that stand for
//! nothing are zero (RFC 4648 section 3.5), padding all there or, for JOSE, none.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Decodes base64 with its padding (RFC 4648 section 4), as `BinaryEquals` of a policy holds it.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Decodes base64url as JOSE wants it, without padding (RFC 7515 section 2).
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The one text of these bytes in base64url without padding.
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_one_text() {
        for (text, value) in [
            ("", Some(&b""[..])),
            ("Zg", Some(b"f")),
            ("Zm8", Some(b"fo")),
            ("Zm9v", Some(b"foo")),
            ("Zm9vYg", Some(b"foob")),
            ("-_-_", Some(&[0xfb, 0xff, 0xbf])),
            ("Z", None),
            ("Zm9vY", None),
            ("Zh", None),
            ("Zm9", None),
            ("Zg==", None),
            ("Zg=", None),
            ("Zm 9v", None),
            ("Zm9v\n", None),
            ("+/+/", None),
            ("Zm9\u{e9}", None),
        ] {
            assert_eq!(decode_url(text).as_deref(), value, "{text:?}");
        }
    }

    #[test]
    fn the_examples_of_rfc_4648_and_of_iam() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("QmluYXJ5VmFsdWVJbkJhc2U2NA==", "BinaryValueInBase64"),
        ] {
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        assert_eq!(decode("/+8="), Some(vec![0xff, 0xef]));
        for text in ["Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9v\n", "Zh==", "Zm9=", "Z-8="]
        {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
