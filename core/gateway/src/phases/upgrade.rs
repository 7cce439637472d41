//! Between steps 4 and 11: whether a request asks for a WebSocket, and whether it gets one.

use ringgate_http1::{RequestHead, ResponseHead, Version};
use ringgate_websocket::{Agreed, Asked, HandshakeFault};

use crate::rescue::{Fault, Kind};
use crate::settings::Settings;

/// What the request asks for; `method` is the one that the integration is asked with. None where it
/// asks for no upgrade, or for one to another protocol: whoever does not speak that goes on with
/// HTTP (RFC 9110 section 7.8). Amazon's HTTP APIs drop `Upgrade`: so does `--aws-limits`.
///
/// # Errors
/// [`Kind::Handshake`]: a WebSocket handshake that breaks a rule.
pub(crate) fn asked(
    settings: &Settings,
    head: &RequestHead<'_, '_>,
    method: &str,
) -> Result<Option<Asked>, Fault> {
    if !head.upgrade || settings.aws_limits {
        return Ok(None);
    }
    let fields = head.fields.iter().map(|field| (field.name, field.value));
    match Asked::from_request(method, head.version == Version::Http11, fields) {
        Ok(asked) => Ok(Some(asked)),
        Err(HandshakeFault::NotWebSocket) => Ok(None),
        Err(fault) => Err(Fault::new(Kind::Handshake(fault.status()), fault.reason())),
    }
}

/// Checks the 101 of an origin.
///
/// # Errors
/// [`Kind::BadUpstream`]: nobody asked, or it is not what was asked for.
pub(crate) fn agreed(asked: Option<&Asked>, head: &ResponseHead<'_, '_>) -> Result<Agreed, Fault> {
    let asked = asked.ok_or(Fault::new(Kind::BadUpstream, "a 101 that nobody asked for"))?;
    let fields = head.fields.iter().map(|field| (field.name, field.value));
    asked
        .check_response(head.status, fields)
        .map_err(|fault| Fault::new(Kind::BadUpstream, fault.reason()))
}
