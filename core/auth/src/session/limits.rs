/// Longest session token. It travels in a header field, and all fields of a request together have
/// 10,240 bytes (AWS's quota for HTTP APIs).
pub const SESSION_TOKEN_CHARS_MAX: usize = 6144;
/// Length of a sealing key: AES-256.
pub const SEALING_KEY_BYTES: usize = 32;
