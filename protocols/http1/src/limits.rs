//! Every limit of this crate, by name, with its unit.

/// Most field lines of a request.
pub const REQUEST_FIELDS_MAX: usize = 100;
/// Longest method; RFC 9112 section 3 answers longer ones with 501.
pub const METHOD_BYTES_MAX: usize = 64;
/// Empty lines (CRLF) skipped before a request line (RFC 9112 section 2.2 asks for one at least).
pub const LEADING_CRLF_MAX: usize = 4;
/// Most options in all `Connection` fields of one head; bounds the search for nominated fields.
pub const CONNECTION_OPTIONS_MAX: usize = 32;

/// Longest response head.
pub const RESPONSE_HEAD_BYTES_MAX: usize = 64 * 1024;
/// Most field lines of a response.
pub const RESPONSE_FIELDS_MAX: usize = 200;

/// Largest body by `Content-Length`, and largest single chunk: what a signed 64-bit size holds, so
/// that no recipient can wrap it around.
pub const SIZE_BYTES_MAX: u64 = i64::MAX as u64;
/// Longest chunk-size line: digits, extensions and CRLF.
pub const CHUNK_LINE_BYTES_MAX: usize = 1024;
/// Chunk extensions in one whole body (they cost much and carry nothing).
pub const CHUNK_EXTENSIONS_BYTES_MAX: usize = 16 * 1024;
/// The whole trailer section. A buffer given to the decoder must be able to hold a line of it.
pub const TRAILER_BYTES_MAX: usize = 8 * 1024;
