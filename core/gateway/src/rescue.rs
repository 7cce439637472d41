//! The one place where what went wrong becomes what the client sees.

use std::borrow::Cow;

use ringgate_auth::jwt;
use ringgate_http1::Refusal;

/// Why a request got no answer from its integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What happened.
    pub kind: Kind,
    /// For the log; for the client only where it is [`Kind::NotYet`].
    pub reason: Cow<'static, str>,
    /// How the client may do better: the answer's `www-authenticate` (RFC 9110 section 11.6.1).
    pub challenge: Option<Box<str>>,
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
    /// What it sent cannot stand where a parameter mapping puts it.
    Unmappable,
    /// It stopped sending in the middle.
    ClientStalled,
    /// It went away; nobody is left to answer.
    ClientGone,
    /// The token that it must show is not there or not good.
    Token(jwt::Refusal),
    /// Nothing says who it is.
    Unauthorized,
    /// It may not call this.
    Denied,
    // The gateway.
    /// The host names no API.
    Forbidden,
    /// No such stage or route.
    NotFound,
    /// The route has no integration that could be called.
    Misconfigured,
    /// The route asks for what is not built yet; the client is told what.
    NotYet,
    /// The route's authorizer cannot work as it is set up.
    AuthorizerMisconfigured,
    /// The route's authorizer was asked in vain.
    AuthorizerFailed,
    /// More requests came than the account, the stage or the route lets pass.
    Throttled,
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
    /// Its answer is longer than what may be held whole.
    AnswerTooLarge,
    /// Something in its answer cannot stand where a parameter mapping puts it; the target itself
    /// is in order.
    UnmappableAnswer,
    /// A function or an AWS service was called in vain; the client gets this status.
    Invocation(u16),
}

impl Fault {
    pub(crate) fn new(kind: Kind, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, reason: reason.into(), challenge: None }
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
            Kind::BadBody | Kind::DotSegment | Kind::Unmappable => (400, "Bad Request"),
            Kind::ClientStalled => (408, "Request Timeout"),
            Kind::Unauthorized => (401, "Unauthorized"),
            Kind::Forbidden | Kind::Denied => (403, "Forbidden"),
            Kind::NotFound => (404, "Not Found"),
            Kind::Throttled => (429, "Too Many Requests"),
            Kind::Token(refusal) => match refusal.status() {
                403 => (403, "Forbidden"),
                status => (status, "Unauthorized"),
            },
            Kind::Misconfigured | Kind::AuthorizerMisconfigured | Kind::AuthorizerFailed => {
                (500, "Internal Server Error")
            }
            Kind::NotYet => (501, &self.reason),
            Kind::NoTable | Kind::Overloaded | Kind::Unreachable | Kind::UpstreamTimeout => {
                (503, "Service Unavailable")
            }
            Kind::StaleUpstream
            | Kind::Unprocessed
            | Kind::NoAnswer
            | Kind::BadUpstream
            | Kind::AnswerTooLarge
            | Kind::UnmappableAnswer => (502, "Bad Gateway"),
            Kind::Invocation(503) => (503, "Service Unavailable"),
            Kind::Invocation(status) => (status, "Internal Server Error"),
        })
    }

    /// The type of the answer, by the names that AWS has for REST APIs (its list for HTTP APIs is
    /// not published; spec section 2.12). `None`: nobody to answer.
    pub(crate) fn response_type(&self) -> Option<&'static str> {
        Some(match self.kind {
            Kind::Forbidden | Kind::Denied | Kind::Token(jwt::Refusal::Scope) => "ACCESS_DENIED",
            Kind::Token(_) | Kind::Unauthorized => "UNAUTHORIZED",
            Kind::AuthorizerFailed => "AUTHORIZER_FAILURE",
            Kind::AuthorizerMisconfigured => "AUTHORIZER_CONFIGURATION_ERROR",
            Kind::NotFound => "RESOURCE_NOT_FOUND",
            Kind::Throttled => "THROTTLED",
            Kind::Misconfigured => "API_CONFIGURATION_ERROR",
            Kind::UpstreamTimeout => "INTEGRATION_TIMEOUT",
            Kind::Refused(413) => "REQUEST_TOO_LARGE",
            _ if self.is_of_integration() => "INTEGRATION_FAILURE",
            _ => match self.answer()?.0 {
                ..500 => "DEFAULT_4XX",
                _ => "DEFAULT_5XX",
            },
        })
    }

    /// The phase, a file of `crate::phases`, that ended the request.
    pub(crate) fn phase(&self) -> &'static str {
        match self.kind {
            Kind::Overloaded => "accept",
            Kind::Refused(413) | Kind::BadBody | Kind::Unmappable | Kind::DotSegment => "shape",
            Kind::Refused(_) | Kind::ClientStalled | Kind::ClientGone => "head",
            Kind::Forbidden | Kind::NotFound | Kind::NotYet | Kind::NoTable => "route",
            _ if self.authorizer_error().is_some() => "authorize",
            Kind::Throttled => "throttle",
            _ => "integrate",
        }
    }

    /// What `$context.authorizer.error` says of it.
    pub(crate) fn authorizer_error(&self) -> Option<&str> {
        let is_authorizers = matches!(
            self.kind,
            Kind::Token(_)
                | Kind::Unauthorized
                | Kind::Denied
                | Kind::AuthorizerMisconfigured
                | Kind::AuthorizerFailed
        );
        is_authorizers.then_some(&*self.reason)
    }

    /// Whether the integration is to blame.
    pub(crate) fn is_of_integration(&self) -> bool {
        matches!(
            self.kind,
            Kind::Unreachable
                | Kind::StaleUpstream
                | Kind::Unprocessed
                | Kind::UpstreamTimeout
                | Kind::NoAnswer
                | Kind::AnswerTooLarge
                | Kind::UnmappableAnswer
                | Kind::Invocation(_)
                | Kind::BadUpstream
        )
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
            (Kind::Throttled, Some((429, "Too Many Requests"))),
            (Kind::Misconfigured, Some((500, "Internal Server Error"))),
            (Kind::NotYet, Some((501, "the reason"))),
            (Kind::Token(jwt::Refusal::Expired), Some((401, "Unauthorized"))),
            (Kind::Token(jwt::Refusal::Scope), Some((403, "Forbidden"))),
            (Kind::ClientGone, None),
            (Kind::Invocation(500), Some((500, "Internal Server Error"))),
            (Kind::Invocation(503), Some((503, "Service Unavailable"))),
            (Kind::UnmappableAnswer, Some((502, "Bad Gateway"))),
            (Kind::Refused(413), Some((413, "Request Entity Too Large"))),
        ] {
            assert_eq!(Fault::new(kind, "the reason").answer(), answer);
        }
    }
}
