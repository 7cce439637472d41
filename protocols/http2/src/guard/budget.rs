use super::Fault;
use crate::limits::{
    BUDGET_WINDOW_MS, CAUSED_RESETS_MAX, EMPTY_FRAMES_MAX, IGNORED_FRAMES_MAX, OVERLONG_BLOCKS_MAX,
    PINGS_MAX, RESETS_MAX, SETTINGS_MAX, WINDOW_UPDATE_BYTES, WINDOW_UPDATES_MAX,
};

/// What costs us work or memory and the peer next to nothing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cost {
    Reset,
    CausedReset,
    Ping,
    Settings,
    WindowUpdate,
    Ignored,
    Empty,
    Overlong,
}

/// One budget a kind of cost.
#[derive(Debug, Default)]
pub(super) struct Budgets {
    resets: Budget<RESETS_MAX>,
    caused_resets: Budget<CAUSED_RESETS_MAX>,
    pings: Budget<PINGS_MAX>,
    settings: Budget<SETTINGS_MAX>,
    window_updates: Budget<WINDOW_UPDATES_MAX>,
    ignored: Budget<IGNORED_FRAMES_MAX>,
    empty: Budget<EMPTY_FRAMES_MAX>,
    overlong: Budget<OVERLONG_BLOCKS_MAX>,
}

impl Budgets {
    pub(super) fn spend(&mut self, cost: Cost, now_ms: u64) -> Result<(), Fault> {
        let (within, reason) = match cost {
            Cost::Reset => (self.resets.spend(now_ms), "too many streams reset"),
            Cost::CausedReset => (self.caused_resets.spend(now_ms), "too many faulty streams"),
            Cost::Ping => (self.pings.spend(now_ms), "too many PING frames"),
            Cost::Settings => (self.settings.spend(now_ms), "too many SETTINGS frames"),
            Cost::WindowUpdate => {
                (self.window_updates.spend(now_ms), "too many WINDOW_UPDATE frames")
            }
            Cost::Ignored => (self.ignored.spend(now_ms), "too many frames that change nothing"),
            Cost::Empty => (self.empty.spend(now_ms), "too many empty frames"),
            Cost::Overlong => (self.overlong.spend(now_ms), "too many overlong heads"),
        };
        if within { Ok(()) } else { Err(Fault::calm(reason)) }
    }

    /// A HEADERS or DATA frame of `length` bytes was sent, which the peer may answer.
    pub(super) fn sent_frame(&mut self, length: u32) {
        self.pings.earn(1);
        self.window_updates.earn(2 * (1 + i64::from(length / WINDOW_UPDATE_BYTES)));
    }

    /// A request was sent to an origin: it may refuse it, begin its answer with an empty frame, and
    /// send a head and trailers that nobody waits for any more.
    pub(super) fn sent_request(&mut self) {
        self.resets.earn(1);
        self.empty.earn(1);
        self.ignored.earn(2);
    }

    /// A response was sent to its end.
    pub(super) fn sent_response(&mut self) {
        self.resets.earn(1);
        self.caused_resets.earn(1);
    }
}

/// At most `MAX` events in [`BUDGET_WINDOW_MS`], drained evenly; and as many again as were earned.
#[derive(Debug, Default)]
struct Budget<const MAX: u32> {
    /// Events not drained yet, each worth the window's milliseconds; below zero what was earned.
    level: i64,
    at_ms: u64,
}

const EVENT: i64 = BUDGET_WINDOW_MS as i64;

impl<const MAX: u32> Budget<MAX> {
    const FULL: i64 = MAX as i64 * EVENT;

    /// Counts one event; false when it is one too many.
    fn spend(&mut self, now_ms: u64) -> bool {
        let elapsed_ms = now_ms.saturating_sub(self.at_ms).min(BUDGET_WINDOW_MS) as i64;
        self.at_ms = now_ms.max(self.at_ms);
        let drained = self.level.saturating_sub(elapsed_ms.saturating_mul(i64::from(MAX)));
        let level = if self.level > 0 { drained.max(0) } else { self.level };
        self.level = level.saturating_add(EVENT);
        self.level <= Self::FULL
    }

    fn earn(&mut self, events: i64) {
        self.level = self.level.saturating_sub(events.saturating_mul(EVENT)).max(-Self::FULL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(budget: &mut Budget<10>, now_ms: u64) -> usize {
        std::iter::from_fn(|| budget.spend(now_ms).then_some(())).count()
    }

    #[test]
    fn drains_evenly() {
        let mut budget = Budget::<10>::default();
        assert_eq!(spent(&mut budget, 5), 10);
        let mut budget = Budget::<10>::default();
        assert!((0..10_000).all(|second| budget.spend(second * 1000)));
        assert_eq!(spent(&mut budget, 10_000_000), 10);
    }

    #[test]
    fn what_is_earned_is_bounded() {
        let mut budget = Budget::<10>::default();
        budget.earn(3);
        assert_eq!(spent(&mut budget, 0), 13);
        let mut budget = Budget::<10>::default();
        budget.earn(1_000_000);
        assert_eq!(spent(&mut budget, 0), 20);
    }

    #[test]
    fn time_that_goes_back_drains_nothing() {
        let mut budget = Budget::<10>::default();
        assert_eq!(spent(&mut budget, 1_000_000), 10);
        assert_eq!(spent(&mut budget, 0), 0);
        assert!(!budget.spend(u64::MAX) || budget.level <= Budget::<10>::FULL);
    }
}
