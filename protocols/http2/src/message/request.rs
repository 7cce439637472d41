use h2::ext::Protocol;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Uri, header};

use super::Refused;
use super::fields::{
    check_value, content_length, is_connection_specific, is_underscored_framing, write_field,
};
use crate::limits::REQUEST_FIELDS_MAX;

/// What was written for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestHead {
    /// A whole head, and where its content ends.
    Request(Framing),
    /// The opening handshake of a WebSocket that is to be tunnelled through this stream (RFC 8441
    /// section 5). The head lacks its end: the caller adds a `Sec-WebSocket-Key` and the empty
    /// line.
    Connect,
}

/// Where the content of a request ends, as its head in HTTP/1.1 says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no content.
    None,
    /// Content-Length says so; `h2` resets the stream when the content is of another length.
    Length(u64),
    /// The chunked coding says so, which the caller writes.
    Chunked,
}

/// Appends a request as a head of HTTP/1.1 (RFC 9113 sections 8.2 and 8.3): `method target`, Host
/// from `:authority`, the fields in order, crumbs of a cookie joined.
///
/// `end_of_stream` is [`h2::RecvStream::is_end_stream`] of its content. The head is to be parsed by
/// a strict parser of HTTP/1.1, which judges the method, the target and the host.
///
/// # Errors
/// What RFC 9113 calls malformed and `h2` lets pass, CONNECT, and too many fields. Nothing is
/// written then.
pub fn request_head(
    parts: &Parts,
    end_of_stream: bool,
    out: &mut Vec<u8>,
) -> Result<RequestHead, Refused> {
    let tunnel = tunnel(parts)?;
    let found = survey(&parts.headers)?;
    let host = authority(&parts.uri, found.host)?;
    let target = target(&parts.method, &parts.uri)?;
    if tunnel && found.length.is_some() {
        return Err(Refused::Malformed("CONNECT with content-length"));
    }
    let method = if tunnel { "GET" } else { parts.method.as_str() };
    out.extend_from_slice(method.as_bytes());
    out.push(b' ');
    out.extend_from_slice(target.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    write_field(out, "host", host);
    write_fields(&parts.headers, tunnel, out);
    if tunnel {
        out.extend_from_slice(b"connection: Upgrade\r\nupgrade: websocket\r\n");
        return Ok(RequestHead::Connect);
    }
    let framing = match found.length {
        Some(length) => Framing::Length(length),
        None if end_of_stream => Framing::None,
        None => {
            out.extend_from_slice(b"transfer-encoding: chunked\r\n");
            Framing::Chunked
        }
    };
    out.extend_from_slice(b"\r\n");
    Ok(RequestHead::Request(framing))
}

/// Whether this is an extended CONNECT for a WebSocket; other tunnels are not served.
fn tunnel(parts: &Parts) -> Result<bool, Refused> {
    if parts.method != Method::CONNECT {
        return Ok(false);
    }
    match parts.extensions.get::<Protocol>() {
        Some(protocol) if protocol.as_str() == "websocket" => Ok(true),
        Some(_) => Err(Refused::Unserved { status: 501, reason: "unknown :protocol" }),
        None => Err(Refused::Unserved { status: 501, reason: "CONNECT is not served here" }),
    }
}

/// What one pass over the fields found.
#[derive(Default)]
struct Survey<'p> {
    host: Option<&'p [u8]>,
    length: Option<u64>,
}

fn survey(fields: &HeaderMap) -> Result<Survey<'_>, Refused> {
    if fields.len() > REQUEST_FIELDS_MAX {
        return Err(Refused::Unserved { status: 431, reason: "too many fields" });
    }
    let mut found = Survey::default();
    for (name, value) in fields {
        check_value(value)?;
        match name.as_str() {
            "host" => once(&mut found.host, value.as_bytes(), "more than one host field")?,
            "content-length" => {
                once(&mut found.length, content_length(value)?, "more than one content-length")?;
            }
            "te" if value != "trailers" => return Err(Refused::Malformed("te is not trailers")),
            name if is_connection_specific(name) => {
                return Err(Refused::Malformed("a connection-specific field"));
            }
            name if is_underscored_framing(name) => {
                let reason = "a framing field spelled with an underscore";
                return Err(Refused::Unserved { status: 400, reason });
            }
            _ => {}
        }
    }
    Ok(found)
}

fn once<T>(slot: &mut Option<T>, value: T, repeated: &'static str) -> Result<(), Refused> {
    match slot.replace(value) {
        Some(_) => Err(Refused::Malformed(repeated)),
        None => Ok(()),
    }
}

/// `:authority`, or else Host, which must not name another entity (RFC 9113 section 8.3.1).
fn authority<'p>(uri: &'p Uri, host: Option<&'p [u8]>) -> Result<&'p [u8], Refused> {
    let Some(authority) = uri.authority() else {
        let host = host.filter(|host| !host.is_empty());
        return host.ok_or(Refused::Malformed("neither :authority nor host"));
    };
    let authority = authority.as_str().as_bytes();
    if authority.contains(&b'@') {
        return Err(Refused::Malformed("userinfo in :authority"));
    }
    // `h2` keeps :scheme only beside :authority.
    let default_port: &[u8] = match uri.scheme_str() {
        Some("https") => b":443",
        Some("http") => b":80",
        _ => return Err(Refused::Unserved { status: 400, reason: "unknown :scheme" }),
    };
    let entity = |bytes: &'p [u8]| bytes.strip_suffix(default_port).unwrap_or(bytes);
    match host {
        Some(host) if !entity(host).eq_ignore_ascii_case(entity(authority)) => {
            Err(Refused::Malformed("host is not :authority"))
        }
        _ => Ok(authority),
    }
}

fn target<'p>(method: &Method, uri: &'p Uri) -> Result<&'p str, Refused> {
    /// What a missing `:path` looks like; `as_str` shows it as `/`.
    const SLASH: PathAndQuery = PathAndQuery::from_static("/");
    let target = uri.path_and_query().ok_or(Refused::Malformed("no :path"))?;
    match target.as_str() {
        "/" if *target != SLASH => Err(Refused::Malformed("no :path")),
        path if path.starts_with('/') => Ok(path),
        "*" if method == Method::OPTIONS => Ok("*"),
        _ => Err(Refused::Malformed(":path does not begin with a slash")),
    }
}

/// The fields that are to be passed on.
fn write_fields(fields: &HeaderMap, tunnel: bool, out: &mut Vec<u8>) {
    let mut crumbs = false;
    for (name, value) in fields {
        match name.as_str() {
            "host" => {}
            "sec-websocket-key" if tunnel => {}
            // RFC 9113 section 8.2.3. A map holds a name's values together.
            "cookie" if crumbs => {}
            "cookie" => {
                crumbs = true;
                write_cookie(fields, out);
            }
            name => write_field(out, name, value.as_bytes()),
        }
    }
}

fn write_cookie(fields: &HeaderMap, out: &mut Vec<u8>) {
    out.extend_from_slice(b"cookie: ");
    for (at, crumb) in fields.get_all(header::COOKIE).iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(b"; ");
        }
        out.extend_from_slice(crumb.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}
