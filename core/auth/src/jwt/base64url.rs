/// What a byte stands for in base64url, or [`NONE`] (RFC 4648 section 5).
const VALUES: [u8; 256] = values();
const NONE: u8 = 0xff;

const fn values() -> [u8; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut values = [NONE; 256];
    let mut at = 0;
    while at < alphabet.len() {
        values[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    values
}

/// Decodes base64url as JOSE wants it (RFC 7515 section 2): no padding, no other character, and
/// the bits that stand for nothing are zero, so that every value has exactly one text.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let (quads, rest) = text.as_bytes().as_chunks::<4>();
    let mut out = Vec::with_capacity(text.len().div_ceil(4).saturating_mul(3));
    for quad in quads {
        let [_, a, b, c] = word(quad)?.to_be_bytes();
        out.extend_from_slice(&[a, b, c]);
    }
    match *rest {
        [] => {}
        [a, b] => match word(&[a, b, b'A', b'A'])?.to_be_bytes() {
            [_, a, 0, 0] => out.push(a),
            _ => return None,
        },
        [a, b, c] => match word(&[a, b, c, b'A'])?.to_be_bytes() {
            [_, a, b, 0] => out.extend_from_slice(&[a, b]),
            _ => return None,
        },
        _ => return None,
    }
    Some(out)
}

/// Four characters as 24 bits.
fn word(quad: &[u8; 4]) -> Option<u32> {
    let [a, b, c, d] = quad.map(|byte| VALUES.get(usize::from(byte)).copied().unwrap_or(NONE));
    // Values are below 64: only NONE has a bit above.
    if (a | b | c | d) & 0xc0 != 0 {
        return None;
    }
    Some(u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d))
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
            assert_eq!(decode(text).as_deref(), value, "{text:?}");
        }
    }
}
