use crate::limits::{
    EJECTION_MS_MAX, EJECTION_MS_MIN, FAILURE_POINTS_MAX, FULL_SHARE, SLOW_START_MS,
    SLOW_START_SHARE_MIN,
};

/// After as many the longest ejection is reached; nothing overflows.
const DOUBLINGS_MAX: u32 = (EJECTION_MS_MAX / EJECTION_MS_MIN).ilog2() + 1;

/// What the traffic itself has shown of a target.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Health {
    /// Failure points since the last success.
    points: u32,
    /// Ejections since the target last served at its full share.
    ejections: u32,
    out_until_ms: u64,
    full_from_ms: u64,
}

impl Health {
    /// Of a target that joins others that serve already.
    pub(super) fn new_among_others(now_ms: u64) -> Self {
        Self { full_from_ms: now_ms.saturating_add(SLOW_START_MS), ..Self::default() }
    }

    pub(super) fn is_out(&self, now_ms: u64) -> bool {
        now_ms < self.out_until_ms
    }

    /// Neither ejected nor due to be.
    pub(super) fn is_sound(&self, now_ms: u64) -> bool {
        !self.is_out(now_ms) && self.points < FAILURE_POINTS_MAX
    }

    /// In thousandths of a full share.
    pub(super) fn share(&self, now_ms: u64) -> u64 {
        let left_ms = self.full_from_ms.saturating_sub(now_ms).min(SLOW_START_MS);
        let grown = FULL_SHARE - left_ms * FULL_SHARE / SLOW_START_MS;
        grown.max(SLOW_START_SHARE_MIN)
    }

    pub(super) fn succeeded(&mut self, now_ms: u64) {
        self.points = 0;
        if now_ms >= self.full_from_ms {
            self.ejections = 0;
        }
    }

    /// True when the target is due for an ejection.
    pub(super) fn failed(&mut self, points: u32) -> bool {
        self.points = self.points.saturating_add(points);
        self.points >= FAILURE_POINTS_MAX
    }

    /// Out for a while, and then on probation: one failure more and it is out again.
    pub(super) fn eject(&mut self, now_ms: u64) {
        let doubled = EJECTION_MS_MIN << self.ejections;
        self.out_until_ms = now_ms.saturating_add(doubled.min(EJECTION_MS_MAX));
        self.full_from_ms = self.out_until_ms.saturating_add(SLOW_START_MS);
        self.ejections = (self.ejections + 1).min(DOUBLINGS_MAX);
        self.points = FAILURE_POINTS_MAX - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ejections_double_up_to_the_longest() {
        let mut health = Health::default();
        let lengths: Vec<u64> = (0..70)
            .map(|_| {
                health.eject(0);
                health.out_until_ms
            })
            .collect();
        assert_eq!(lengths[..7], [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert!(lengths[7..].iter().all(|&ms| ms == EJECTION_MS_MAX));
    }

    #[test]
    fn a_share_grows_from_the_least_to_the_full() {
        let health = Health::new_among_others(5_000);
        let shares = [5_000, 6_000, 6_500, 10_000, 15_000, 90_000].map(|ms| health.share(ms));
        assert_eq!(shares, [100, 100, 150, 500, 1_000, 1_000]);
        assert_eq!(Health::default().share(0), FULL_SHARE);
    }

    #[test]
    fn one_failure_on_probation_ejects_again_and_longer() {
        let mut health = Health::default();
        assert!(!health.failed(FAILURE_POINTS_MAX - 1));
        assert!(health.failed(1));
        health.eject(0);
        assert!(health.is_out(999) && !health.is_out(1_000));
        assert!(health.failed(1));
        health.eject(1_000);
        assert!(health.is_out(2_999) && !health.is_out(3_000));
        health.succeeded(3_000);
        assert!(!health.failed(1), "a success takes the points back");
        assert_eq!(health.ejections, 2, "but the next ejection is longer still ...");
        health.succeeded(3_000 + SLOW_START_MS);
        assert_eq!(health.ejections, 0, "... until it served at its full share");
    }
}
