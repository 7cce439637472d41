//! Escapes of half a character. UTF-16 languages cut texts in the middle of one, and JSON's grammar
//! allows to write that (RFC 8259 section 8.2); UTF-8 has no way to.

use std::borrow::Cow;

/// Replaces every `\u` escape of a lone surrogate by that of U+FFFD, as Go's decoder reads it.
pub(super) fn replaced(json: &[u8]) -> Cow<'_, [u8]> {
    let mut out: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(escape) = json.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'\\')) {
        at += escape;
        let unit = |at: usize| json.get(at..).and_then(code_unit);
        at += match (unit(at), unit(at + ESCAPE_BYTES)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * ESCAPE_BYTES,
            (Some(0xd800..=0xdfff), _) => {
                let out = out.get_or_insert_with(|| json.to_vec());
                if let Some(lone) = out.get_mut(at..at + ESCAPE_BYTES) {
                    lone.copy_from_slice(b"\\ufffd");
                }
                ESCAPE_BYTES
            }
            // Any other escape: `\\` counts as one, so that what follows it is no escape.
            _ => 2,
        };
    }
    out.map_or(Cow::Borrowed(json), Cow::Owned)
}

const ESCAPE_BYTES: usize = 6;

/// The number of a `\u` escape in front of `text`.
fn code_unit(text: &[u8]) -> Option<u32> {
    let digits = text.get(..ESCAPE_BYTES)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn halves_are_replaced_and_nothing_else() {
        for (json, expected) in [
            (r#""a\n\u0041""#, r#""a\n\u0041""#),
            (r#""\ud83d\ude0a""#, r#""\ud83d\ude0a""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\uDE0A\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\ud83d\ude0a""#, r#""\ufffd\ud83d\ude0a""#),
            (r#""\ud83dx\ude0a""#, r#""\ufffdx\ufffd""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r"\ud83", r"\ud83"),
            (r"\", r"\"),
        ] {
            assert_eq!(&*replaced(json.as_bytes()), expected.as_bytes(), "{json}");
        }
    }
}
