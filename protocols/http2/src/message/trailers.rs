use http::HeaderMap;

use super::fields::{append, check_value, write_field};
use super::{Refused, Unsendable};
use crate::limits::REQUEST_FIELDS_MAX;

/// Fields that must not come after the content (RFC 9110 section 6.5.1), in the words of the
/// HTTP/1.1 parser: framing, routing, credentials, the peer's address. With `_` for `-` too, and
/// every name that begins with `x-forwarded`. Whoever uses both crates ties the lists by a test.
pub const REFUSED_TRAILERS: [&str; 23] = [
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "max-forwards",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "www-authenticate",
];

/// Appends trailers as the field lines of an HTTP/1.1 trailer section (RFC 9112 section 7.1.2),
/// without the empty line that ends it.
///
/// # Errors
/// White space around a value, a field that must not come after the content, too many fields.
/// Nothing is written then.
pub fn trailer_lines(trailers: &HeaderMap, out: &mut Vec<u8>) -> Result<(), Refused> {
    if trailers.len() > REQUEST_FIELDS_MAX {
        return Err(Refused::Malformed("too many trailers"));
    }
    for (name, value) in trailers {
        check_value(value)?;
        if is_refused(name.as_str()) {
            return Err(Refused::Malformed("a field that must not be a trailer"));
        }
    }
    for (name, value) in trailers {
        write_field(out, name.as_str(), value.as_bytes());
    }
    Ok(())
}

/// The trailers of an HTTP/1.1 message for `h2` to send; those that must not be trailers are left
/// out.
///
/// # Errors
/// Fields that no parser of HTTP/1.1 would have let pass, or too many.
pub fn trailers<'f>(
    fields: impl Iterator<Item = (&'f str, &'f [u8])>,
) -> Result<HeaderMap, Unsendable> {
    let mut map = HeaderMap::new();
    for (name, value) in fields.filter(|(name, _)| !is_refused(name)) {
        append(&mut map, name, value, REQUEST_FIELDS_MAX)?;
    }
    Ok(map)
}

fn is_refused(name: &str) -> bool {
    let is = |refused: &str| {
        name.len() == refused.len()
            && name.bytes().zip(refused.bytes()).all(|(byte, expected)| {
                byte.eq_ignore_ascii_case(&expected) || (byte == b'_' && expected == b'-')
            })
    };
    REFUSED_TRAILERS.into_iter().any(is) || name.get(..11).is_some_and(is_x_forwarded)
}

fn is_x_forwarded(prefix: &str) -> bool {
    prefix.eq_ignore_ascii_case("x-forwarded") || prefix.eq_ignore_ascii_case("x_forwarded")
}
