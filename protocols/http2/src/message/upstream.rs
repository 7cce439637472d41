use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, Method, Request, Uri, response};

use super::fields::{
    check_value, content_length, end_to_end, is_connection_specific, is_underscored_framing,
    write_field,
};
use super::{Refused, Unsendable};
use crate::limits::{ORIGIN_REQUEST_FIELDS_MAX, RESPONSE_FIELDS_MAX};

/// A request for `h2` to send to an origin. `target` is a path with its query, or `*`; of `fields`
/// go those that are not of one connection, and no Host: `authority` says it.
///
/// # Errors
/// A method, target or field that HTTP/2 cannot carry.
pub fn client_request<'f>(
    method: &str,
    scheme: &str,
    authority: &str,
    target: &str,
    fields: impl Iterator<Item = (&'f str, &'f [u8])> + Clone,
) -> Result<Request<()>, Unsendable> {
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| Unsendable::Method)?;
    if method == Method::CONNECT {
        return Err(Unsendable::Method);
    }
    client_message(method, scheme, authority, target, fields)
}

/// The same with any method.
pub(super) fn client_message<'f>(
    method: Method,
    scheme: &str,
    authority: &str,
    target: &str,
    fields: impl Iterator<Item = (&'f str, &'f [u8])> + Clone,
) -> Result<Request<()>, Unsendable> {
    let fields = fields.filter(|(name, _)| !name.eq_ignore_ascii_case("host"));
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = uri(scheme, authority, target).ok_or(Unsendable::Target)?;
    *request.version_mut() = http::Version::HTTP_2;
    *request.headers_mut() = end_to_end(fields, ORIGIN_REQUEST_FIELDS_MAX)?;
    Ok(request)
}

fn uri(scheme: &str, authority: &str, target: &str) -> Option<Uri> {
    let path: PathAndQuery = target.parse().ok()?;
    // A fragment would have been cut off.
    if path.as_str() != target {
        return None;
    }
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(scheme.parse::<Scheme>().ok()?);
    parts.authority = Some(authority.parse::<Authority>().ok()?);
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).ok()
}

/// Appends an origin's response, final or interim, as a head of HTTP/1.1, to be parsed by a strict
/// parser of it.
///
/// `end_of_stream` is [`h2::RecvStream::is_end_stream`] of its content, `to_head` whether the
/// request was HEAD. Content of unknown length gets `transfer-encoding: chunked`, which the caller
/// writes.
///
/// # Errors
/// What RFC 9113 calls malformed and `h2` lets pass, and too many fields. Nothing is written then.
pub fn response_head(
    parts: &response::Parts,
    end_of_stream: bool,
    to_head: bool,
    out: &mut Vec<u8>,
) -> Result<(), Refused> {
    let status = parts.status.as_u16();
    if status == 101 || status > 599 {
        return Err(Refused::Malformed("a status that HTTP/2 does not have"));
    }
    let length = survey(&parts.headers)?;
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(parts.status.as_str().as_bytes());
    out.extend_from_slice(b" \r\n");
    for (name, value) in &parts.headers {
        write_field(out, name.as_str(), value.as_bytes());
    }
    // RFC 9112 section 6.3: these have no content, whatever their fields say.
    let contentless = to_head || status < 200 || matches!(status, 204 | 304);
    match length {
        None if contentless => {}
        None if end_of_stream => out.extend_from_slice(b"content-length: 0\r\n"),
        None => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        Some(_) => {}
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// The Content-Length, with every field checked.
fn survey(fields: &HeaderMap) -> Result<Option<u64>, Refused> {
    if fields.len() > RESPONSE_FIELDS_MAX {
        return Err(Refused::Malformed("too many fields"));
    }
    let mut length = None;
    for (name, value) in fields {
        check_value(value)?;
        let name = name.as_str();
        if name == "content-length" && length.replace(content_length(value)?).is_some() {
            return Err(Refused::Malformed("more than one content-length"));
        }
        if is_connection_specific(name) || is_underscored_framing(name) {
            return Err(Refused::Malformed("a connection-specific field"));
        }
    }
    Ok(length)
}
