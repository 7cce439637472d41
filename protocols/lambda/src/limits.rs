//! Every limit of this crate, by name, with its unit.

/// Longest payload of a synchronous invocation, either way (Lambda quotas: 6 MB; the number is that
/// of Lambda's own error texts).
pub const PAYLOAD_BYTES_MAX: usize = 6_291_556;
/// Most bytes of names and values that an answer's fields may have together. AWS names no number.
pub const ANSWER_FIELDS_BYTES_MAX: usize = 32 * 1024;
/// Levels of an answer's JSON that are looked at: members, a member's map, the lists in it.
/// What lies deeper is passed over without recursion: it is wrong wherever it stands, or is no
/// matter of ours.
pub const ANSWER_DEPTH_MAX: u8 = 3;
/// Most characters of a function's error message that a fault repeats.
pub const ERROR_MESSAGE_CHARS_MAX: usize = 256;

/// Longest answer of an authorizer (AWS quotas for REST and WebSocket APIs: 8 KB; those for HTTP
/// APIs name none).
pub const CONSENT_BYTES_MAX: usize = 8 * 1024;
/// Statuses that an answer may have: no interim responses, and nothing beyond RFC 9110 section 15.
pub const STATUS_MIN: u16 = 200;
/// The largest of them.
pub const STATUS_MAX: u16 = 599;

/// Limits that a caller may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest event.
    pub event_bytes_max: usize,
    /// Longest answer, as the JSON that the function gave.
    pub answer_bytes_max: usize,
    /// Most bytes of names and values in an answer's fields.
    pub answer_fields_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            event_bytes_max: PAYLOAD_BYTES_MAX,
            answer_bytes_max: PAYLOAD_BYTES_MAX,
            answer_fields_bytes_max: ANSWER_FIELDS_BYTES_MAX,
        }
    }
}
