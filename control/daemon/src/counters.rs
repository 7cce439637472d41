use std::sync::atomic::{AtomicU64, Ordering};

use crate::Live;

/// What the control process counts, for `/metrics`.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Answers below 400.
    pub(crate) answers_ok: AtomicU64,
    /// Answers 400 to 499.
    pub(crate) answers_4xx: AtomicU64,
    /// Answers from 500.
    pub(crate) answers_5xx: AtomicU64,
    /// Requests refused for want of a valid signature.
    pub(crate) signatures_refused: AtomicU64,
    /// Committed changes.
    pub(crate) changes: AtomicU64,
    /// Changes that were live when they were answered.
    pub(crate) changes_live: AtomicU64,
    /// The time these took from durable to live, summed.
    pub(crate) live_micros: AtomicU64,
    /// Changes that a data plane refused.
    pub(crate) changes_refused: AtomicU64,
}

impl Counters {
    pub(crate) fn answered(&self, status: u16) {
        let counter = match status {
            0..400 => &self.answers_ok,
            400..500 => &self.answers_4xx,
            _ => &self.answers_5xx,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn changed(&self, live: &Live) {
        self.changes.fetch_add(1, Ordering::Relaxed);
        match live {
            Live::After(time) => {
                let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
                self.changes_live.fetch_add(1, Ordering::Relaxed);
                self.live_micros.fetch_add(micros, Ordering::Relaxed);
            }
            Live::Refused(_) => {
                self.changes_refused.fetch_add(1, Ordering::Relaxed);
            }
            Live::Pending => {}
        }
    }
}
