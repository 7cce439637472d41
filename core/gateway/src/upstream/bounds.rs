use crate::limits::{IDLE_PER_TARGET_MAX, IDLE_SHARE, WAITING_MS, WAITING_PER_ORIGIN_MAX};

/// How many upstream connections a worker may have. What is named in `limits.rs`, less where the
/// descriptors are few.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Idle ones, in all.
    pub idle_max: usize,
    /// Idle ones to one target.
    pub idle_per_target_max: usize,
    /// Open ones to one target, idle or not; no bound is the default.
    pub per_target_max: Option<usize>,
    /// Requests that wait where every target of an origin has as many as it may.
    pub waiting_max: usize,
    /// How long they wait, in milliseconds.
    pub waiting_ms: u64,
}

impl Bounds {
    /// For a worker that may have so many connections, and so many to one target.
    pub(crate) fn of_worker(connections_max: usize, per_target_max: Option<usize>) -> Self {
        Self {
            idle_max: (connections_max / IDLE_SHARE).max(1),
            idle_per_target_max: IDLE_PER_TARGET_MAX,
            per_target_max,
            waiting_max: WAITING_PER_ORIGIN_MAX,
            waiting_ms: WAITING_MS,
        }
    }
}
