//! Limits of the data plane itself; what a flag sets is not here.

/// Bytes of the buffer that a busy connection reads into: a whole request head, however long the
/// settings let it be, or a response of 16 KiB with its head.
pub(crate) const BUFFER_BYTES: usize = 32 * 1024;
/// Bytes of the buffer that an answer to a stream of HTTP/2 is read into, as many as a frame has:
/// each of the streams of a connection may hold one while the client takes nothing.
pub(crate) const SMALL_BUFFER_BYTES: usize = 16 * 1024;
/// What `by=…;for=…` of a connection takes, unless an address is of IPv6.
pub(crate) const FORWARDED_BYTES: usize = 40;
/// Room kept in front of what is read, so that a rewritten head fits before its body.
pub(crate) const HEADROOM_BYTES: usize = 1024;
/// Bytes of the buffer for the rest of a large body: fewer, larger system calls (256 KiB measured
/// 329 us a MiB against 385 with 64 KiB and 578 with 16 KiB).
pub(crate) const BULK_BUFFER_BYTES: usize = 256 * 1024;
/// A body with more than this still to come moves to a bulk buffer.
pub(crate) const BULK_FROM_BYTES: u64 = 64 * 1024;
/// Bytes of the buffer that ciphertext is read into: with half a record left from before, what it
/// holds fits into a buffer of [`BUFFER_BYTES`] behind its headroom.
pub(crate) const CIPHER_IN_BYTES: usize = 14 * 1024;
/// The same for a buffer of [`BULK_BUFFER_BYTES`].
pub(crate) const BULK_CIPHER_IN_BYTES: usize = 224 * 1024;
/// Plaintext that is encrypted for one write: with its records' overhead it fits a bulk buffer.
pub(crate) const RECORDS_BYTES_MAX: usize = 15 * 16 * 1024;
/// How long a WebSocket may take to close once one side has said so.
pub(crate) const CLOSE_MS: u64 = 5_000;
/// Pings that a WebSocket client may leave unanswered before it is taken for gone.
pub(crate) const PINGS_UNANSWERED_MAX: u32 = 2;
/// Without a limit of its own a WebSocket lives as long as this: a hundred years.
pub(crate) const WEBSOCKET_FOREVER_MS: u64 = 100 * 365 * 86_400_000;
/// Largest frame of a WebSocket by AWS (quotas of WebSocket APIs), where its limits are asked for.
pub(crate) const AWS_FRAME_BYTES_MAX: u64 = 32 * 1024;
/// Largest message of a WebSocket by AWS, likewise.
pub(crate) const AWS_MESSAGE_BYTES_MAX: u64 = 128 * 1024;
/// A request body that pauses for this long while it is gathered is a slow one.
pub(crate) const GATHER_MS: u64 = 200;
/// Slow uploads of a worker that may hold an origin's connection; the others are gathered until
/// they are whole, or the buffer is full.
pub(crate) const SLOW_UPLOADS_MAX: usize = 4;
/// Raw bytes of a body in the chunked coding that are gathered for a mapping to look into.
pub(crate) const MAPPED_BODY_RAW_BYTES_MAX: usize = 1024 * 1024;
/// Room in front of an event for the head of the call that carries it.
pub(crate) const CALL_HEADROOM_BYTES: usize = 2 * 1024;
/// What an event holds beside the content, about.
pub(crate) const EVENT_EXTRA_BYTES: usize = 8 * 1024;
/// First size of the buffer that a head is written into; a larger head grows it.
pub(crate) const HEAD_OUT_BYTES: usize = 2 * 1024;
/// Unused buffers that a worker keeps, of each size.
pub(crate) const SPARE_BUFFERS_MAX: usize = 256;
/// Unused bulk buffers that a worker keeps.
pub(crate) const SPARE_BULK_BUFFERS_MAX: usize = 16;
/// What an idle connection holds, about.
pub(crate) const CONNECTION_BYTES: usize = 2 * 1024;
/// Freed bytes from which on the kernel gets their memory back without waiting for a pause.
pub(crate) const RETURN_FROM_BYTES: usize = 4 * 1024 * 1024;
/// How often a worker gives unused buffers and old idle upstream connections back.
pub(crate) const TIDY_EVERY_MS: u64 = 1_000;
/// A connection without a request for this long gives its buffer back and waits without one.
pub(crate) const QUIET_MS: u64 = 1_000;
/// A shared connection to an origin from which nothing has come for this long is used no more once
/// an answer on it was waited for in vain.
pub(crate) const SILENT_MS: u64 = 500;
/// Body bytes that count as progress; fewer within the body timeout end the connection.
pub(crate) const PROGRESS_BYTES: u64 = 1024;
/// After an answer that ends a connection, what the client still sends is read and thrown away for
/// this long, so that the answer is not lost to a reset.
pub(crate) const LINGER_MS: u64 = 1_000;
/// ... and at most this many bytes.
pub(crate) const LINGER_BYTES_MAX: usize = 1024 * 1024;
/// Idle connections to one target that a worker keeps.
pub(crate) const IDLE_PER_TARGET_MAX: usize = 1024;
/// The share of a worker's connections that may be idle upstream ones: a quarter.
pub(crate) const IDLE_SHARE: usize = 4;
/// Targets that are tried for one connection.
pub(crate) const CONNECT_TRIES_MAX: usize = 3;
/// A target that is not connected to after this long has the next one tried beside it (RFC 8305
/// section 5).
pub(crate) const CONNECT_STAGGER_MS: u64 = 250;
/// Requests that may wait, in one worker, for a connection to an origin whose targets all have as
/// many as they may.
pub(crate) const WAITING_PER_ORIGIN_MAX: usize = 1024;
/// How long they wait.
pub(crate) const WAITING_MS: u64 = 1_000;
/// How long a worker remembers an origin that nobody asks for: its addresses, its targets' health.
pub(crate) const ORIGIN_KEPT_MS: u64 = 300_000;
/// How long a failed look-up is answered from memory.
pub(crate) const UNRESOLVED_FOR_MS: u64 = 1_000;
/// After a failed look-up of a name whose last addresses still serve, how long until the next.
pub(crate) const STALE_RETRY_MS: u64 = 5_000;
/// How long the last addresses serve while no name server answers: a day, as RFC 8767 section 5
/// has it.
pub(crate) const STALE_MS: u64 = 24 * 3_600_000;
/// Names that are looked up at the same time, at least and at most; between them, as the
/// descriptors allow.
pub(crate) const NAMES_UNDER_WAY: (u64, u64) = (4, 512);
/// Sockets that looking one name up takes.
pub(crate) const SOCKETS_PER_NAME: u64 = 2;
/// The share of all descriptors that look-ups may take: a sixteenth.
pub(crate) const NAMES_DESCRIPTOR_SHARE: u64 = 16;
/// Names that may wait to be looked up.
pub(crate) const NAMES_WAITING_MAX: usize = 8192;
/// Names whose addresses are kept for all workers.
pub(crate) const CACHED_NAMES_MAX: usize = 8192;
/// How often resolv.conf and hosts are looked at, at most.
pub(crate) const FILES_LOOK_MS: u64 = 1_000;
/// Interim (1xx) responses that one answer may have.
pub(crate) const INTERIM_RESPONSES_MAX: usize = 16;
/// Descriptors kept back from client connections, for upstreams, logs and sockets of our own.
pub(crate) const RESERVED_DESCRIPTORS: u64 = 64;
/// Accepts that are under way on one listening socket of a worker.
pub(crate) const ACCEPTS_AT_ONCE: usize = 8;
/// How long a connect that found no descriptor left waits before the next.
pub(crate) const CONNECT_RETRY_MS: u64 = 20;
/// How long an accept that the kernel refused (no descriptors left) waits before the next.
pub(crate) const ACCEPT_RETRY_MS: u64 = 50;
/// A draining worker stops accepting once nothing came for this long.
pub(crate) const LAST_ACCEPT_MS: u64 = 2;
/// ... and at the latest after this time, however many still come.
pub(crate) const LAST_ACCEPTS_MS: u64 = 200;
/// A thread that ends within this time of its start is started again only after as long.
pub(crate) const RESTART_MS: u64 = 1_000;
/// A worker that has done nothing at all for this long is stuck: three of its [`TIDY_EVERY_MS`].
pub(crate) const PULSE_MS_MAX: u64 = 3 * TIDY_EVERY_MS;
/// How long the journal may take to write what is left when everything else has ended.
pub(crate) const JOURNAL_END_MS: u64 = 1_000;
/// On epoll nothing makes a task wait whose socket is always ready; after this many turns it does.
pub(crate) const TURNS_MAX: u32 = 256;
/// The same for the reads of an HTTP/2 connection, whose streams are tasks that want their turn.
pub(crate) const HTTP2_TURNS_MAX: u32 = 16;
/// Content of one HTTP/2 answer that may wait for its client beyond the buffer it was read into.
pub(crate) const HTTP2_IN_FLIGHT_BYTES_MAX: usize = 16 * 1024;
/// How long the new process of an upgrade may take from the word that it may accept until it does.
pub(crate) const ACCEPTING_MS_MAX: u64 = 10_000;
/// How long a process that has closed its socket may take to be gone, before it is helped.
pub(crate) const LAST_WORDS_MS: u64 = 500;
/// How long a connection that waits for its next request may still send it to a process that has
/// been replaced; at most half of the drain time.
pub(crate) const NEXT_REQUEST_MS_MAX: u64 = 10_000;
/// How long control may be too busy to take an answer.
pub(crate) const CONTROL_SEND_MS_MAX: u64 = 5_000;
/// How often the memory of the process is looked at.
pub(crate) const PRESSURE_EVERY_MS: u64 = 100;
/// Access-log bytes that a worker gathers before it hands them over.
pub(crate) const LOG_BATCH_BYTES: usize = 32 * 1024;
/// Batches that may wait for the journal thread; more are dropped and counted.
pub(crate) const LOG_BATCHES_WAITING_MAX: usize = 256;
/// Access logs that are open at once; with one more all are closed, and opened when written to.
pub(crate) const LOG_FILES_OPEN_MAX: usize = 256;
/// After how long a log that could not be opened is tried again.
pub(crate) const LOG_OPEN_AGAIN_MS: u64 = 5_000;
/// How often it is looked whether a log's file was moved away.
pub(crate) const LOG_MOVED_CHECK_MS: u64 = 1_000;
/// How long a worker remembers a token that it verified, at most: until it ends, in fact, or its
/// issuer's keys change.
pub(crate) const TOKEN_KEPT_S_MAX: u64 = 3_600;
/// What the answers of authorizers that are kept may take in all.
pub(crate) const CONSENTS_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longest answer of an authorizer that is read, errors with their stack traces too.
pub(crate) const CONSENT_ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Issuers of which it is remembered when their keys were last asked for.
pub(crate) const ISSUERS_ASKED_MAX: usize = 10_000;
/// Largest table that control may send.
pub(crate) const TABLE_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// How long the loader waits before it tries to reach control again, at first and at most.
pub(crate) const RECONNECT_MS: (u64, u64) = (2, 1_000);
/// How long retired tables may still be read by requests under way before the loader looks again.
pub(crate) const REAP_EVERY_MS: u64 = 20;
/// Stages and routes that a worker measures. Each takes up to 40 KB.
pub(crate) const METERS_MAX: usize = 10_000;
/// Meters that a worker reads before it serves others.
pub(crate) const METERS_AT_ONCE: usize = 32;
/// How long it serves them then, at least.
pub(crate) const METER_PAUSE_MS: u64 = 1;
/// How long the workers may take to say what their meters read.
pub(crate) const METER_WAIT_MS_MAX: u64 = 2_000;
