//! Looks at every byte before `h2` does, and at every byte that `h2` sends. It checks what `h2`
//! 0.4.20 lets pass or answers with another error code than RFC 9113 asks for, and counts what a
//! peer could flood us with. Everything else is `h2`'s; LIFECYCLE.md says which rule is whose.

mod block;
mod budget;
mod fault;
mod fields;
mod inbound;
mod origin;
mod outbound;
mod streams;

use h2::Reason;
use h2::ext::Protocol;
use http::HeaderMap;
use http::request::Parts;

pub use fault::Fault;
pub use inbound::PREFACE;
pub use origin::OriginGuard;

use crate::frame;
use budget::Budgets;
use fields::Fields;
use inbound::Inbound;
use outbound::Outbound;

/// The guard of one client's connection.
///
/// A fault is final: the bytes given with it, and all after them, must not be pushed.
#[derive(Debug, Default)]
pub struct Guard {
    inbound: Inbound,
    outbound: Outbound,
    budgets: Budgets,
    fields: Fields,
    /// The last stream that was given to `h2`.
    last_stream_id: u32,
    fault: Option<Fault>,
}

impl Guard {
    /// A guard that expects the connection preface.
    pub fn new() -> Self {
        Self::default()
    }

    /// Judges bytes from the client: `Ok` when all of them may be pushed into the pipe.
    ///
    /// `now_ms` is any clock that does not go back. How the bytes are split changes nothing.
    ///
    /// # Errors
    /// A connection error: send [`Self::goaway`], then close.
    pub fn inbound(&mut self, bytes: &[u8], now_ms: u64) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let Self { inbound, budgets, fields, .. } = self;
        let judged = inbound.judge(bytes, budgets, fields, now_ms);
        match judged {
            Ok(()) => self.last_stream_id = self.inbound.last_stream_id(),
            Err(fault) => self.fault = Some(fault),
        }
        judged
    }

    /// Counts bytes that `h2` sends, in the order in which they are taken from the pipe.
    ///
    /// # Errors
    /// A connection error: the client made us reset too many streams.
    pub fn outbound(&mut self, bytes: &[u8], now_ms: u64) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let Self { outbound, budgets, fields, .. } = self;
        let counted = outbound.count(bytes, budgets, fields, now_ms);
        self.fault = counted.err();
        counted
    }

    /// Whether `h2` gave every field of a request that it accepted. If not, the request is
    /// malformed (RFC 9113 section 8.1.1): reset the stream with PROTOCOL_ERROR.
    pub fn request_is_whole(&mut self, stream_id: u32, parts: &Parts) -> bool {
        // :method, :scheme and :path are always there: `h2` and `request_head` see to it.
        let authority = usize::from(parts.uri.authority().is_some());
        let protocol = usize::from(parts.extensions.get::<Protocol>().is_some());
        let fields = parts.headers.len().saturating_add(3 + authority + protocol);
        self.fields.confirm(stream_id, false, fields)
    }

    /// The same for the trailers of a request.
    pub fn trailers_are_whole(&mut self, stream_id: u32, trailers: &HeaderMap) -> bool {
        self.fields.confirm(stream_id, true, trailers.len())
    }

    /// Whether the client has acknowledged our SETTINGS (RFC 9113 section 6.5.3).
    pub fn settings_acknowledged(&self) -> bool {
        self.inbound.settings_acknowledged()
    }

    /// Appends the GOAWAY frame that ends the connection (RFC 9113 section 6.8). To be sent after
    /// what `h2` has sent so far, all of which [`Self::outbound`] has seen.
    pub fn goaway(&self, code: Reason, out: &mut Vec<u8>) {
        // In the middle of a frame it would be taken for its payload. A pipe cuts no frame.
        if self.outbound.at_boundary() {
            frame::goaway(self.last_stream_id, code, out);
        }
    }
}
