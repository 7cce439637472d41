//! Step 10: the upstream request's head.

use ringgate_http1::{RequestHead, write};
use ringgate_table::{HttpIntegration, TargetError};

use super::map::{self, RequestEdits};
use crate::connection::Peer;
use crate::rescue::{Fault, Kind};
use crate::settings::Settings;

/// `Via` as HTTP APIs send it (spec section 2.13).
const VIA: &str = "Via: HTTP/1.1 AmazonAPIGateway\r\n";

/// What of a request's own to its connection goes on all the same. Amazon's HTTP APIs drop these
/// four (spec section 2.13).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extras {
    expect: bool,
    te: bool,
    trailer: bool,
    upgrade: bool,
}

impl Extras {
    /// Of this request; `upgrade`: it asks for a WebSocket.
    pub(crate) fn new(settings: &Settings, head: &RequestHead<'_, '_>, upgrade: bool) -> Self {
        let pass = !settings.aws_limits;
        Self {
            expect: pass && head.expect_continue,
            te: pass && head.te_trailers,
            trailer: pass,
            upgrade,
        }
    }

    /// The same for a request whose content is here: nobody waits for a 100.
    pub(crate) fn gathered(self) -> Self {
        Self { expect: false, ..self }
    }

    /// Of a request to an origin of HTTP/2, none of AWS's. Trailers are taken where the client
    /// takes them: one of HTTP/2 always does.
    pub(crate) fn for_http2(head: &RequestHead<'_, '_>, client_http2: bool) -> Self {
        Self {
            expect: head.expect_continue,
            te: head.te_trailers || client_http2,
            trailer: true,
            upgrade: false,
        }
    }
}

/// Appends the head of the upstream request to `out`.
///
/// The client's fields pass in their order and case, less what belongs to the connection. `Host` is
/// the integration's; a `Forwarded` and a `Via` line of ours come behind those of the client
/// (RFC 7239 section 4, RFC 9110 sections 5.3 and 7.6.3). Behind a VPC link the client's `Host`
/// stays, and `Forwarded` has no `by`, as on AWS (spec section 2.13).
///
/// # Errors
/// [`Kind::DotSegment`] when a path variable would leave the integration's path.
///
/// `edits` is what a parameter mapping changes in it.
pub(crate) fn upstream_head(
    out: &mut Vec<u8>,
    request: &map::Request<'_, '_, '_>,
    http: &HttpIntegration<'_>,
    peer: &Peer,
    extras: Extras,
    edits: Option<&RequestEdits<'_>>,
) -> Result<(), Fault> {
    let map::Request { head, route, matched: (path, captures), .. } = *request;
    out.extend_from_slice(http.method().unwrap_or(head.method).as_bytes());
    out.push(b' ');
    let target_start = out.len();
    let query = match edits.and_then(|edits| edits.query.as_deref()) {
        Some(query) => Some(query).filter(|query| !query.is_empty()),
        None => head.target.query,
    };
    http.write_target(out, *route, path, captures, query).map_err(|TargetError::DotSegment| {
        Fault::new(Kind::DotSegment, "a path variable holds a `.` or `..` segment")
    })?;
    if let Some(path) = edits.and_then(|edits| edits.path.as_deref()) {
        replace_path(out, target_start, path);
    }
    write::request_line_end(out);
    let (host, forwarded) = match http.origin().link {
        None => (http.origin().authority.as_str(), peer.forwarded.as_str()),
        // Empty where the client of HTTP/1.0 sent none (RFC 9112 section 3.2).
        Some(_) => (head.host.unwrap_or_default(), peer.forwarded_for()),
    };
    let own_host = edits.and_then(|edits| edits.host.as_deref());
    write::field(out, "Host", own_host.unwrap_or(host.as_bytes()));
    for field in head.end_to_end() {
        let passes = extras.trailer || !field.name.eq_ignore_ascii_case("trailer");
        if passes && !edits.is_some_and(|edits| edits.drops(field.name)) {
            write::field(out, field.name, field.value);
        }
    }
    if let Some(edits) = edits {
        out.extend_from_slice(&edits.lines);
    }
    for (wanted, lines) in [
        (extras.expect, "Expect: 100-continue\r\n"),
        (extras.upgrade, "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
        (extras.te && !extras.upgrade, "Connection: TE\r\nTE: trailers\r\n"),
    ] {
        if wanted {
            out.extend_from_slice(lines.as_bytes());
        }
    }
    write_forwarded(out, forwarded, head.host, peer.scheme);
    out.extend_from_slice(VIA.as_bytes());
    write::framing(out, head.body);
    write::end(out);
    Ok(())
}

/// Puts another path in place of that of the target which begins at `start`; its query stays.
fn replace_path(out: &mut Vec<u8>, start: usize, path: &[u8]) {
    let target = out.get(start..).unwrap_or_default();
    let len = memchr::memchr(b'?', target).unwrap_or(target.len());
    out.splice(start..start.saturating_add(len), path.iter().copied());
}

/// `Forwarded: {nodes};host=…;proto=…`, the nodes being `by=…;for=…` or `for=…`.
fn write_forwarded(out: &mut Vec<u8>, nodes: &str, host: Option<&str>, scheme: &str) {
    out.extend_from_slice(b"Forwarded: ");
    out.extend_from_slice(nodes.as_bytes());
    if let Some(host) = host {
        // A host with a port is no token and must be quoted (RFC 7239 section 4).
        let quote = if host.contains([':', '[']) { "\"" } else { "" };
        for part in [";host=", quote, host, quote] {
            out.extend_from_slice(part.as_bytes());
        }
    }
    for part in [";proto=", scheme, "\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
}
