use std::error::Error;
use std::fmt;

/// Why a frame is not sent on. The connection has failed (RFC 6455 section 7.1.7): both ends get a
/// close frame with this code and reason, as far as they can still be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameFault {
    /// A frame after a close frame (section 5.5.1). The close frame went on and is answered from
    /// the other side; so nothing has to be closed anew, and these bytes are only thrown away.
    AfterClose,
    /// Opcode 3 to 7 or 11 to 15 (section 5.2).
    Opcode,
    /// A control frame that is not final (section 5.5).
    ControlFragmented,
    /// A control frame with more than [`crate::limits::CONTROL_PAYLOAD_BYTES_MAX`] (section 5.5).
    ControlTooLong,
    /// A length that has a shorter form (section 5.2).
    LengthNotMinimal,
    /// A length of 64 bits with the highest one set (section 5.2).
    LengthTopBit,
    /// A frame from the client without a mask (section 5.1).
    Unmasked,
    /// A frame from the server with a mask (section 5.1).
    Masked,
    /// A reserved bit that no extension gave a meaning there (section 5.2): RSV2, RSV3, and RSV1
    /// but on the first frame of a message where permessage-deflate was agreed on (RFC 7692 section
    /// 6).
    ReservedBit,
    /// A continuation of no message (section 5.4).
    ContinuationUnexpected,
    /// A message inside another one (section 5.4).
    ContinuationMissing,
    /// A frame over [`crate::Limits::frame_bytes_max`].
    FrameTooLarge,
    /// A message over [`crate::Limits::message_bytes_max`].
    MessageTooLarge,
    /// A close frame with one byte of payload (section 5.5.1).
    CloseLength,
    /// A close code that must not be sent (section 7.4).
    CloseCode,
    /// A reason of a close frame that is not UTF-8 (section 5.5.1).
    CloseReason,
}

impl FrameFault {
    /// The code of the close frame that ends the connection (section 7.4.1).
    pub fn close_code(self) -> u16 {
        match self {
            Self::CloseReason => 1007,
            Self::FrameTooLarge | Self::MessageTooLarge => 1009,
            _ => 1002,
        }
    }

    /// What was wrong, in a few words for close frames, logs and traces.
    pub fn reason(self) -> &'static str {
        match self {
            Self::AfterClose => "a frame after a close frame",
            Self::Opcode => "reserved opcode",
            Self::ControlFragmented => "fragmented control frame",
            Self::ControlTooLong => "control frame over 125 bytes",
            Self::LengthNotMinimal => "length is not in its shortest form",
            Self::LengthTopBit => "length over 63 bits",
            Self::Unmasked => "a frame from the client is not masked",
            Self::Masked => "a frame from the server is masked",
            Self::ReservedBit => "reserved bit without an extension for it",
            Self::ContinuationUnexpected => "continuation of no message",
            Self::ContinuationMissing => "a message inside another one",
            Self::FrameTooLarge => "frame too large",
            Self::MessageTooLarge => "message too large",
            Self::CloseLength => "close frame with half a code",
            Self::CloseCode => "close code that must not be sent",
            Self::CloseReason => "reason of a close frame is not UTF-8",
        }
    }
}

impl fmt::Display for FrameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl Error for FrameFault {}
