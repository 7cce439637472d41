use http::HeaderMap;

use super::Fault;
use super::block::{Block, Section};
use super::fields::Fields;
use super::inbound::check_size;
use crate::frame::{
    ACK, CONTINUATION, FrameHeader, HEADERS, PUSH_PROMISE, Piece, SETTINGS, Splitter,
};
use crate::limits::{ORIGIN_STREAMS_MAX, UNCONFIRMED_BLOCKS_MAX};

/// The guard of a connection to an origin: looks at every byte of it before `h2` does.
///
/// It knows what `h2` leaves out of a malformed or overlong field section without a word. It counts
/// no floods: an origin is chosen by who runs the gateway, and what it sends is bounded by `h2`'s
/// windows and by the pipe. A fault is final, as [`super::Guard`]'s are.
#[derive(Debug, Default)]
pub struct OriginGuard {
    frames: Splitter,
    frame: FrameHeader,
    /// Its SETTINGS are there.
    greeted: bool,
    block: Block,
    fields: Fields,
    /// The streams of which somebody will ask.
    open: Vec<u32>,
    fault: Option<Fault>,
}

impl OriginGuard {
    /// A guard that expects the origin's SETTINGS.
    pub fn new() -> Self {
        Self::default()
    }

    /// Judges bytes from the origin: `Ok` when all of them may be pushed into the pipe. How they
    /// are split changes nothing.
    ///
    /// # Errors
    /// A connection error; the first frame may show that HTTP/2 is not spoken there at all.
    pub fn inbound(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        while let Some(piece) = self.frames.next(&mut bytes) {
            let judged = match piece {
                Piece::Header(frame) => self.header(frame),
                Piece::Payload { bytes, last } => self.payload(bytes, last),
            };
            if let Err(fault) = judged {
                self.fault = Some(fault);
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Whether its SETTINGS have come (RFC 9113 section 3.4): it speaks HTTP/2.
    pub fn greeted(&self) -> bool {
        self.greeted
    }

    /// A request was sent on this stream: its sections will be asked for.
    pub fn open(&mut self, stream_id: u32) {
        self.open.push(stream_id);
    }

    /// Nobody will ask for more of this stream.
    pub fn close(&mut self, stream_id: u32) {
        self.open.retain(|open| *open != stream_id);
        self.fields.forget(stream_id);
    }

    /// Whether `h2` gave every field of a head, interim or final, asked for in the order in which
    /// they came. If not, the answer is malformed (RFC 9113 section 8.1.1).
    pub fn head_is_whole(&mut self, stream_id: u32, fields: &HeaderMap) -> bool {
        // With :status, the one pseudo-header field there is.
        self.fields.confirm(stream_id, false, fields.len().saturating_add(1))
    }

    /// The same for the trailers. One that holds a pseudo-header field is not whole either.
    pub fn trailers_are_whole(&mut self, stream_id: u32, trailers: &HeaderMap) -> bool {
        self.fields.confirm(stream_id, false, trailers.len())
    }

    fn header(&mut self, frame: FrameHeader) -> Result<(), Fault> {
        self.frame = frame;
        if !self.greeted && (frame.kind != SETTINGS || frame.has(ACK)) {
            return Err(Fault::protocol("the first frame is not SETTINGS: not HTTP/2"));
        }
        self.block.allow(frame)?;
        check_size(frame)?;
        match frame.kind {
            HEADERS => self.block.begin(frame, Section::Answer),
            CONTINUATION => {
                self.block.resume(frame);
                Ok(())
            }
            // We have said that we take none (RFC 9113 section 8.4).
            PUSH_PROMISE => Err(Fault::protocol("PUSH_PROMISE")),
            _ => Ok(()),
        }
    }

    fn payload(&mut self, bytes: &[u8], last: bool) -> Result<(), Fault> {
        self.greeted |= last;
        if !matches!(self.frame.kind, HEADERS | CONTINUATION) {
            return Ok(());
        }
        self.block.payload(self.frame, bytes, last, &mut self.fields)?;
        if last && !self.open.contains(&self.frame.stream) {
            self.fields.forget(self.frame.stream);
        }
        Ok(())
    }
}

// What waits to be asked for is bounded: of each stream an interim head, the final one and trailers
// may.
const _: () = assert!(UNCONFIRMED_BLOCKS_MAX >= 3 * ORIGIN_STREAMS_MAX as usize);
