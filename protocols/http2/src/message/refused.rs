use std::error::Error;
use std::fmt;

/// Why a message that `h2` took is not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Malformed (RFC 9113 section 8.1.1): the stream is reset with PROTOCOL_ERROR. From an
    /// origin, the client gets a 502.
    Malformed(&'static str),
    /// Well-formed, but not served: the answer is this status.
    Unserved {
        /// The status of the answer.
        status: u16,
        /// What is not served, in a few words for logs and traces.
        reason: &'static str,
    },
}

impl Refused {
    /// What was wrong, in a few words for logs and traces.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Malformed(reason) | Self::Unserved { reason, .. } => reason,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl Error for Refused {}
