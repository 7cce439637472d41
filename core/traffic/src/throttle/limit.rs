use std::fmt;

use super::refill::{per_ns, units};
use crate::limits::THROTTLE_RATE_MAX;

/// What a bucket holds and how fast it fills: AWS's `throttlingRateLimit` and
/// `throttlingBurstLimit`.
///
/// | Value | Meaning |
/// |---|---|
/// | rate 100 | a token every 10 ms |
/// | rate 0.5 | a token every two seconds |
/// | rate over [`THROTTLE_RATE_MAX`] | as that one |
/// | burst n | so many pass at once after a quiet time, and then as the rate says |
/// | rate 0 or burst 0 | nothing passes, as on AWS |
/// | rate under 1 in 2,000 years | as 0 |
///
/// A rate of 0 with a burst could also mean "n requests ever"; but what they are counted from (a
/// start, an upgrade) is nothing a user sees, so nothing passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    per_ns: u64,
    burst: u64,
}

impl Limit {
    /// A limit of `rate` requests per second with bursts of `burst`. AWS's burst is an `i32`; a
    /// negative one is refused where settings are read.
    ///
    /// # Errors
    /// A rate that is negative or no number.
    pub fn new(rate: f64, burst: u32) -> Result<Self, InvalidRate> {
        if !(rate.is_finite() && rate >= 0.0) {
            return Err(InvalidRate);
        }
        let per_ns = per_ns(rate.min(THROTTLE_RATE_MAX));
        let burst = units(burst);
        Ok(if per_ns == 0 || burst == 0 { Self::NOTHING } else { Self { per_ns, burst } })
    }

    /// Nothing passes.
    const NOTHING: Self = Self { per_ns: 0, burst: 0 };

    /// In fractions of a unit: see [`per_ns`].
    pub(super) fn per_ns(&self) -> u64 {
        self.per_ns
    }

    /// In units.
    pub(super) fn burst(&self) -> u64 {
        self.burst
    }
}

/// A rate that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidRate;

impl fmt::Display for InvalidRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected requests per second, a number that is 0 or more")
    }
}

impl std::error::Error for InvalidRate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_that_are_none_are_refused() {
        for rate in [-0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Limit::new(rate, 1), Err(InvalidRate), "{rate}");
        }
        assert!(Limit::new(-0.0, 1).is_ok() && Limit::new(f64::MAX, u32::MAX).is_ok());
    }

    #[test]
    fn a_zero_of_either_kind_is_nothing() {
        for (rate, burst) in [(0.0, 0), (0.0, 5), (5.0, 0), (f64::MIN_POSITIVE, 5), (1e-11, 5)] {
            assert_eq!(Limit::new(rate, burst), Ok(Limit::NOTHING), "{rate} {burst}");
        }
        assert_ne!(Limit::new(2e-11, 1), Ok(Limit::NOTHING));
    }

    #[test]
    fn a_rate_beyond_the_highest_is_the_highest() {
        assert_eq!(Limit::new(1e300, 7), Limit::new(THROTTLE_RATE_MAX, 7));
    }
}
