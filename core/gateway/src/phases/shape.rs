//! Step 10: the upstream request's head.

use ringgate_http1::{RequestHead, write};
use ringgate_table::{Captures, HttpIntegration, RouteRef, TargetError};

use crate::connection::Peer;
use crate::rescue::{Fault, Kind};

/// `Via` as HTTP APIs send it (spec section 2.13).
const VIA: &str = "Via: HTTP/1.1 AmazonAPIGateway\r\n";

/// Appends the head of the upstream request to `out`.
///
/// The client's fields pass in their order and case, less what belongs to the connection. `Host` is
/// the integration's; a `Forwarded` and a `Via` line of ours come behind those of the client
/// (RFC 7239 section 4, RFC 9110 sections 5.3 and 7.6.3).
///
/// # Errors
/// [`Kind::DotSegment`] when a path variable would leave the integration's path.
pub(crate) fn upstream_head(
    out: &mut Vec<u8>,
    head: &RequestHead<'_, '_>,
    route: &RouteRef<'_>,
    http: &HttpIntegration<'_>,
    (path, captures): (&str, &Captures),
    peer: &Peer,
) -> Result<(), Fault> {
    out.extend_from_slice(http.method().unwrap_or(head.method).as_bytes());
    out.push(b' ');
    http.write_target(out, *route, path, captures, head.target.query).map_err(
        |TargetError::DotSegment| {
            Fault::new(Kind::DotSegment, "a path variable holds a `.` or `..` segment")
        },
    )?;
    write::request_line_end(out);
    write::field(out, "Host", http.origin().authority.as_bytes());
    for field in head.end_to_end() {
        write::field(out, field.name, field.value);
    }
    if head.expect_continue {
        write::field(out, "Expect", b"100-continue");
    }
    write_forwarded(out, head.host, peer);
    out.extend_from_slice(VIA.as_bytes());
    write::framing(out, head.body);
    write::end(out);
    Ok(())
}

/// `Forwarded: by=…;for=…;host=…;proto=http`.
fn write_forwarded(out: &mut Vec<u8>, host: Option<&str>, peer: &Peer) {
    out.extend_from_slice(b"Forwarded: ");
    out.extend_from_slice(peer.forwarded.as_bytes());
    if let Some(host) = host {
        // A host with a port is no token and must be quoted (RFC 7239 section 4).
        let quote = if host.contains([':', '[']) { "\"" } else { "" };
        for part in [";host=", quote, host, quote] {
            out.extend_from_slice(part.as_bytes());
        }
    }
    out.extend_from_slice(b";proto=http\r\n");
}
