//! What both directions say about fields.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Refused, Unsendable};
use crate::limits::SIZE_BYTES_MAX;

/// Fields of one connection (RFC 9113 section 8.2.2), and what RFC 7540 section 3.2.1 added. TE is
/// one too, but may say `trailers`.
pub(super) fn is_connection_specific(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "connection",
        "http2-settings",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "upgrade",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Names that origins take for framing which map `_` to `-`.
pub(super) fn is_underscored_framing(name: &str) -> bool {
    matches!(name, "content_length" | "transfer_encoding")
}

/// RFC 9113 section 8.2.1: no white space on either end. `h2` refuses the other illegal bytes.
pub(super) fn check_value(value: &HeaderValue) -> Result<(), Refused> {
    match value.as_bytes() {
        [b' ' | b'\t', ..] | [.., b' ' | b'\t'] => {
            Err(Refused::Malformed("white space around a field value"))
        }
        _ => Ok(()),
    }
}

/// `Content-Length = 1*DIGIT` (RFC 9110 section 8.6).
pub(super) fn content_length(value: &HeaderValue) -> Result<u64, Refused> {
    let digits = value.as_bytes();
    let mut length: u64 = 0;
    for digit in digits {
        length = match digit {
            b'0'..=b'9' => length.saturating_mul(10).saturating_add(u64::from(digit - b'0')),
            _ => return Err(Refused::Malformed("malformed content-length")),
        };
    }
    if digits.is_empty() || length > SIZE_BYTES_MAX {
        return Err(Refused::Malformed("malformed content-length"));
    }
    Ok(length)
}

/// Appends `name: value CRLF`.
pub(super) fn write_field(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// The elements of a list of tokens, without white space.
pub(super) fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

/// The fields of an HTTP/1.1 message that HTTP/2 may carry, names in lower case: without those of
/// one connection, and those that Connection nominates (RFC 9110 section 7.6.1).
pub(super) fn end_to_end<'f>(
    fields: impl Iterator<Item = (&'f str, &'f [u8])> + Clone,
    fields_max: usize,
) -> Result<HeaderMap, Unsendable> {
    let is_connection = |name: &str| name.eq_ignore_ascii_case("connection");
    let options = fields.clone().filter(|(name, _)| is_connection(name));
    let options = options.flat_map(|(_, value)| elements(value));
    let nominates = options.clone().next().is_some();
    let mut map = HeaderMap::with_capacity(fields.size_hint().1.unwrap_or(0).min(fields_max));
    for (name, value) in fields {
        let te = name.eq_ignore_ascii_case("te");
        if is_connection_specific(name) && !te {
            continue;
        }
        let nominated = |option: &[u8]| option.eq_ignore_ascii_case(name.as_bytes());
        if nominates && !te && options.clone().any(nominated) {
            continue;
        }
        if te && !elements(value).any(|coding| coding.eq_ignore_ascii_case(b"trailers")) {
            continue;
        }
        let value = if te { b"trailers" } else { value };
        append(&mut map, name, value, fields_max)?;
    }
    Ok(map)
}

/// Fields that say something else in each message. `h2` would put each into its dynamic table, push
/// out of it what does come again, and compare with all of them the next time: it is told not to
/// (RFC 7541 section 6.2.3), by what it calls sensitive.
static NEVER_THE_SAME: [HeaderName; 7] = [
    HeaderName::from_static("apigw-requestid"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("x-amz-apigw-id"),
    HeaderName::from_static("x-amzn-requestid"),
    HeaderName::from_static("x-amzn-trace-id"),
    HeaderName::from_static("x-correlation-id"),
    HeaderName::from_static("x-request-id"),
];

/// Adds a field, its name in lower case.
pub(super) fn append(
    map: &mut HeaderMap,
    name: &str,
    value: &[u8],
    fields_max: usize,
) -> Result<(), Unsendable> {
    let mut value = HeaderValue::from_bytes(value).map_err(|_| Unsendable::FieldValue)?;
    let known = NEVER_THE_SAME.iter().find(|known| name.eq_ignore_ascii_case(known.as_str()));
    let name = match known {
        Some(known) => {
            value.set_sensitive(true);
            known.clone()
        }
        None => HeaderName::from_bytes(name.as_bytes()).map_err(|_| Unsendable::FieldName)?,
    };
    if map.len() >= fields_max {
        return Err(Unsendable::TooManyFields);
    }
    map.try_append(name, value).map_err(|_| Unsendable::TooManyFields)?;
    Ok(())
}
