use super::Limit;

/// Units of one token. Tokens come by the unit, so that slow rates are as even as fast ones.
pub(super) const UNITS_PER_TOKEN: u64 = 1 << 8;
/// Units per nanosecond are counted in fractions of this: fine enough for a rate of
/// one in a thousand years, and coarse enough for the highest.
const FRACTION_BITS: u32 = 58;
/// Where counting begins: a burst that grows sets it back, by no more than the largest one.
const START: u64 = (u32::MAX as u64) * UNITS_PER_TOKEN;
const NS_PER_S: f64 = 1e9;

/// So many tokens in units.
pub(super) fn units(tokens: u32) -> u64 {
    u64::from(tokens).saturating_mul(UNITS_PER_TOKEN)
}

/// A rate per second as fractions of a unit per nanosecond, rounded down: no bucket is too fast.
pub(super) fn per_ns(rate: f64) -> u64 {
    (rate * UNITS_PER_TOKEN as f64 * (1u64 << FRACTION_BITS) as f64 / NS_PER_S) as u64
}

/// The tokens that one limit has brought since counting began.
///
/// The clock of a bucket: it ticks as often as tokens come, so that what the bucket remembers is
/// counted in tokens and stays true when the rate changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refill {
    since_ns: u64,
    start: u64,
    per_ns: u64,
}

impl Refill {
    pub(super) fn new(limit: &Limit, now_ns: u64) -> Self {
        Self { since_ns: now_ns, start: START, per_ns: limit.per_ns() }
    }

    /// In units, at `now_ns`.
    pub(super) fn at(&self, now_ns: u64) -> u64 {
        let elapsed_ns = u128::from(now_ns.saturating_sub(self.since_ns));
        // The product of two u64 fits.
        let come = elapsed_ns.saturating_mul(u128::from(self.per_ns)) >> FRACTION_BITS;
        self.start.saturating_add(u64::try_from(come).unwrap_or(u64::MAX))
    }

    /// Goes on as `new` says from `now_ns`, with the edge (where the bucket is empty) in the same
    /// place: the tokens in it are neither more nor fewer.
    pub(super) fn changed(&self, old: &Limit, new: &Limit, now_ns: u64) -> Self {
        let edge = self.at(now_ns).saturating_add(old.burst());
        Self {
            since_ns: now_ns.max(self.since_ns),
            start: edge.saturating_sub(new.burst()),
            per_ns: new.per_ns(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    #[test]
    fn tokens_come_as_the_rate_says() {
        for rate in [0.001, 0.3, 1.0, 100.0, 10_000.0, 99_999_999.0] {
            let refill = Refill::new(&Limit::new(rate, 1).unwrap(), 5 * S);
            assert_eq!(refill.at(0), START, "before it began");
            let year_s = 365 * 24 * 3600;
            let come = (refill.at(5 * S + year_s * S) - START) as f64 / UNITS_PER_TOKEN as f64;
            let due = rate * year_s as f64;
            assert!(come <= due && come > due * 0.999_999 - 0.01, "{rate}: {come} for {due}");
        }
    }

    #[test]
    fn nothing_overflows() {
        let refill = Refill::new(&Limit::new(f64::MAX, u32::MAX).unwrap(), 0);
        assert_eq!(refill.at(u64::MAX), u64::MAX);
        let least = Limit::new(1.0, 1).unwrap();
        let most = Limit::new(1.0, u32::MAX).unwrap();
        let back = Refill::new(&least, 0).changed(&least, &most, 0);
        assert_eq!(back.start, UNITS_PER_TOKEN, "the farthest that counting is set back");
        assert_eq!(back.changed(&most, &least, 0).start, START);
    }
}
