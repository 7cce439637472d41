use super::ChunkFault;
use crate::syntax::{is_token, is_value_byte};

/// Fields that must not come after the content (RFC 9110 section 6.5.1): an origin that merges
/// trailers into the head would take framing, routing, credentials or the peer's address from
/// them. With `_` for `-` too, and every name that begins with `x-forwarded`.
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

/// Checks one trailer line without its CRLF (RFC 9112 section 7.1.2).
pub(super) fn check(line: &[u8]) -> Result<(), ChunkFault> {
    let colon = memchr::memchr(b':', line).ok_or(ChunkFault::Trailer)?;
    let (name, value) = line.split_at_checked(colon).ok_or(ChunkFault::Trailer)?;
    if !is_token(name) || !value.iter().copied().all(is_value_byte) {
        return Err(ChunkFault::Trailer);
    }
    if REFUSED_TRAILERS.iter().any(|refused| matches_name(name, refused)) || is_x_forwarded(name) {
        return Err(ChunkFault::TrailerField);
    }
    Ok(())
}

/// Whether `name` is `refused`, in any case and with `_` for `-`.
fn matches_name(name: &[u8], refused: &str) -> bool {
    name.len() == refused.len()
        && name.iter().zip(refused.bytes()).all(|(byte, expected)| {
            byte.eq_ignore_ascii_case(&expected) || (*byte == b'_' && expected == b'-')
        })
}

fn is_x_forwarded(name: &[u8]) -> bool {
    name.get(..11).is_some_and(|prefix| matches_name(prefix, "x-forwarded"))
}
