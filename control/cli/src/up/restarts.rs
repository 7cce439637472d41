use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::limits::{BACKOFF_MS_MAX, BACKOFF_MS_MIN, DEATHS_BEFORE_BACKOFF, DEATHS_WINDOW_MS};

/// When a child that died is started again: at once, and after a growing wait from the third death
/// within ten seconds on (DESIGN section 1).
#[derive(Debug, Default)]
pub(super) struct Restarts {
    deaths: VecDeque<Instant>,
    wait_ms: u64,
}

impl Restarts {
    /// Notes a death and says how long to wait.
    pub(super) fn wait_after_death(&mut self, now: Instant) -> Duration {
        self.deaths.push_back(now);
        let window = Duration::from_millis(DEATHS_WINDOW_MS + self.wait_ms);
        self.deaths.retain(|death| now.saturating_duration_since(*death) <= window);
        self.wait_ms = if self.deaths.len() < DEATHS_BEFORE_BACKOFF {
            0
        } else {
            (self.wait_ms * 2).clamp(BACKOFF_MS_MIN, BACKOFF_MS_MAX)
        };
        Duration::from_millis(self.wait_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_death_in_ten_seconds_waits() {
        let start = Instant::now();
        let mut restarts = Restarts::default();
        let mut at = |s: u64| restarts.wait_after_death(start + Duration::from_secs(s)).as_millis();
        assert_eq!([at(0), at(9), at(20), at(29)], [0, 0, 0, 0]);
        assert_eq!([at(30), at(31), at(33), at(36)], [500, 1000, 2000, 4000]);
        assert_eq!(at(100), 0, "a minute of life makes good");
    }

    #[test]
    fn the_wait_is_bounded() {
        let start = Instant::now();
        let mut restarts = Restarts::default();
        let waits = (0..20).map(|_| restarts.wait_after_death(start).as_millis());
        assert_eq!(waits.max(), Some(u128::from(BACKOFF_MS_MAX)));
    }
}
