use std::cell::RefCell;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use hashbrown::HashTable;
use ringgate_observe::Counters;
use ringgate_runtime::{Clock, Either, Stream, select, sleep_ms};
use ringgate_table::OriginImage;

use super::Secure;
use super::lookup::Lookup;
use crate::limits::{FRESH_MS, IDLE_PER_ORIGIN_MAX};
use crate::link::Link;
use crate::rescue::{Fault, Kind};
use crate::services::{Addresses, Resolver};

/// The pools of a worker. They are keyed by origin, not by table: a new table keeps them.
#[derive(Debug)]
pub(crate) struct Pools {
    by_origin: RefCell<HashTable<Rc<Pool>>>,
    clock: Clock,
    counters: Arc<Counters>,
    resolver: Resolver,
    secure: Secure,
}

/// The connections to one origin.
pub(crate) struct Pool {
    hash: u64,
    tls: bool,
    host: String,
    port: u16,
    idle: RefCell<Vec<Idle>>,
    lookup: Rc<Lookup>,
}

struct Idle {
    link: Link,
    open: Open,
    since_ms: u64,
    /// Its last response had a body whose end was seen.
    delimited: bool,
}

/// A connection in use. Dropping it closes it; [`Pools::give_back`] keeps it.
pub(crate) struct Lease {
    /// The connection.
    pub link: Link,
    /// True when it has carried a request before.
    pub reused: bool,
    open: Open,
}

/// One open upstream connection, for the count.
struct Open(Arc<Counters>);

impl Open {
    fn new(counters: &Arc<Counters>) -> Self {
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

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({}:{}, {} idle)", self.host, self.port, self.idle.borrow().len())
    }
}

impl Pool {
    fn serves(&self, origin: &OriginImage) -> bool {
        self.hash == origin.hash
            && (self.tls, self.port) == (origin.tls, origin.port)
            && self.host == origin.host
    }
}

impl Pools {
    pub(crate) fn new(
        clock: Clock,
        counters: Arc<Counters>,
        resolver: Resolver,
        secure: Secure,
    ) -> Self {
        Self { by_origin: RefCell::default(), clock, counters, resolver, secure }
    }

    /// The pool of this origin.
    pub(crate) fn of(&self, origin: &OriginImage) -> Rc<Pool> {
        let mut pools = self.by_origin.borrow_mut();
        if let Some(pool) = pools.find(origin.hash, |pool| pool.serves(origin)) {
            return pool.clone();
        }
        let pool = Rc::new(Pool {
            hash: origin.hash,
            tls: origin.tls,
            host: origin.host.clone(),
            port: origin.port,
            idle: RefCell::default(),
            lookup: Rc::default(),
        });
        pools.insert_unique(origin.hash, pool.clone(), |pool| pool.hash);
        pool
    }

    /// An idle connection that still stands, if there is one: the one used last comes first, so
    /// that the others grow old and are closed.
    ///
    /// Whether it stands, and is silent, is asked (one system call) after [`FRESH_MS`]; always for
    /// a request that could not be `repeatable` on another one; and always after a response without
    /// a body, behind which a careless origin may have sent one.
    pub(crate) fn take_idle(&self, pool: &Pool, repeatable: bool) -> Option<Lease> {
        let now_ms = self.clock.now_ms();
        while let Some(Idle { link, open, since_ms, delimited }) = pool.idle.borrow_mut().pop() {
            let fresh = repeatable && delimited && now_ms.saturating_sub(since_ms) <= FRESH_MS;
            if fresh || !link.is_stale() {
                return Some(Lease { link, reused: true, open });
            }
        }
        None
    }

    /// A new connection.
    ///
    /// # Errors
    /// [`Kind::Unreachable`]: no address, or none that answers within `timeout_ms`.
    pub(crate) async fn connect(&self, pool: &Pool, timeout_ms: u64) -> Result<Lease, Fault> {
        let deadline = pin!(sleep_ms(timeout_ms));
        let connected = pin!(self.connect_to_any(pool, timeout_ms));
        match select(connected, deadline).await {
            Either::Left(connected) => connected,
            Either::Right(()) => {
                let reason = format!("no connection to {} in time", pool.host);
                Err(Fault::new(Kind::Unreachable, reason))
            }
        }
    }

    /// Tries the addresses in their order; each has its share of the time, so that one that
    /// swallows everything does not keep the others from being tried.
    async fn connect_to_any(&self, pool: &Pool, timeout_ms: u64) -> Result<Lease, Fault> {
        let unreachable = |reason| Fault::new(Kind::Unreachable, reason);
        let name = (pool.host.as_str(), pool.port);
        let found = pool.lookup.addresses(name, &self.resolver, &self.clock).await;
        let addresses = found.map_err(unreachable)?;
        let share_ms = timeout_ms / u64::try_from(addresses.len().max(1)).unwrap_or(1);
        let mut reason = format!("{} has no address", pool.host);
        for address in addresses {
            match self.reach(pool, address, share_ms.max(1)).await {
                Ok(link) => {
                    let open = Open::new(&self.counters);
                    return Ok(Lease { link, reused: false, open });
                }
                Err(error) => reason = format!("connecting to {address}: {error}"),
            }
        }
        Err(unreachable(reason))
    }

    async fn reach(&self, pool: &Pool, address: SocketAddr, share_ms: u64) -> io::Result<Link> {
        let stream = Stream::connect(address, share_ms).await?;
        if pool.tls {
            self.secure.connect(stream, &pool.host).await
        } else {
            Ok(Link::Clear(stream))
        }
    }

    /// Keeps a connection whose last response ended cleanly.
    /// `delimited`: that response had a body whose end was seen.
    pub(crate) fn give_back(&self, pool: &Pool, lease: Lease, delimited: bool) {
        let mut idle = pool.idle.borrow_mut();
        if idle.len() < IDLE_PER_ORIGIN_MAX {
            let since_ms = self.clock.now_ms();
            idle.push(Idle { link: lease.link, open: lease.open, since_ms, delimited });
        }
    }

    /// Closes what has been idle for `idle_ms`, and forgets origins that nobody uses.
    pub(crate) fn tidy(&self, idle_ms: u64) {
        let now_ms = self.clock.now_ms();
        self.by_origin.borrow_mut().retain(|pool| {
            let mut idle = pool.idle.borrow_mut();
            idle.retain(|idle| now_ms.saturating_sub(idle.since_ms) < idle_ms);
            !idle.is_empty() || Rc::strong_count(pool) > 1
        });
    }

    /// Hands an answer of the services thread to who waits for it.
    pub(crate) fn resolved(&self, id: u64, addresses: Addresses) {
        self.resolver.answer(id, addresses);
    }
}
