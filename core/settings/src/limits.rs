//! Bounds of the settings, by name, with the unit in the name.

/// Most worker threads of one data plane.
pub const WORKERS_MAX: u16 = 1024;
/// Most `--http` addresses, and most `--https` ones.
pub const HTTP_ADDRESSES_MAX: usize = 64;
/// Shortest of the waits on a peer; below it a healthy client on a slow link is cut off.
pub const WAIT_MS_MIN: u64 = 10;
/// Longest of the waits on a peer: one hour.
pub const WAIT_MS_MAX: u64 = 3_600_000;
/// Longest wait for a connection: the kernel gives up by itself after about two minutes.
pub const CONNECT_MS_MAX: u64 = 120_000;
/// Longest `--table-wait-ms`.
pub const TABLE_WAIT_MS_MAX: u64 = 600_000;
/// Longest `--upgrade-timeout-ms`; `ringgate upgrade` waits somewhat longer.
pub const UPGRADE_MS_MAX: u64 = 60_000;
/// Longest time a WebSocket may be told to stay quiet, or to live: thirty days.
pub const WEBSOCKET_MS_MAX: u64 = 30 * 24 * 3_600_000;
/// Largest `--memory-limit-mb`: a pebibyte, so that the bytes can be counted.
pub const MEMORY_MB_MAX: u64 = 1 << 30;
/// Most environments of one function: what AWS gives a whole account.
pub const FUNCTIONS_CONCURRENCY_MAX: u32 = 1_000;
/// Smallest `--functions-memory-mb`: the smallest `MemorySize`.
pub const FUNCTIONS_MEMORY_MB_MIN: u64 = 128;
/// Largest `ringgate.toml` that is read.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Longest path of a Unix socket: `sun_path` of Linux (unix(7)) less its closing NUL.
pub const SOCKET_PATH_BYTES_MAX: usize = 107;
