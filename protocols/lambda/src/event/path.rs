//! Paths, and percent-encoding (RFC 3986 section 2.1).

use std::borrow::Cow;

use crate::json::Json;

/// Writes the path behind `prefix` as it came or, decoded, as it was meant.
///
/// Decoding what `%3F` and `%2F` stand for makes a path that cannot be told from another one; so
/// AWS does.
pub(super) fn write(json: &mut Json<'_>, prefix: &str, path: &str, is_decoded: bool) {
    json.open_string();
    if !prefix.is_empty() {
        json.text(b"/");
        json.text(prefix.as_bytes());
    }
    if is_decoded {
        json.text(&decode(path.as_bytes()));
    } else {
        json.text(path.as_bytes());
    }
    json.close_string();
}

/// Replaces every whole escape by its byte.
pub(super) fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        match escape(rest) {
            Some((meant, behind)) => {
                decoded.push(meant);
                rest = behind;
            }
            None => {
                decoded.push(byte);
                rest = behind;
            }
        }
    }
    Cow::Owned(decoded)
}

/// The byte of an escape that stands in front, and what follows it.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let (&[percent, high, low], behind) = text.split_first_chunk()?;
    let digit = |letter: u8| char::from(letter).to_digit(16);
    let value = digit(high)? * 16 + digit(low)?;
    (percent == b'%').then_some((u8::try_from(value).ok()?, behind))
}
