use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Limit;
use super::refill::{Refill, UNITS_PER_TOKEN};

/// A token bucket that any number of threads take from without a lock.
///
/// It is the generic cell rate algorithm ("GCRA", ITU-T I.371) with time counted in tokens: what is
/// taken may be ahead of what has come by the burst at most. A limit that changes makes another
/// `Bucket` over the same tokens; both may be in use for a while.
#[derive(Debug)]
pub struct Bucket {
    limit: Limit,
    refill: Refill,
    taken: Arc<Taken>,
}

/// What was taken since counting began, in units; what overflowed counts as taken. On cache lines
/// of its own, since every request writes it.
#[derive(Debug)]
#[repr(align(128))]
struct Taken(AtomicU64);

/// A token that was taken and may be given back.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Token {
    /// What was taken from the bucket then, with this one.
    taken: u64,
}

impl Bucket {
    /// A full one.
    pub fn new(limit: Limit, now_ns: u64) -> Self {
        let refill = Refill::new(&limit, now_ns);
        Self { limit, refill, taken: Arc::new(Taken(AtomicU64::new(refill.at(now_ns)))) }
    }

    /// The same with another limit: what is in it stays, as far as the new one has room for it.
    pub(super) fn changed(&self, limit: Limit, now_ns: u64) -> Self {
        // What has overflowed by now is no token of a larger bucket.
        self.taken.0.fetch_max(self.refill.at(now_ns), Ordering::Relaxed);
        let refill = self.refill.changed(&self.limit, &limit, now_ns);
        Self { limit, refill, taken: Arc::clone(&self.taken) }
    }

    /// Its limit.
    pub fn limit(&self) -> &Limit {
        &self.limit
    }

    /// True when [`Self::take`] would take one, if nobody is faster.
    pub fn has_token(&self, now_ns: u64) -> bool {
        self.with_one_more(self.taken.0.load(Ordering::Relaxed), now_ns).is_some()
    }

    /// Takes a token if there is one.
    pub fn take(&self, now_ns: u64) -> Option<Token> {
        // No other memory hangs on this number, so no order is asked for.
        let mut taken = self.taken.0.load(Ordering::Relaxed);
        loop {
            let next = self.with_one_more(taken, now_ns)?;
            let exchanged = self.taken.0.compare_exchange_weak(
                taken,
                next,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match exchanged {
                Ok(_) => return Some(Token { taken: next }),
                Err(other) => taken = other,
            }
        }
    }

    /// Puts a token back: the bucket is as if it had never been taken.
    ///
    /// Where the bucket was full when others took since, this one would have overflowed, and is
    /// dropped. That shows as a distance of no whole tokens. By chance it may not; then the next
    /// burst is one too large.
    pub fn give_back(&self, token: Token) {
        let mut taken = self.taken.0.load(Ordering::Relaxed);
        while taken.abs_diff(token.taken).is_multiple_of(UNITS_PER_TOKEN) {
            let exchanged = self.taken.0.compare_exchange_weak(
                taken,
                taken.saturating_sub(UNITS_PER_TOKEN),
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match exchanged {
                Ok(_) => return,
                Err(other) => taken = other,
            }
        }
    }

    /// What is taken with one more, if there is one.
    fn with_one_more(&self, taken: u64, now_ns: u64) -> Option<u64> {
        let come = self.refill.at(now_ns);
        let next = taken.max(come).checked_add(UNITS_PER_TOKEN)?;
        (next <= come.saturating_add(self.limit.burst())).then_some(next)
    }

    /// True when a new one would be the same, and nobody else has it or one over the same tokens.
    pub(super) fn is_spare(self: &Arc<Self>, now_ns: u64) -> bool {
        Arc::strong_count(self) == 1
            && Arc::strong_count(&self.taken) == 1
            && self.taken.0.load(Ordering::Relaxed) <= self.refill.at(now_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn bucket(rate: f64, burst: u32) -> Bucket {
        Bucket::new(Limit::new(rate, burst).unwrap(), 0)
    }

    fn drain(bucket: &Bucket, now_ns: u64) -> usize {
        (0..).take_while(|_| bucket.take(now_ns).is_some()).count()
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        let bucket = bucket(100.0, 20);
        assert_eq!(drain(&bucket, 0), 20);
        assert_eq!([9, 11, 19, 21, 35].map(|ms| drain(&bucket, ms * MS)), [0, 1, 0, 1, 1]);
        assert_eq!(drain(&bucket, 10_000 * MS), 20, "no more than the burst");
    }

    #[test]
    fn a_fraction_is_a_token_now_and_then() {
        let bucket = bucket(0.5, 1);
        assert_eq!(
            [0, 1_999, 2_001, 3_999, 60_000].map(|ms| drain(&bucket, ms * MS)),
            [1, 0, 1, 0, 1]
        );
    }

    #[test]
    fn nothing_passes_a_limit_of_nothing() {
        for (rate, burst) in [(0.0, 5), (5.0, 0)] {
            let bucket = bucket(rate, burst);
            assert!(!bucket.has_token(0) && !bucket.has_token(u64::MAX), "{rate} {burst}");
        }
    }

    #[test]
    fn a_new_limit_is_no_new_burst() {
        let limit = |rate, burst| Limit::new(rate, burst).unwrap();
        let old = bucket(1.0, 10);
        assert_eq!(drain(&old, 0), 10);
        let fast = old.changed(limit(1_000.0, 10), 0);
        assert_eq!((drain(&fast, 0), drain(&fast, 2 * MS + 1)), (0, 2));
        let large = fast.changed(limit(1_000.0, 100), 2 * MS + 1);
        assert_eq!((drain(&large, 2 * MS + 1), drain(&large, 10_000 * MS)), (0, 100));
        let full = bucket(1.0, 10);
        assert_eq!(drain(&full.changed(limit(1.0, 25), 90_000 * MS), 90_000 * MS), 10);
        let full = bucket(1.0, 10);
        assert_eq!(drain(&full.changed(limit(1.0, 4), 90_000 * MS), 90_000 * MS), 4);
        let none = bucket(0.0, 0).changed(limit(1.0, 5), 0);
        assert_eq!((drain(&none, 0), drain(&none, 1_001 * MS)), (0, 1));
    }

    #[test]
    fn a_token_is_given_back_unless_it_would_have_overflowed() {
        let bucket = bucket(300.0, 2);
        let token = bucket.take(0).unwrap();
        bucket.give_back(token);
        let token = bucket.take(0).unwrap();
        let _ = bucket.take(0).unwrap();
        bucket.give_back(token);
        assert_eq!(drain(&bucket, 0), 1);

        let token = bucket.take(5 * MS).unwrap();
        let _ = bucket.take(50 * MS).unwrap();
        bucket.give_back(token);
        assert_eq!(drain(&bucket, 50 * MS), 1, "it was full by then");
    }
}
