//! Every limit and every wait of the control process, by name.

/// Memory that the store may use to cache its pages.
pub const STORE_CACHE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long a start waits for another process to let go of the store: one that was just killed
/// holds its lock until the kernel has taken its memory apart.
pub const STORE_LOCK_WAIT_MS_MAX: u64 = 1_000;
/// Changes remembered for deltas; a data plane further behind gets a snapshot.
pub const CHANGES_REMEMBERED_MAX: usize = 4096;
/// How long a changing call waits for every attached data plane before it answers `pending`.
pub const LIVE_WAIT_MS_MAX: u64 = 2_000;
/// How long a data plane may take to acknowledge before its channel is closed, so that it
/// reconnects and starts over with a snapshot.
pub const ACK_WAIT_MS_MAX: u64 = 30_000;
/// How long a newly connected data plane may take to say hello.
pub const HELLO_WAIT_MS_MAX: u64 = 5_000;
/// How long a status or metrics request waits for a data plane's counters.
pub const STATS_WAIT_MS_MAX: u64 = 250;
/// How long a data plane may take over an upgrade: its own limit is below that.
pub const UPGRADE_WAIT_MS_MAX: u64 = ringgate_settings::limits::UPGRADE_MS_MAX + 15_000;
/// Data planes attached at once: two during an upgrade, more where one follows the other while
/// earlier ones still finish requests.
pub const DATA_PLANES_MAX: usize = 64;
/// Requests for newer keys of issuers that wait to be looked at.
pub const KEYS_WANTED_MAX: usize = 256;
/// Issuers that are asked at once.
pub const ISSUERS_AT_ONCE: usize = 16;
/// How often it is looked which issuers are due to be asked again.
pub const ISSUERS_LOOK_EVERY_MS: u64 = 1_000;
/// When an issuer that failed is asked again, at first and at most; the wait doubles.
pub const ISSUER_AGAIN_S: (u64, u64) = (5, 300);
/// How long STS may take over a role.
pub const STS_WAIT_MS_MAX: u64 = 3_000;
/// Longest answer of STS: a token has a few kilobytes at most.
pub const STS_ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How long the session of a role is asked for: as long as every role lets one be.
pub const ROLE_SESSION_S: u64 = 3_600;
/// Roles that are assumed at once.
pub const ROLES_AT_ONCE: usize = 16;
/// How often it is looked which sessions of roles are due.
pub const SESSIONS_LOOK_EVERY_MS: u64 = 1_000;
/// When a role that could not be assumed is tried again, at first and at most; the wait doubles.
pub const SESSION_AGAIN_S: (u64, u64) = (2, 120);
/// Which part of a session's time is left when it is renewed: one in so many.
pub const SESSION_RENEWED_WITH_LEFT: u64 = 4;
/// Longest reason of a service that is repeated.
pub const SERVICE_REASON_CHARS_MAX: usize = 512;
/// Changes waiting for the writer.
pub const WRITES_QUEUED_MAX: usize = 1024;
/// Connections of the management port, and of the control socket, at once.
pub const CONNECTIONS_MAX: usize = 1024;
/// How long a request head may take, and how long a connection may idle between two requests.
pub const HEAD_WAIT_MS_MAX: u64 = 60_000;
/// Longest wait for the next bytes of a request body.
pub const BODY_PROGRESS_WAIT_MS_MAX: u64 = 10_000;
/// Longest time that a whole request body may take.
pub const BODY_WAIT_MS_MAX: u64 = 60_000;
/// Largest request head.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Longest name of an operation in `X-Amz-Target`.
pub const OPERATION_BYTES_MAX: usize = 128;
/// Most header fields of a request.
pub const HEAD_FIELDS_MAX: usize = 100;
/// How long the kernel keeps trying to hand unacknowledged bytes to a client that went away.
pub const UNACKNOWLEDGED_MS_MAX: u64 = 30_000;
/// Connections waiting to be accepted.
pub const BACKLOG: i32 = 1024;
/// Time that calls under way get at shutdown.
pub const SHUTDOWN_WAIT_MS_MAX: u64 = 5_000;
/// Threads for calls that may wait for the disk.
pub const BLOCKING_THREADS_MAX: usize = 16;
/// How long data planes may take to say what they have measured.
pub const METERS_WAIT_MS_MAX: u64 = 3_000;
/// Largest memory file of measurements that is read.
pub const METERS_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// How long one order of a certificate may take, from the account to the chain.
pub const ACME_ORDER_MS_MAX: u64 = 180_000;
/// How long an authority may take to look at what proves a name, or to issue.
pub const ACME_POLL_MS_MAX: u64 = 60_000;
/// How often certificates by ACME are looked at where nothing is due sooner.
pub const ACME_LOOK_MS_MAX: u64 = 3_600_000;
/// Longest answer of an authority.
pub const ACME_ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// How long a truststore may take to be fetched.
pub const TRUSTSTORE_WAIT_MS_MAX: u64 = 10_000;
/// How long a call of Lambda's API may take that is passed on: the longest `Timeout`, and a wait.
pub const FUNCTIONS_WAIT_MS_MAX: u64 = 1_200_000;
/// Longest answer to such a call: a synchronous one has 6 MB.
pub const FUNCTIONS_ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
