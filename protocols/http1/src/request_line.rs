//! The request line by hand: for versions that httparse does not know, and to refuse a bad line
//! before the rest of the head is there.

use crate::limits::METHOD_BYTES_MAX;
use crate::syntax::is_token;
use crate::{Refusal, Version};

/// The parts of a request line with a version of 1.x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestLine<'b> {
    pub(crate) method: &'b str,
    pub(crate) target: &'b str,
    /// The x of HTTP/1.x.
    pub(crate) minor: u8,
}

impl RequestLine<'_> {
    /// The version as it is treated.
    pub(crate) fn version(&self) -> Version {
        if self.minor == 0 { Version::Http10 } else { Version::Http11 }
    }
}

/// Reads `line`, which ends in CRLF (RFC 9112 section 3): exactly one SP between the parts.
#[cold]
pub(crate) fn parse_request_line(line: &[u8]) -> Result<RequestLine<'_>, Refusal> {
    let line = line.strip_suffix(b"\r\n").ok_or(Refusal::RequestLine)?;
    if line.iter().any(|byte| !byte.is_ascii()) {
        return Err(Refusal::TargetByte);
    }
    let line = std::str::from_utf8(line).map_err(|_| Refusal::RequestLine)?;
    let mut parts = line.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refusal::RequestLine);
    };
    if !is_token(method.as_bytes()) || target.is_empty() {
        return Err(Refusal::RequestLine);
    }
    if method.len() > METHOD_BYTES_MAX {
        return Err(Refusal::MethodTooLong);
    }
    match version.strip_prefix("HTTP/").map(str::as_bytes) {
        Some([b'1', b'.', minor @ b'0'..=b'9']) => {
            Ok(RequestLine { method, target, minor: minor - b'0' })
        }
        Some([b'0'..=b'9', b'.', b'0'..=b'9']) => Err(Refusal::VersionUnsupported),
        _ => Err(Refusal::VersionMalformed),
    }
}
