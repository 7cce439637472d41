use h2::Reason;
use http::HeaderMap;

use super::Fault;
use super::block::{Block, Section};
use super::budget::{Budgets, Cost};
use super::fields::Fields;
use super::inbound::{PREFACE, check_size};
use crate::frame::{
    self, ACK, CONTINUATION, DATA, END_STREAM, FrameHeader, HEADERS, PING, PUSH_PROMISE, Piece,
    RST_STREAM, SETTINGS, Splitter, WINDOW_UPDATE,
};
use crate::limits::{ORIGIN_EMPTY_FRAMES_MAX, ORIGIN_STREAMS_MAX, UNCONFIRMED_BLOCKS_MAX};

/// The guard of a connection to an origin: looks at every byte of it before `h2` does.
///
/// It knows what `h2` leaves out of a malformed or overlong field section without a word, and
/// counts what an origin could flood us with, by the budgets that clients have: one that is broken,
/// or not as trusted as who named it thought, must not take the time of all others. A fault is
/// final, as [`super::Guard`]'s are.
#[derive(Debug, Default)]
pub struct OriginGuard {
    frames: Splitter,
    frame: FrameHeader,
    /// Its SETTINGS are there.
    greeted: bool,
    block: Block,
    fields: Fields,
    budgets: Budgets,
    /// Empty DATA frames, of which `h2` takes a hundred in the connection's life.
    empty_frames: u32,
    /// The streams of which somebody will ask.
    open: Vec<u32>,
    /// Of our preface, the bytes that `h2` has sent.
    preface: usize,
    sent: Splitter,
    fault: Option<Fault>,
}

impl OriginGuard {
    /// A guard that expects the origin's SETTINGS.
    pub fn new() -> Self {
        Self::default()
    }

    /// Judges bytes from the origin: `Ok` when all of them may be pushed into the pipe. How they
    /// are split changes nothing. `now_ms` is any clock that does not go back.
    ///
    /// # Errors
    /// A connection error; the first frame may show that HTTP/2 is not spoken there at all.
    pub fn inbound(&mut self, mut bytes: &[u8], now_ms: u64) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        while let Some(piece) = self.frames.next(&mut bytes) {
            let judged = match piece {
                Piece::Header(frame) => self.header(frame, now_ms),
                Piece::Payload { bytes, last } => self.payload(bytes, last, now_ms),
            };
            if let Err(fault) = judged {
                self.fault = Some(fault);
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Looks at bytes that `h2` sends: the origin may answer them.
    pub fn outbound(&mut self, bytes: &[u8]) {
        let left = PREFACE.len().saturating_sub(self.preface).min(bytes.len());
        self.preface = self.preface.saturating_add(left);
        let mut bytes = bytes.get(left..).unwrap_or_default();
        while let Some(piece) = self.sent.next(&mut bytes) {
            let Piece::Header(frame) = piece else { continue };
            if matches!(frame.kind, DATA | HEADERS) {
                self.budgets.sent_frame(frame.length);
            }
            if frame.kind == HEADERS {
                self.budgets.sent_request();
            }
        }
    }

    /// Appends the GOAWAY frame that ends the connection (RFC 9113 section 6.8). To be sent after
    /// what `h2` has sent so far, all of which [`Self::outbound`] has seen.
    pub fn goaway(&self, code: Reason, out: &mut Vec<u8>) {
        if self.sent.at_boundary() {
            // An origin has begun no stream.
            frame::goaway(0, code, out);
        }
    }

    /// True once so many empty DATA frames have come that `h2` would soon end the connection: it is
    /// to be left while its streams can still end.
    pub fn is_worn(&self) -> bool {
        self.empty_frames >= ORIGIN_EMPTY_FRAMES_MAX
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

    fn header(&mut self, frame: FrameHeader, now_ms: u64) -> Result<(), Fault> {
        self.frame = frame;
        if !self.greeted && (frame.kind != SETTINGS || frame.has(ACK)) {
            return Err(Fault::protocol("the first frame is not SETTINGS: not HTTP/2"));
        }
        self.block.allow(frame)?;
        check_size(frame)?;
        match frame.kind {
            HEADERS => self.block.begin(frame, Section::Answer)?,
            CONTINUATION => self.block.resume(frame),
            // We have said that we take none (RFC 9113 section 8.4).
            PUSH_PROMISE => return Err(Fault::protocol("PUSH_PROMISE")),
            _ => {}
        }
        self.cost(frame).map_or(Ok(()), |cost| self.budgets.spend(cost, now_ms))
    }

    /// What a frame costs, by its header.
    fn cost(&mut self, frame: FrameHeader) -> Option<Cost> {
        let empty = frame.length == 0 && !frame.has(END_STREAM);
        match frame.kind {
            DATA if empty => {
                self.empty_frames = self.empty_frames.saturating_add(1);
                Some(Cost::Empty)
            }
            HEADERS if !self.open.contains(&frame.stream) => Some(Cost::Ignored),
            HEADERS | CONTINUATION => empty.then_some(Cost::Empty),
            // What was sent before our reset of its stream is honest, and bounded by windows.
            DATA => None,
            RST_STREAM => Some(Cost::Reset),
            SETTINGS => Some(Cost::Settings),
            PING => Some(Cost::Ping),
            WINDOW_UPDATE => Some(Cost::WindowUpdate),
            _ => Some(Cost::Ignored),
        }
    }

    fn payload(&mut self, bytes: &[u8], last: bool, now_ms: u64) -> Result<(), Fault> {
        self.greeted |= last;
        if !matches!(self.frame.kind, HEADERS | CONTINUATION) {
            return Ok(());
        }
        self.block.payload(self.frame, bytes, last, &mut self.fields)?;
        if last && !self.open.contains(&self.frame.stream) {
            self.fields.forget(self.frame.stream);
        }
        match last && self.block.was_overlong() {
            true => self.budgets.spend(Cost::Overlong, now_ms),
            false => Ok(()),
        }
    }
}

// What waits to be asked for is bounded: of each stream an interim head, the final one and trailers
// may.
const _: () = assert!(UNCONFIRMED_BLOCKS_MAX >= 3 * ORIGIN_STREAMS_MAX as usize);
