//! WebSocket to an origin: the handshake of HTTP/1.1 as an extended CONNECT (RFC 8441).

use h2::ext::Protocol;
use http::{Method, Request, response};

use super::fields::{check_value, is_connection_specific, is_underscored_framing, write_field};
use super::upstream::client_message;
use super::{Refused, Unsendable};
use crate::limits::RESPONSE_FIELDS_MAX;

/// The CONNECT that asks an origin for a WebSocket, from the parts of a GET with `Upgrade` (RFC
/// 8441 section 5): `Sec-WebSocket-Key` and what else only HTTP/1.1's handshake needs stays behind.
///
/// # Errors
/// A target or field that HTTP/2 cannot carry.
pub fn connect_request<'f>(
    scheme: &str,
    authority: &str,
    target: &str,
    fields: impl Iterator<Item = (&'f str, &'f [u8])> + Clone,
) -> Result<Request<()>, Unsendable> {
    let mut request = client_message(Method::CONNECT, scheme, authority, target, fields)?;
    for name in ["sec-websocket-key", "content-length"] {
        request.headers_mut().remove(name);
    }
    request.extensions_mut().insert(Protocol::from_static("websocket"));
    Ok(request)
}

/// Appends the 2xx that accepts such a CONNECT as the 101 of HTTP/1.1 that it stands for, to be
/// parsed and checked as one; `accept` is what answers the key that was asked with.
///
/// # Errors
/// What RFC 9113 calls malformed and `h2` lets pass, and too many fields. Nothing is written then.
pub fn connect_response_head(
    parts: &response::Parts,
    accept: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Refused> {
    if parts.headers.len() > RESPONSE_FIELDS_MAX {
        return Err(Refused::Malformed("too many fields"));
    }
    for (name, value) in &parts.headers {
        check_value(value)?;
        if is_connection_specific(name.as_str()) || is_underscored_framing(name.as_str()) {
            return Err(Refused::Malformed("a connection-specific field"));
        }
    }
    out.extend_from_slice(b"HTTP/1.1 101 \r\nconnection: Upgrade\r\nupgrade: websocket\r\n");
    write_field(out, "sec-websocket-accept", accept);
    for (name, value) in &parts.headers {
        // There is no content, whatever the origin says; and no key that it could have answered.
        if !matches!(name.as_str(), "content-length" | "sec-websocket-accept") {
            write_field(out, name.as_str(), value.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}
