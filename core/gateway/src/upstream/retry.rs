//! What is tried again, and what never is.
//!
//! 1. **A connection.** Before anything of a request is sent, connecting may be tried as often as
//!    one likes: a target that refuses or does not answer has the next one tried
//!    ([`CONNECT_TRIES_MAX`] targets, one that is slow for [`CONNECT_STAGGER_MS`] beside it), all
//!    within the connect time.
//! 2. **A request, once,** where it can be neither lost nor done twice: it went out on a kept
//!    connection that ended before a byte of an answer (its peer had closed it while the request
//!    was on its way, RFC 9112 section 9.3.1), it has no body, and both the client's method and the
//!    one that is sent are idempotent (RFC 9110 section 9.2.2). The second time it goes out on a
//!    fresh connection, whose end is never taken for that.
//! 3. **Nothing else.** Not after a time-out, not after a part of an answer, not for any status,
//!    not for a request with a body. So that a POST does not meet a connection that has ended, a
//!    kept one is asked whether it still stands right before.
#[cfg(doc)]
use crate::limits::{CONNECT_STAGGER_MS, CONNECT_TRIES_MAX};
use crate::rescue::Kind;

/// True when a request that failed so is sent a second time, on a fresh connection. `repeatable`:
/// its methods are idempotent and it has no body.
///
/// [`Kind::StaleUpstream`] comes from kept connections alone, so there is no third time.
pub(crate) fn sends_again(kind: Kind, repeatable: bool) -> bool {
    repeatable && kind == Kind::StaleUpstream
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_repeatable_request_on_a_kept_connection_that_said_nothing_is_sent_again() {
        let kinds = [
            Kind::Refused(400),
            Kind::BadBody,
            Kind::DotSegment,
            Kind::ClientStalled,
            Kind::ClientGone,
            Kind::Forbidden,
            Kind::NotFound,
            Kind::Misconfigured,
            Kind::NoTable,
            Kind::Unreachable,
            Kind::UpstreamTimeout,
            Kind::BadUpstream,
        ];
        for kind in kinds {
            assert!(!sends_again(kind, true) && !sends_again(kind, false), "{kind:?}");
        }
        assert!(sends_again(Kind::StaleUpstream, true));
        assert!(!sends_again(Kind::StaleUpstream, false));
    }
}
