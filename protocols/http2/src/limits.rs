//! Every limit of this crate, by name, with its unit.

/// Input that a pipe holds while `h2` does not read it. `h2` reads until its own output is blocked,
/// so this is what a peer that sends but does not read can leave here; one read of a socket fits.
pub const INBOUND_BYTES_MAX: usize = 32 * 1024;
/// Output above which a pipe takes no more, until it was sent. One more write fits: a frame and
/// `h2`'s own buffer of small frames.
pub const OUTBOUND_BYTES_MAX: usize = 64 * 1024;

/// Largest payload of a frame that we take: SETTINGS_MAX_FRAME_SIZE, its default and smallest
/// value (RFC 9113 section 6.5.2).
pub const FRAME_BYTES_MAX: u32 = 16_384;
/// The peer's dynamic table: SETTINGS_HEADER_TABLE_SIZE, its default. A smaller one would have to
/// be acknowledged by a size update (RFC 9113 section 4.3.1), which clients exist that never send
/// one (nginx's `grpc_pass`), and would make every request carry all of its fields.
pub const HEADER_TABLE_BYTES_MAX: u32 = 4_096;

/// Streams a client may have open at once (RFC 9113 section 5.1.2 asks for 100 at least).
pub const CONCURRENT_STREAMS_MAX: u32 = 100;
/// A stream's window for content that we have not passed on.
pub const STREAM_WINDOW_BYTES: u32 = 64 * 1024;
/// A connection's window: what all its streams may hold unread. A slow origin cannot make a
/// connection hold more; 16 streams that are not read can keep the others waiting.
pub const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
/// Content waiting in `h2` to be sent, per stream: one frame. What does not fit stays with its
/// source.
pub const SEND_BUFFER_BYTES_MAX: usize = 16 * 1024;
/// What small DATA frames that wait unread may cost beyond their bytes: as much as the window.
pub const DATA_FRAME_OVERHEAD_BYTES_MAX: usize = 1024 * 1024;

/// Most fields of a request or a trailer section, each crumb of a cookie counted.
pub const REQUEST_FIELDS_MAX: usize = 100;
/// What SETTINGS_MAX_HEADER_LIST_SIZE counts beside the bytes of a head: 32 for each of
/// [`REQUEST_FIELDS_MAX`] fields and four pseudo-header fields.
pub const REQUEST_LIST_OVERHEAD_BYTES: u32 = 32 * (REQUEST_FIELDS_MAX as u32 + 4);
/// Most fields of a request to an origin: a client's, and what a gateway adds.
pub const ORIGIN_REQUEST_FIELDS_MAX: usize = REQUEST_FIELDS_MAX + 16;
/// Streams that we have open at once on one connection to an origin, however many it takes.
pub const ORIGIN_STREAMS_MAX: u32 = 100;
/// Content waiting in `h2` to be sent to an origin, per stream: two frames, one of which leaves
/// while the other is filled.
pub const ORIGIN_SEND_BUFFER_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX as usize;
/// The window of a connection to an origin: all of its streams' together, so that clients who do
/// not read never keep the others' answers waiting.
pub const ORIGIN_CONNECTION_WINDOW_BYTES: u32 = ORIGIN_STREAMS_MAX * STREAM_WINDOW_BYTES;
/// What small DATA frames of an origin that wait unread may cost beyond their bytes. It bounds the
/// memory of a connection; above it `h2` ends it, with everybody's streams.
pub const ORIGIN_DATA_FRAME_OVERHEAD_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Decoded fields of a response from an origin.
pub const RESPONSE_LIST_BYTES_MAX: u32 = 64 * 1024;
/// Most fields of a response.
pub const RESPONSE_FIELDS_MAX: usize = 200;
/// Largest Content-Length: what a signed 64-bit size holds.
pub const SIZE_BYTES_MAX: u64 = i64::MAX as u64;

/// Streams we reset whose late frames are still expected and passed over.
pub const RESET_STREAMS_REMEMBERED_MAX: usize = 100;
/// Streams the client reset before we looked at them; a batch of input may hold a page's worth.
pub const UNSEEN_RESETS_MAX: usize = 100;
/// Streams `h2` resets for the peer's faults in a connection's whole life. Clients that conform
/// cause none but refusals before our SETTINGS reach them.
pub const FAULTY_STREAMS_MAX: usize = 1_024;

/// Header blocks cut into pieces, and trailer sections, of streams that have not ended; of an
/// origin, all field sections that nobody has asked for.
pub const UNCONFIRMED_BLOCKS_MAX: usize = 4 * CONCURRENT_STREAMS_MAX as usize;

/// The time over which the budgets below count, those of clients and of origins. A budget used up
/// ends the connection with ENHANCE_YOUR_CALM.
pub const BUDGET_WINDOW_MS: u64 = 10_000;
/// RST_STREAM frames beyond one per finished response (CVE-2023-44487), from an origin beyond one
/// per request. Leaving a
/// page cancels what is open, 100 streams; four pages in ten seconds pass.
pub const RESETS_MAX: u32 = 400;
/// Resets that the client's own faults made us send, beyond one per finished response
/// (CVE-2025-8671). Honest ones: the streams above 100 of a first flight that did not know our
/// SETTINGS.
pub const CAUSED_RESETS_MAX: u32 = 200;
/// PING frames beyond one per HEADERS or DATA frame sent. Health checks are one in seconds;
/// bandwidth probes are one per round trip, while content flows.
pub const PINGS_MAX: u32 = 200;
/// SETTINGS frames. Clients send one, and a few as they resize windows.
pub const SETTINGS_MAX: u32 = 50;
/// WINDOW_UPDATE frames beyond two (one for the stream, one for the connection) per HEADERS or DATA
/// frame sent and per [`WINDOW_UPDATE_BYTES`] in it. Some clients open each stream with one, before
/// its response.
pub const WINDOW_UPDATES_MAX: u32 = 2_000;
/// The least content that a client may acknowledge by itself. Go's does so every 4 KiB that its
/// caller reads.
pub const WINDOW_UPDATE_BYTES: u32 = 1_024;
/// PRIORITY, GOAWAY and unknown frames, which change nothing. Browsers send up to two a request.
pub const IGNORED_FRAMES_MAX: u32 = 2_000;
/// Fields above which a header block is overlong: four times what a request may have, so that one
/// with many crumbs of a cookie, which is refused, is not counted.
pub const OVERLONG_FIELDS: u32 = 4 * REQUEST_FIELDS_MAX as u32;
/// Overlong header blocks. No honest client sends one twice.
pub const OVERLONG_BLOCKS_MAX: u32 = 20;
/// DATA, HEADERS and CONTINUATION frames with nothing in them and no END_STREAM. `h2` allows 100
/// such DATA frames in a connection's whole life.
pub const EMPTY_FRAMES_MAX: u32 = 100;
/// Such DATA frames of an origin after which its connection is given no more requests. Some send
/// one an answer; half is left for the streams that are open then.
pub const ORIGIN_EMPTY_FRAMES_MAX: u32 = EMPTY_FRAMES_MAX / 2;
