//! Limits and waits of the command line, by name.

/// Longest answer of the control process that is read.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longest wait for an answer of the control process.
pub(crate) const ANSWER_WAIT_MS_MAX: u64 = 30_000;
/// Longest wait for an upgrade: data planes give it up before.
pub(crate) const UPGRADE_WAIT_MS_MAX: u64 = ringgate_settings::limits::UPGRADE_MS_MAX + 30_000;
/// APIs, routes or integrations per page of a list.
pub(crate) const PAGE_RESULTS: usize = 500;
/// Longest wait for both daemons to say they are ready before the URLs are printed all the same.
pub(crate) const READY_WAIT_MS_MAX: u64 = 10_000;
/// Pause between two questions whether they are.
pub(crate) const READY_POLL_MS: u64 = 3;
/// Deaths of one child within [`DEATHS_WINDOW_MS`] after which restarts wait.
pub(crate) const DEATHS_BEFORE_BACKOFF: usize = 3;
/// See [`DEATHS_BEFORE_BACKOFF`].
pub(crate) const DEATHS_WINDOW_MS: u64 = 10_000;
/// The first wait before a restart; it doubles with each further death.
pub(crate) const BACKOFF_MS_MIN: u64 = 500;
/// The longest wait before a restart.
pub(crate) const BACKOFF_MS_MAX: u64 = 30_000;
/// A child that exits by itself this soon after the start was refused something: no restart helps.
pub(crate) const REFUSED_START_MS_MAX: u64 = 5_000;
/// What a child gets beyond its own drain time before it is killed.
pub(crate) const STOP_GRACE_MS: u64 = 5_000;
/// Pause between two looks at a log that is followed.
pub(crate) const LOG_POLL_MS: u64 = 200;
/// How much of the end of a log is looked through for its last lines.
pub(crate) const LOG_TAIL_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Longest line of a child's output that is kept together.
pub(crate) const OUTPUT_LINE_BYTES_MAX: usize = 64 * 1024;
