//! Connections to origins: each worker keeps its own, by origin.

mod lookup;
mod pool;

pub(crate) use pool::{Lease, Pool, Pools};
