//! The one place where what went wrong becomes what the client sees.

use std::borrow::Cow;

use ringgate_http1::Refusal;

/// Why a request got no answer from its integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What happened.
    pub kind: Kind,
    /// For the log; for the client only where it is [`Kind::NotYet`].
    pub reason: Cow<'static, str>,
}

/// What can happen, by who caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    // The client.
    /// The head breaks a rule of HTTP; the connection ends.
    Refused(u16),
    /// The body breaks a rule of HTTP; the connection ends.
    BadBody,
    /// The WebSocket handshake breaks a rule, or asks for what is not there; with this status.
    Handshake(u16),
    /// A path variable holds `.` or `..`.
    DotSegment,
    /// It stopped sending in the middle.
    ClientStalled,
    /// It went away; nobody is left to answer.
    ClientGone,
    // The gateway.
    /// The host names no API.
    Forbidden,
    /// No such stage or route.
    NotFound,
    /// The route has no integration that could be called.
    Misconfigured,
    /// The route asks for what is not built yet; the client is told what.
    NotYet,
    /// Memory is short; new work is refused.
    Overloaded,
    /// No table has been loaded yet.
    NoTable,
    // The upstream.
    /// No connection could be made; certainly not processed.
    Unreachable,
    /// A kept connection was closed before it answered anything: see `upstream::retry`.
    StaleUpstream,
    /// The origin says that it has not acted on the request: see `upstream::retry`.
    Unprocessed,
    /// No response head within the integration's time.
    UpstreamTimeout,
    /// A new connection ended before it answered anything: see `upstream::retry`.
    NoAnswer,
    /// It closed or answered what is no HTTP response.
    BadUpstream,
}

impl Fault {
    pub(crate) fn new(kind: Kind, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, reason: reason.into() }
    }

    pub(crate) fn refused(refusal: &Refusal) -> Self {
        Self::new(Kind::Refused(refusal.status()), refusal.reason())
    }

    /// The status and the `message` of the answer, as HTTP APIs of AWS give them (spec sections
    /// 2.1, 2.7 and 2.12; a refused connection and a broken upstream have no recorded answer
    /// there: 503 as for a time-out, and 502). `None`: nobody to answer.
    pub(crate) fn answer(&self) -> Option<(u16, &str)> {
        Some(match self.kind {
            Kind::ClientGone => return None,
            Kind::Refused(status) | Kind::Handshake(status) => (status, refusal_message(status)),
            Kind::BadBody | Kind::DotSegment => (400, "Bad Request"),
            Kind::ClientStalled => (408, "Request Timeout"),
            Kind::Forbidden => (403, "Forbidden"),
            Kind::NotFound => (404, "Not Found"),
            Kind::Misconfigured => (500, "Internal Server Error"),
            Kind::NotYet => (501, &self.reason),
            Kind::NoTable | Kind::Overloaded | Kind::Unreachable | Kind::UpstreamTimeout => {
                (503, "Service Unavailable")
            }
            Kind::StaleUpstream | Kind::Unprocessed | Kind::NoAnswer | Kind::BadUpstream => {
                (502, "Bad Gateway")
            }
        })
    }
}

fn refusal_message(status: u16) -> &'static str {
    match status {
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        426 => "Upgrade Required",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        505 => "HTTP Version Not Supported",
        _ => "Bad Request",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_of_http_apis() {
        for (kind, answer) in [
            (Kind::NotFound, Some((404, "Not Found"))),
            (Kind::Forbidden, Some((403, "Forbidden"))),
            (Kind::UpstreamTimeout, Some((503, "Service Unavailable"))),
            (Kind::Misconfigured, Some((500, "Internal Server Error"))),
            (Kind::NotYet, Some((501, "the reason"))),
            (Kind::ClientGone, None),
        ] {
            assert_eq!(Fault::new(kind, "the reason").answer(), answer);
        }
    }
}
