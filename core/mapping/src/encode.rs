use std::fmt;

use crate::limits::VALUE_BYTES_MAX;

/// What a value becomes a part of, which says what may stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The value of a header field: bytes as they are, of which control characters are refused.
    Field,
    /// The value of a query parameter: what is more than text there is percent-encoded.
    Query,
    /// A path: likewise, but `/` stays one, and a static text's own percent-encoding is kept.
    Path,
    /// Nothing that has a syntax: any bytes, any number. A parameter of a service is one.
    Text,
}

/// Why a value does not go where it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It holds a control character, by which a line could be ended (RFC 9110 section 5.5).
    Control,
    /// It is longer than [`VALUE_BYTES_MAX`].
    TooLong,
    /// It makes a `.` or `..` segment of the path, by which a client would leave it.
    DotSegment,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Control => f.write_str("a mapped value holds a control character"),
            Self::TooLong => write!(f, "a mapped value is longer than {VALUE_BYTES_MAX} bytes"),
            Self::DotSegment => f.write_str("a mapped path holds a `.` or `..` segment"),
        }
    }
}

impl std::error::Error for Refused {}

/// How far the bytes of one source may be trusted in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Plain text: a `%` is a `%`.
    Plain,
    /// A part of a URI already: its percent-encoding is kept.
    Encoded,
}

/// Appends bytes of a value to `out`, encoded for their place.
#[derive(Debug)]
pub(crate) struct Encoder<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    place: Place,
    pub(crate) refused: Option<Refused>,
}

impl<'o> Encoder<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>, place: Place) -> Self {
        Self { start: out.len(), out, place, refused: None }
    }

    /// Appends a part of a value. What is refused is remembered, and nothing more is taken.
    pub(crate) fn push(&mut self, bytes: &[u8], origin: Origin) {
        if self.refused.is_some() {
            return;
        }
        if self.place == Place::Text {
            return self.out.extend_from_slice(bytes);
        }
        if self.out.len().saturating_sub(self.start).saturating_add(bytes.len()) > VALUE_BYTES_MAX {
            self.refused = Some(Refused::TooLong);
            return;
        }
        match self.place {
            Place::Field | Place::Text => {
                // All of them, without a branch: 16 and more at once.
                if bytes.iter().fold(false, |found, byte| found | is_control(*byte)) {
                    self.refused = Some(Refused::Control);
                    return;
                }
                self.out.extend_from_slice(bytes);
            }
            Place::Query => self.percent(bytes, Origin::Plain, is_query_text),
            Place::Path => self.percent(bytes, origin, is_path_text),
        }
    }

    fn percent(&mut self, bytes: &[u8], origin: Origin, is_text: fn(u8) -> bool) {
        for (at, &byte) in bytes.iter().enumerate() {
            let kept = byte == b'%' && origin == Origin::Encoded && {
                let digit = |ahead: usize| bytes.get(at.saturating_add(ahead));
                digit(1).is_some_and(u8::is_ascii_hexdigit)
                    && digit(2).is_some_and(u8::is_ascii_hexdigit)
            };
            if kept || is_text(byte) {
                self.out.push(byte);
            } else {
                self.out.extend_from_slice(&[b'%', hex(byte >> 4), hex(byte & 15)]);
            }
        }
    }

    /// Ends the value: surrounding white space is none of a field's value, and too many bytes that
    /// encoding made are refused too.
    pub(crate) fn end(self) -> Result<(), Refused> {
        let written = self.out.len().saturating_sub(self.start);
        match self.refused {
            Some(refused) => Err(refused),
            None if self.place != Place::Text && written > VALUE_BYTES_MAX => Err(Refused::TooLong),
            None => {
                if self.place == Place::Field {
                    trim(self.out, self.start);
                }
                Ok(())
            }
        }
    }
}

/// Drops white space around what stands in `out` from `start` on (RFC 9110 section 5.6.3).
fn trim(out: &mut Vec<u8>, start: usize) {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    while out.len() > start && out.last().is_some_and(is_space) {
        out.pop();
    }
    let leading = out.get(start..).unwrap_or_default().iter().take_while(|b| is_space(b)).count();
    if leading > 0 {
        out.drain(start..start.saturating_add(leading));
    }
}

/// Whether no field value holds this byte (RFC 9110 section 5.5).
pub(crate) fn is_control(byte: u8) -> bool {
    (byte < b' ' && byte != b'\t') || byte == 0x7f
}

/// What stands for itself in a query parameter: no delimiter of parameters, no `+`, which many
/// read as a space (RFC 3986 section 3.4).
pub(crate) fn is_query_text(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$'()*,/:?@".contains(&byte)
}

/// What stands for itself in a path (RFC 3986 section 3.3).
fn is_path_text(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte)
}

fn hex(nibble: u8) -> u8 {
    let digits = b"0123456789ABCDEF";
    digits.get(usize::from(nibble)).copied().unwrap_or(b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(place: Place, origin: Origin, bytes: &[u8]) -> Result<Vec<u8>, Refused> {
        let mut out = b"before".to_vec();
        let mut encoder = Encoder::new(&mut out, place);
        encoder.push(bytes, origin);
        encoder.end().map(|()| out.split_off(6))
    }

    #[test]
    fn each_place_has_its_own_rule() {
        use Origin::{Encoded, Plain};
        let text = |place, origin, bytes: &str| {
            encoded(place, origin, bytes.as_bytes()).map(|b| String::from_utf8(b).unwrap())
        };
        assert_eq!(text(Place::Field, Plain, " a\tb é "), Ok("a\tb é".to_owned()));
        assert_eq!(
            text(Place::Query, Plain, "a b&c=d+e%41\r\n/"),
            Ok("a%20b%26c%3Dd%2Be%2541%0D%0A/".into())
        );
        assert_eq!(
            text(Place::Path, Plain, "/a b?c#d%2e;é\0"),
            Ok("/a%20b%3Fc%23d%252e;%C3%A9%00".into())
        );
        assert_eq!(text(Place::Path, Encoded, "/a%2Fb%zz%"), Ok("/a%2Fb%25zz%25".into()));
        assert_eq!(text(Place::Text, Plain, "\r\n "), Ok("\r\n ".into()));
        for byte in (0..b' ').chain([0x7f]).filter(|byte| *byte != b'\t') {
            assert_eq!(encoded(Place::Field, Plain, &[byte]), Err(Refused::Control), "{byte}");
        }
    }

    #[test]
    fn a_value_has_an_end() {
        let long = vec![b'a'; VALUE_BYTES_MAX];
        assert_eq!(encoded(Place::Field, Origin::Plain, &long).as_deref(), Ok(&*long));
        let spaces = vec![b' '; VALUE_BYTES_MAX];
        assert_eq!(encoded(Place::Query, Origin::Plain, &spaces), Err(Refused::TooLong));
        let longer = vec![b'a'; VALUE_BYTES_MAX + 1];
        for place in [Place::Field, Place::Query, Place::Path] {
            assert_eq!(encoded(place, Origin::Plain, &longer), Err(Refused::TooLong));
        }
        assert_eq!(encoded(Place::Text, Origin::Plain, &longer).as_deref(), Ok(&*longer));
    }
}
