use std::error::Error;
use std::fmt;
use std::io;

use h2::Reason;

/// Why a stream to an origin gives no answer, or no more of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OriginFault {
    /// The origin has not acted on the request, and says so or never got it: it refused the stream,
    /// or said goodbye before it (RFC 9113 sections 6.8 and 8.7).
    Unprocessed(String),
    /// The connection ended, and nobody knows what became of the request.
    Ended(String),
    /// The origin gave up, or its answer breaks a rule.
    Broken(String),
    /// A WebSocket was asked for, which its SETTINGS do not allow (RFC 8441 section 3).
    NoWebSocket,
}

impl OriginFault {
    /// What `h2` says of a stream. Only of streams that a GOAWAY leaves out does it say that the
    /// peer has gone away.
    pub(super) fn of_stream(error: &h2::Error) -> Self {
        let text = error.to_string();
        let refused = error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM);
        if error.is_remote() && (error.is_go_away() || refused) {
            Self::Unprocessed(text)
        } else if error.is_io() {
            Self::Ended(text)
        } else {
            Self::Broken(text)
        }
    }

    /// The one in an error of a link.
    pub(crate) fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl fmt::Display for OriginFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unprocessed(text) => write!(f, "not processed by the origin: {text}"),
            Self::Ended(text) => write!(f, "the connection ended: {text}"),
            Self::Broken(text) => f.write_str(text),
            Self::NoWebSocket => {
                f.write_str("the origin takes no WebSocket: SETTINGS_ENABLE_CONNECT_PROTOCOL is 0")
            }
        }
    }
}

impl Error for OriginFault {}

impl From<OriginFault> for io::Error {
    fn from(fault: OriginFault) -> Self {
        Self::other(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_found_in_the_error_it_becomes() {
        let fault = OriginFault::Ended("broken pipe".to_owned());
        assert_eq!(OriginFault::of(&fault.clone().into()), Some(&fault));
        assert_eq!(OriginFault::of(&io::ErrorKind::BrokenPipe.into()), None);
    }
}
