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
//! 3. **A request that the origin has not acted on, once,** whatever its method: in HTTP/2 an
//!    origin says so, by REFUSED_STREAM or by a GOAWAY that leaves the stream out (RFC 9113
//!    sections 6.8 and 8.7). Any connection will do that still takes requests. Its body must be at
//!    hand still: one that was whole when the request was sent is.
//! 4. **The same as 2 on a new connection, behind a VPC link with several targets:** the request
//!    goes to another target. One that takes requests and dies of them can so cost each request a
//!    second try, never a third.
//! 5. **Nothing else.** Not after a time-out, not after a part of an answer, not for any status,
//!    not for a request with a body that is gone. So that a POST does not meet a connection that
//!    has ended, a kept one is asked whether it still stands right before.
#[cfg(doc)]
use crate::limits::{CONNECT_STAGGER_MS, CONNECT_TRIES_MAX};
use crate::rescue::Kind;

/// What of a request decides whether it may be sent a second time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repeat {
    /// Its methods are idempotent and it has no body.
    pub harmless: bool,
    /// All of it is at hand.
    pub at_hand: bool,
    /// It is sent a second time now.
    pub second: bool,
    /// There is another target to send it to.
    pub others: bool,
}

/// True when a request that failed so is sent a second time; on a fresh connection where one had
/// ended.
pub(crate) fn sends_again(kind: Kind, repeat: Repeat) -> bool {
    !repeat.second
        && match kind {
            Kind::StaleUpstream => repeat.harmless,
            Kind::NoAnswer => repeat.harmless && repeat.others,
            Kind::Unprocessed => repeat.at_hand,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: Repeat = Repeat { harmless: true, at_hand: true, second: false, others: true };

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
            Kind::AnswerTooLarge,
            Kind::UnmappableAnswer,
            Kind::Invocation(500),
        ];
        for kind in kinds {
            assert!(!sends_again(kind, ANY), "{kind:?}");
        }
        assert!(sends_again(Kind::StaleUpstream, ANY));
        assert!(!sends_again(Kind::StaleUpstream, Repeat { harmless: false, ..ANY }));
        assert!(!sends_again(Kind::StaleUpstream, Repeat { second: true, ..ANY }));
    }

    #[test]
    fn a_new_connection_that_said_nothing_is_forgiven_where_there_is_another_target() {
        assert!(sends_again(Kind::NoAnswer, ANY));
        assert!(!sends_again(Kind::NoAnswer, Repeat { others: false, ..ANY }));
        assert!(!sends_again(Kind::NoAnswer, Repeat { harmless: false, ..ANY }));
        assert!(!sends_again(Kind::NoAnswer, Repeat { second: true, ..ANY }));
    }

    #[test]
    fn what_was_not_acted_on_is_sent_again_while_it_is_at_hand() {
        let any = Repeat { harmless: false, ..ANY };
        assert!(sends_again(Kind::Unprocessed, any));
        assert!(!sends_again(Kind::Unprocessed, Repeat { at_hand: false, ..any }));
        assert!(!sends_again(Kind::Unprocessed, Repeat { second: true, ..any }));
    }
}
