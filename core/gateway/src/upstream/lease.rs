use std::rc::Rc;
use std::sync::Arc;

use ringgate_observe::Counters;
use ringgate_traffic::balance::{Failure, TargetId};

use super::Pool;
use crate::link::Link;
use crate::rescue::Kind;

/// A connection in use. Dropping it closes it; [`super::Pools::give_back`] keeps it.
pub(crate) struct Lease {
    /// The connection.
    pub link: Link,
    /// True when it has carried a request before.
    pub reused: bool,
    /// Of a connection of its own.
    pub(super) open: Option<Open>,
    pub(super) turn: Turn,
}

impl Lease {
    /// The target answered, from the first byte to the last.
    pub(crate) fn succeeded(&self) {
        self.turn.succeeded();
    }

    /// What the request wants once this one has ended without an answer: a new connection, and
    /// behind a VPC link another target.
    pub(crate) fn instead(&self) -> Wanted {
        let avoid = self.turn.pool.has_others().then_some(self.turn.target);
        Wanted { fresh: true, avoid }
    }

    /// The request failed so. What the client did says nothing of the target, nor does the end of a
    /// kept connection.
    pub(crate) fn failed(&self, kind: Kind) {
        if matches!(kind, Kind::BadUpstream | Kind::NoAnswer | Kind::UpstreamTimeout) {
            self.turn.failed(Failure::Exchange);
        }
        if kind == Kind::UpstreamTimeout
            && let Link::H2Origin(stream) = &self.link
        {
            stream.suspect();
        }
    }
}

/// What kind of a connection a request wants.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    /// One that has carried none before.
    pub fresh: bool,
    /// To another target than this one, if there is any.
    pub avoid: Option<TargetId>,
}

/// A request under way to a target, for the count.
pub(super) struct Turn {
    pub(super) pool: Rc<Pool>,
    pub(super) target: TargetId,
}

impl Turn {
    pub(super) fn begin(pool: &Rc<Pool>, target: TargetId) -> Self {
        pool.targets.borrow_mut().begin(target);
        Self { pool: pool.clone(), target }
    }

    pub(super) fn succeeded(&self) {
        let now_ms = self.pool.share.clock.now_ms();
        self.pool.targets.borrow_mut().succeeded(self.target, now_ms);
    }

    pub(super) fn failed(&self, failure: Failure) {
        let now_ms = self.pool.share.clock.now_ms();
        let ejected = self.pool.targets.borrow_mut().failed(self.target, failure, now_ms);
        if ejected {
            self.pool.share.counters.upstream_ejections_total.add(1);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.pool.targets.borrow_mut().end(self.target);
        self.pool.waiting.wake_first();
    }
}

/// One open upstream connection, for the count.
pub(super) struct Open(Arc<Counters>);

impl Open {
    pub(super) fn new(counters: &Arc<Counters>) -> Self {
        counters.upstream_connections.add(1);
        counters.upstream_connections_total.add(1);
        Self(counters.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.upstream_connections.subtract(1);
    }
}
