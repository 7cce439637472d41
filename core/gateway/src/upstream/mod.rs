//! Connections to origins: each worker keeps its own, by origin.

mod lookup;
mod pool;
mod secure;

pub(crate) use pool::{Lease, Pool, Pools};
pub(crate) use secure::Secure;
