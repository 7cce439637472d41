use std::error::Error;
use std::fmt;

use h2::Reason;

/// A connection error (RFC 9113 section 5.4.1): the peer gets a GOAWAY, then the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The error code for the GOAWAY frame.
    pub code: Reason,
    /// What was wrong, in a few words for logs and traces.
    pub reason: &'static str,
}

impl Fault {
    pub(crate) const fn new(code: Reason, reason: &'static str) -> Self {
        Self { code, reason }
    }

    pub(crate) const fn protocol(reason: &'static str) -> Self {
        Self::new(Reason::PROTOCOL_ERROR, reason)
    }

    pub(crate) const fn frame_size(reason: &'static str) -> Self {
        Self::new(Reason::FRAME_SIZE_ERROR, reason)
    }

    pub(crate) const fn compression(reason: &'static str) -> Self {
        Self::new(Reason::COMPRESSION_ERROR, reason)
    }

    pub(crate) const fn calm(reason: &'static str) -> Self {
        Self::new(Reason::ENHANCE_YOUR_CALM, reason)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl Error for Fault {}
