use h2::Reason;

use super::Fault;
use super::block::{Block, Section};
use super::budget::{Budgets, Cost};
use super::fields::Fields;
use super::streams::Streams;
use crate::frame::{
    ACK, CONTINUATION, DATA, END_STREAM, FrameHeader, GOAWAY, HEADERS, PADDED, PING, PRIORITY,
    PUSH_PROMISE, Piece, RST_STREAM, SETTINGS, Splitter, WINDOW_UPDATE,
};
use crate::limits::FRAME_BYTES_MAX;

/// What a client sends first (RFC 9113 section 3.4).
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// SETTINGS_INITIAL_WINDOW_SIZE, and its largest value (RFC 9113 section 6.5.2).
const INITIAL_WINDOW_SIZE: u16 = 0x4;
const WINDOW_BYTES_MAX: u32 = u32::MAX >> 1;

/// The frames that the client sends.
#[derive(Debug, Default)]
pub(super) struct Inbound {
    /// Bytes of the preface that were seen.
    preface: usize,
    frames: Splitter,
    frame: FrameHeader,
    settings_seen: bool,
    settings_acknowledged: bool,
    /// A setting, as far as it was seen: 2 bytes of name, 4 of value.
    setting: u64,
    setting_bytes: u32,
    streams: Streams,
    block: Block,
}

impl Inbound {
    pub(super) fn last_stream_id(&self) -> u32 {
        self.streams.highest()
    }

    pub(super) fn settings_acknowledged(&self) -> bool {
        self.settings_acknowledged
    }

    pub(super) fn judge(
        &mut self,
        bytes: &[u8],
        budgets: &mut Budgets,
        fields: &mut Fields,
        now_ms: u64,
    ) -> Result<(), Fault> {
        let mut bytes = self.preface(bytes)?;
        while let Some(piece) = self.frames.next(&mut bytes) {
            match piece {
                Piece::Header(frame) => {
                    self.frame = frame;
                    if frame.kind == RST_STREAM {
                        fields.forget(frame.stream);
                    }
                    if let Some(cost) = self.header(frame)? {
                        budgets.spend(cost, now_ms)?;
                    }
                }
                Piece::Payload { bytes, last } => {
                    self.payload(bytes, last, fields)?;
                    let head = matches!(self.frame.kind, HEADERS | CONTINUATION);
                    if head && last && self.block.was_overlong() {
                        budgets.spend(Cost::Overlong, now_ms)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes the preface off the front.
    fn preface<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], Fault> {
        let expected = PREFACE.get(self.preface..).unwrap_or_default();
        let count = expected.len().min(bytes.len());
        let (seen, rest) = bytes.split_at_checked(count).unwrap_or_default();
        if !expected.starts_with(seen) {
            return Err(Fault::protocol("not the connection preface"));
        }
        self.preface = self.preface.saturating_add(count);
        Ok(rest)
    }

    /// Judges a frame by its header, and says what it costs.
    fn header(&mut self, frame: FrameHeader) -> Result<Option<Cost>, Fault> {
        if !self.settings_seen && (frame.kind != SETTINGS || frame.has(ACK)) {
            return Err(Fault::protocol("the first frame is not SETTINGS"));
        }
        self.block.allow(frame)?;
        check_size(frame)?;
        match frame.kind {
            DATA | HEADERS => self.content(frame),
            CONTINUATION => {
                self.block.resume(frame);
                Ok((frame.length == 0).then_some(Cost::Empty))
            }
            RST_STREAM => {
                self.streams.end(frame.stream);
                Ok(Some(Cost::Reset))
            }
            SETTINGS => {
                self.settings_seen = true;
                self.settings_acknowledged |= frame.has(ACK);
                self.setting_bytes = 0;
                Ok(Some(Cost::Settings))
            }
            PUSH_PROMISE => Err(Fault::protocol("PUSH_PROMISE from a client")),
            PING => Ok(Some(Cost::Ping)),
            WINDOW_UPDATE => Ok(Some(Cost::WindowUpdate)),
            _ => Ok(Some(Cost::Ignored)),
        }
    }

    fn content(&mut self, frame: FrameHeader) -> Result<Option<Cost>, Fault> {
        if self.streams.is_ended(frame.stream) {
            let reason = "a frame on a stream that the client has ended";
            return Err(Fault::new(Reason::STREAM_CLOSED, reason));
        }
        if frame.kind == HEADERS {
            let is_new = self.streams.open(frame.stream);
            let section = if is_new { Section::Head } else { Section::Trailers };
            self.block.begin(frame, section)?;
        }
        if frame.has(END_STREAM) {
            self.streams.end(frame.stream);
            return Ok(None);
        }
        Ok((frame.length == 0).then_some(Cost::Empty))
    }

    fn payload(&mut self, bytes: &[u8], last: bool, fields: &mut Fields) -> Result<(), Fault> {
        match self.frame.kind {
            HEADERS | CONTINUATION => self.block.payload(self.frame, bytes, last, fields),
            SETTINGS => bytes.iter().try_for_each(|byte| self.setting(*byte)),
            _ => Ok(()),
        }
    }

    /// The next byte of a SETTINGS frame. `h2` judges all settings but has one wrong code.
    fn setting(&mut self, byte: u8) -> Result<(), Fault> {
        self.setting = self.setting << 8 | u64::from(byte);
        self.setting_bytes = self.setting_bytes.saturating_add(1);
        if self.setting_bytes.is_multiple_of(6) {
            let (name, value) = ((self.setting >> 32) as u16, self.setting as u32);
            if name == INITIAL_WINDOW_SIZE && value > WINDOW_BYTES_MAX {
                return Err(Fault::new(Reason::FLOW_CONTROL_ERROR, "an initial window too large"));
            }
        }
        Ok(())
    }
}

/// The largest length that we have said we take (RFC 9113 section 4.2), and those that section 6
/// gives for each kind of frame.
pub(super) fn check_size(frame: FrameHeader) -> Result<(), Fault> {
    let length = frame.length;
    if length > FRAME_BYTES_MAX {
        return Err(Fault::frame_size("a frame larger than allowed"));
    }
    let fits = match frame.kind {
        DATA => length > 0 || !frame.has(PADDED),
        PRIORITY => length == 5,
        RST_STREAM | WINDOW_UPDATE => length == 4,
        SETTINGS if frame.has(ACK) => length == 0,
        SETTINGS => length.is_multiple_of(6),
        PING => length == 8,
        GOAWAY => length >= 8,
        // HEADERS: see `Block::begin`.
        _ => true,
    };
    if fits { Ok(()) } else { Err(Fault::frame_size("a frame of the wrong size for its kind")) }
}
