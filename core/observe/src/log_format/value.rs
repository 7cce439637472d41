use std::io::Write;

use ringgate_model::{LogTime, Timestamp};

use super::Variable;
use super::piece::Place;

/// What is known of one request.
pub trait Values {
    /// The value of a variable; of one that stands for many, that of its `property`.
    fn value(&self, variable: Variable, property: &str) -> Value<'_>;
}

/// A value of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'v> {
    /// There is none; the same as an empty text.
    Missing,
    /// Bytes as they came. What is no UTF-8 is shown as U+FFFD.
    Text(&'v [u8]),
    /// A count, a status, milliseconds.
    Number(u64),
    /// A time.
    Time(Timestamp),
}

/// Longer texts are no numbers, whatever is in them.
const NUMBER_BYTES_MAX: usize = 20;

impl<'v> From<Option<&'v str>> for Value<'v> {
    fn from(text: Option<&'v str>) -> Self {
        text.map_or(Self::Missing, |text| Self::Text(text.as_bytes()))
    }
}

impl Value<'_> {
    /// Appends it as the place asks for.
    pub(super) fn write(self, variable: Variable, place: Place, out: &mut Vec<u8>) {
        match (self, place) {
            (Self::Missing | Self::Text(b""), Place::JsonValue) => out.extend_from_slice(b"null"),
            (Self::Missing | Self::Text(b""), _) => out.push(b'-'),
            (Self::Text(text), _) if variable == Variable::ErrorMessageString => match place {
                Place::Text | Place::JsonValue => quoted(text, out),
                Place::JsonString => quoted_within_a_string(text, out),
            },
            (Self::Text(text), Place::JsonValue) if !stands_by_itself(text) => quoted(text, out),
            (Self::Text(text), _) => escape(text, &mut |part| out.extend_from_slice(part)),
            // Writing to a vector cannot fail.
            (Self::Number(number), _) => drop(write!(out, "{number}")),
            (Self::Time(time), Place::JsonValue) => drop(write!(out, "\"{}\"", LogTime(time))),
            (Self::Time(time), _) => drop(write!(out, "{}", LogTime(time))),
        }
    }
}

fn quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    escape(text, &mut |part| out.extend_from_slice(part));
    out.push(b'"');
}

fn quoted_within_a_string(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"\\\"");
    escape(text, &mut |part| escape(part, &mut |part| out.extend_from_slice(part)));
    out.extend_from_slice(b"\\\"");
}

/// Hands out `text` in parts, as it stands in a string of JSON (RFC 8259, section 7), with all
/// control characters and line breaks of Unicode escaped too.
fn escape(text: &[u8], out: &mut impl FnMut(&[u8])) {
    for chunk in text.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some((at, char)) = rest.char_indices().find(|(_, char)| is_escaped(*char)) {
            let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
            out(before.as_bytes());
            match char {
                '"' => out(b"\\\""),
                '\\' => out(b"\\\\"),
                '\n' => out(b"\\n"),
                '\r' => out(b"\\r"),
                '\t' => out(b"\\t"),
                _ => out(&unicode_escape(char)),
            }
            rest = from.get(char.len_utf8()..).unwrap_or_default();
        }
        out(rest.as_bytes());
        if !chunk.invalid().is_empty() {
            out("\u{fffd}".as_bytes());
        }
    }
}

fn is_escaped(char: char) -> bool {
    matches!(char, '"' | '\\' | '\u{2028}' | '\u{2029}') || char.is_control()
}

/// Of a character below U+10000.
fn unicode_escape(char: char) -> [u8; 6] {
    let code = u32::from(char);
    let digit = |shift: u32| {
        let value = (code >> shift) & 15;
        char::from_digit(value, 16).map_or(b'0', |digit| u8::try_from(digit).unwrap_or(b'0'))
    };
    [b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]
}

/// A number, `true` or `false`: what an authorizer's context may hold besides text.
fn stands_by_itself(text: &[u8]) -> bool {
    text == b"true" || text == b"false" || (text.len() <= NUMBER_BYTES_MAX && is_number(text))
}

/// A number of JSON (RFC 8259, section 6) without an exponent.
fn is_number(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let mut parts = text.splitn(2, |&byte| byte == b'.');
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let whole = parts.next().unwrap_or_default();
    digits(whole) && (whole == b"0" || !whole.starts_with(b"0")) && parts.next().is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &[u8]) -> String {
        let mut out = Vec::new();
        escape(text, &mut |part| out.extend_from_slice(part));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(escaped(b"plain"), "plain");
        assert_eq!(escaped(b"\"a\\b\"\n\r\t\x00\x1b\x7f"), r#"\"a\\b\"\n\r\t\u0000\u001b\u007f"#);
        assert_eq!(escaped("é\u{85}\u{2028}😀".as_bytes()), "é\\u0085\\u2028😀");
        assert_eq!(escaped(b"a\xff\xe2\x82z"), "a\u{fffd}\u{fffd}z");
    }

    #[test]
    fn numbers_are_those_of_json() {
        for number in ["0", "-0", "1", "-12.50", "200", "0.001"] {
            assert!(is_number(number.as_bytes()), "{number}");
        }
        for none in ["", "-", "01", "1.", ".5", "1e5", "+1", "1 ", "1.2.3", "0x1", "--1", "NaN"] {
            assert!(!is_number(none.as_bytes()), "{none}");
        }
    }
}
