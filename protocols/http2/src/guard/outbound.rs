use h2::Reason;

use super::Fault;
use super::budget::{Budgets, Cost};
use super::fields::Fields;
use crate::frame::{DATA, END_STREAM, FrameHeader, HEADERS, Piece, RST_STREAM, Splitter};

/// The frames that `h2` sends.
#[derive(Debug, Default)]
pub(super) struct Outbound {
    frames: Splitter,
    frame: FrameHeader,
    /// The error code of a RST_STREAM frame, as far as it was seen.
    code: u32,
}

impl Outbound {
    pub(super) fn count(
        &mut self,
        mut bytes: &[u8],
        budgets: &mut Budgets,
        fields: &mut Fields,
        now_ms: u64,
    ) -> Result<(), Fault> {
        while let Some(piece) = self.frames.next(&mut bytes) {
            match piece {
                Piece::Header(frame) => {
                    self.frame = frame;
                    self.code = 0;
                    if matches!(frame.kind, DATA | HEADERS) {
                        budgets.sent_frame(frame.length);
                        if frame.has(END_STREAM) {
                            budgets.sent_response();
                            fields.forget(frame.stream);
                        }
                    } else if frame.kind == RST_STREAM {
                        fields.forget(frame.stream);
                    }
                }
                Piece::Payload { bytes, last } if self.frame.kind == RST_STREAM => {
                    for byte in bytes {
                        self.code = self.code << 8 | u32::from(*byte);
                    }
                    if last && is_the_clients_fault(self.code.into()) {
                        budgets.spend(Cost::CausedReset, now_ms)?;
                    }
                }
                Piece::Payload { .. } => {}
            }
        }
        Ok(())
    }

    pub(super) fn at_boundary(&self) -> bool {
        self.frames.at_boundary()
    }
}

/// Other codes say that we or the origin gave up: CANCEL, INTERNAL_ERROR, NO_ERROR.
fn is_the_clients_fault(code: Reason) -> bool {
    matches!(
        code,
        Reason::PROTOCOL_ERROR
            | Reason::FLOW_CONTROL_ERROR
            | Reason::STREAM_CLOSED
            | Reason::FRAME_SIZE_ERROR
            | Reason::REFUSED_STREAM
            | Reason::ENHANCE_YOUR_CALM
    )
}
