//! Step 7: the token buckets of the account, the stage and the route.

use std::time::Instant;

use ringgate_table::RouteRef;
use ringgate_traffic::throttle;

use crate::rescue::{Fault, Kind};
use crate::stages::{Stage, Throttle};

/// Takes a token from each bucket of the request at `now`, or from none.
///
/// # Errors
/// One of them is empty: 429.
pub(crate) fn take(
    stage: &Stage,
    route: &RouteRef<'_>,
    limits: &Throttle,
    now: Instant,
) -> Result<(), Fault> {
    let mut buckets = stage.buckets(route.throttle());
    let (first, second) = (buckets.next(), buckets.next());
    let taken = match (first, second) {
        (None, _) => return Ok(()),
        (Some(one), None) => throttle::take(&[one], limits.ns(now)),
        (Some(one), Some(other)) => throttle::take(&[one, other], limits.ns(now)),
    };
    taken.map_err(|_| Fault::new(Kind::Throttled, "over the limit of requests per second"))
}
