use http::{HeaderMap, Response, StatusCode};

use super::Unsendable;
use super::fields::end_to_end;
use crate::limits::RESPONSE_FIELDS_MAX;

/// A response, final or interim, for `h2` to send: names in lower case, no connection-specific
/// field (RFC 9113 section 8.2.2).
///
/// `fields` may be those of an HTTP/1.1 head as they came, or those meant for the next hop.
///
/// # Errors
/// A status that HTTP/2 does not have, or fields that no parser of HTTP/1.1 would have let pass.
pub fn response<'f>(
    status: u16,
    fields: impl Iterator<Item = (&'f str, &'f [u8])> + Clone,
) -> Result<Response<()>, Unsendable> {
    if !(100..=599).contains(&status) || status == 101 {
        return Err(Unsendable::Status);
    }
    let status = StatusCode::from_u16(status).map_err(|_| Unsendable::Status)?;
    Ok(with(status, end_to_end(fields, RESPONSE_FIELDS_MAX)?))
}

/// The 200 that accepts an extended CONNECT, from the fields of the origin's 101 (RFC 8441 section
/// 5): without what only the handshake of HTTP/1.1 needs.
///
/// # Errors
/// As [`response`].
pub fn tunnel_response<'f>(
    fields: impl Iterator<Item = (&'f str, &'f [u8])> + Clone,
) -> Result<Response<()>, Unsendable> {
    let mut fields = end_to_end(fields, RESPONSE_FIELDS_MAX)?;
    fields.remove("sec-websocket-accept");
    fields.remove("content-length");
    Ok(with(StatusCode::OK, fields))
}

fn with(status: StatusCode, fields: HeaderMap) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = status;
    *response.headers_mut() = fields;
    response
}
