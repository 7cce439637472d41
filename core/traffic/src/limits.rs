//! Limits of traffic state, each with its unit in its name.

/// Most targets of one balance.
pub const TARGETS_MAX: usize = 64;
/// Failure points in a row, without a success between, that eject a target.
pub const FAILURE_POINTS_MAX: u32 = 5;
/// Points of a connection that could not be made: three in a row eject.
pub const CONNECT_FAILURE_POINTS: u32 = 2;
/// Points of an exchange that broke: a reset, an answer that is no HTTP, none in time.
pub const EXCHANGE_FAILURE_POINTS: u32 = 1;
/// How long a target's first ejection lasts. Each next one lasts twice as long ...
pub const EJECTION_MS_MIN: u64 = 1_000;
/// ... but no longer than this.
pub const EJECTION_MS_MAX: u64 = 30_000;
/// How long the share of a target grows that is new, or back from an ejection.
pub const SLOW_START_MS: u64 = 10_000;
/// The share it begins with, in thousandths of a full one.
pub const SLOW_START_SHARE_MIN: u64 = 100;
/// A full share, in thousandths.
pub const FULL_SHARE: u64 = 1_000;
/// Shards of what is kept: workers seldom want the same one at the same time.
pub const KEPT_SHARDS: usize = 16;
/// Requests per second of the fastest bucket; a higher rate is as good as this one. One that always
/// fills as fast lasts for 22 years.
pub const THROTTLE_RATE_MAX: f64 = 100_000_000.0;
