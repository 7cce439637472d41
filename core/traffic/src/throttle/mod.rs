//! Token buckets by account, stage and route, exact over all workers of a node.
//!
//! A [`Bucket`] is one number that all workers change by compare-and-exchange; a request takes a
//! token from each of its buckets or from none ([`take`]). [`Buckets`] finds them by ids that
//! outlive tables: a worker asks once per table and keeps what it got.
//!
//! AWS: "Throttle requests to your HTTP APIs for better throughput", its API Gateway guide.

mod bucket;
mod limit;
mod refill;
mod registry;

pub use bucket::{Bucket, Token};
pub use limit::{InvalidRate, Limit};
pub use registry::{Buckets, Key};

use std::borrow::Borrow;

/// Takes one token from each of the buckets at `now_ns`, or none from any.
///
/// A refusal that can be seen beforehand writes nothing, so a flood of requests that are refused
/// does not slow the others down.
///
/// # Errors
/// The place of the first bucket that has no token.
pub fn take<B: Borrow<Bucket>>(buckets: &[B], now_ns: u64) -> Result<(), usize> {
    match buckets.iter().position(|bucket| !bucket.borrow().has_token(now_ns)) {
        Some(empty) => Err(empty),
        None => take_each(buckets, now_ns),
    }
}

/// The same without looking first: another worker may have been faster meanwhile.
fn take_each<B: Borrow<Bucket>>(buckets: &[B], now_ns: u64) -> Result<(), usize> {
    let Some((first, rest)) = buckets.split_first() else { return Ok(()) };
    let token = first.borrow().take(now_ns).ok_or(0usize)?;
    take_each(rest, now_ns).map_err(|at| {
        first.borrow().give_back(token);
        at.saturating_add(1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_later_bucket_refuses_is_given_back_to_the_earlier_ones() {
        let limit = |burst| Limit::new(1.0, burst).unwrap();
        let buckets = [5, 3, 0].map(|burst| Bucket::new(limit(burst), 0));
        assert_eq!(take(&buckets, 0), Err(2));
        assert_eq!(take_each(&buckets, 0), Err(2), "nor without looking first");
        let left = |bucket: &Bucket| (0..).take_while(|_| bucket.take(0).is_some()).count();
        assert_eq!(buckets.each_ref().map(left), [5, 3, 0]);
    }

    #[test]
    fn a_bucket_named_twice_gives_two_tokens_or_none() {
        let bucket = Bucket::new(Limit::new(1.0, 3).unwrap(), 0);
        assert_eq!(take(&[&bucket, &bucket], 0), Ok(()));
        assert_eq!(take(&[&bucket, &bucket], 0), Err(1));
        assert_eq!(take(&[&bucket], 0), Ok(()));
        assert_eq!(take(&[&bucket], 0), Err(0));
        assert_eq!(take::<Bucket>(&[], 0), Ok(()));
    }
}
