use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use hashbrown::HashTable;
use ringgate_dns::Outcome;
use ringgate_observe::Counters;
use ringgate_runtime::Clock;
use ringgate_table::OriginImage;
use ringgate_traffic::balance::Policy;

use super::pool::Share;
use super::{Bounds, Lease, Pool, Secure, Wanted, connect};
use crate::link::Carriage;
use crate::random::Random;
use crate::rescue::Fault;
use crate::services::Resolver;

/// The pools of a worker. They are keyed by origin, not by table: a new table keeps them.
pub(crate) struct Pools {
    by_origin: RefCell<HashTable<Rc<Pool>>>,
    share: Rc<Share>,
}

impl fmt::Debug for Pools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.by_origin.borrow().iter()).finish()
    }
}

impl Pools {
    pub(crate) fn new(
        clock: Clock,
        counters: Arc<Counters>,
        resolver: Resolver,
        secure: Secure,
        bounds: Bounds,
        policy: Policy,
        carriage: Carriage,
    ) -> Self {
        let (random, idle) = (Random::seeded(), Cell::new(0));
        let share =
            Share { clock, counters, resolver, secure, random, bounds, policy, carriage, idle };
        Self { by_origin: RefCell::default(), share: Rc::new(share) }
    }

    /// The pool of this origin, with the targets that its VPC link has now.
    pub(crate) fn of(&self, origin: &OriginImage) -> Rc<Pool> {
        let mut pools = self.by_origin.borrow_mut();
        if let Some(pool) = pools.find(origin.hash, |pool| pool.serves(origin)) {
            pool.follow(origin);
            return pool.clone();
        }
        let pool = Pool::new(origin, &self.share);
        pool.follow(origin);
        pools.insert_unique(origin.hash, pool.clone(), |pool| pool.hash);
        pool
    }

    /// An idle connection that still stands, to the target whose turn it is, if there is one: the
    /// one used last comes first, so that the others grow old and are closed.
    pub(crate) fn take_idle(&self, pool: &Rc<Pool>) -> Option<Lease> {
        pool.take_idle()
    }

    /// A connection to the first target that gives one; a new one, or where it need not be fresh
    /// one that came back meanwhile.
    ///
    /// # Errors
    /// [`crate::rescue::Kind::Unreachable`]: no address, none that answers within `timeout_ms`, or
    /// all have as many connections as they may.
    pub(crate) async fn connect(
        &self,
        pool: &Rc<Pool>,
        wanted: Wanted,
        timeout_ms: u64,
    ) -> Result<Lease, Fault> {
        connect::within(pool, wanted, timeout_ms).await
    }

    /// Keeps a connection whose last response ended cleanly.
    pub(crate) fn give_back(&self, lease: Lease) {
        Pool::give_back(lease);
    }

    /// Closes what has been idle for `idle_ms`, and forgets origins that nobody uses.
    pub(crate) fn tidy(&self, idle_ms: u64) {
        let mut idle = 0;
        self.by_origin.borrow_mut().retain(|pool| {
            let (left, used) = pool.tidy(idle_ms);
            idle += left;
            used
        });
        self.share.idle.set(idle);
    }

    /// Hands an answer of the services thread to who waits for it.
    pub(crate) fn resolved(&self, id: u64, outcome: Outcome) {
        self.share.resolver.answer(id, outcome);
    }
}
