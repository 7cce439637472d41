//! Every limit of this crate, by name, with its unit.

/// Longest header of a frame: two bytes, a length of eight, a mask of four (RFC 6455 section 5.2).
pub const HEADER_BYTES_MAX: usize = 14;
/// Longest payload of a control frame (RFC 6455 section 5.5).
pub const CONTROL_PAYLOAD_BYTES_MAX: usize = 125;
/// Longest reason of a close frame: what its code leaves of the payload (RFC 6455 section 5.5.1).
pub const CLOSE_REASON_BYTES_MAX: usize = CONTROL_PAYLOAD_BYTES_MAX - 2;
/// Most bytes that a [`crate::Relay`] leaves with its caller, to be given again with more: a masked
/// control frame without its last byte. A buffer must be larger than this.
pub const HELD_BYTES_MAX: usize = 2 + 4 + CONTROL_PAYLOAD_BYTES_MAX - 1;

/// Most subprotocols that a client may offer; bounds the search for one offered twice.
pub const PROTOCOLS_MAX: usize = 32;
/// Most extensions that a client may offer, alternatives of one extension counted singly.
pub const EXTENSIONS_MAX: usize = 16;

/// Limits of what is relayed; by default there are none. Both count payload bytes as they travel,
/// before decompression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Largest payload of one data frame.
    pub frame_bytes_max: Option<u64>,
    /// Largest payload of all frames of one message together.
    pub message_bytes_max: Option<u64>,
}
