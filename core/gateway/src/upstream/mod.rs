//! Connections to origins: each worker keeps its own, by origin and by the targets (addresses) that
//! the origin's name leads to, or the names of the hosts behind a VPC link.
//!
//! [`Pools::take_idle`] is the common way: a connection that is there. [`Pools::connect`] is the
//! other: the name looked up, a target chosen, the next one tried. A [`Lease`] says in the end how
//! its target did. Where the origin speaks HTTP/2, a lease is a stream of a shared connection:
//! [`http2`].

mod bounds;
mod connect;
mod http2;
mod lease;
mod lookup;
mod pool;
mod pools;
pub(crate) mod retry;
mod secure;
#[cfg(test)]
mod tests;
mod waiting;

pub(crate) use bounds::Bounds;
pub(crate) use lease::{Lease, Wanted};
pub(crate) use pool::Pool;
pub(crate) use pools::Pools;
pub(crate) use secure::Secure;
