use std::cell::{Cell, RefCell};
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

use ringgate_model::Scheme;
use ringgate_observe::Counters;
use ringgate_runtime::Clock;
use ringgate_table::{LinkImage, OriginImage};
use ringgate_traffic::balance::{Balance, Policy, Target, TargetId};

use super::http2::Shared;
use super::lease::{Lease, Open, Turn};
use super::lookup::Host;
use super::waiting::Waiting;
use super::{Bounds, Secure, Wanted};
use crate::limits::ORIGIN_KEPT_MS;
use crate::link::{Carriage, Link};
use crate::random::Random;
use crate::services::Resolver;

/// What every pool of a worker uses.
pub(super) struct Share {
    pub(super) clock: Clock,
    pub(super) counters: Arc<Counters>,
    pub(super) resolver: Resolver,
    pub(super) secure: Secure,
    pub(super) random: Random,
    pub(super) bounds: Bounds,
    pub(super) policy: Policy,
    pub(super) carriage: Carriage,
    /// Idle connections, of all pools.
    pub(super) idle: Cell<usize>,
}

/// The connections to one origin.
pub(crate) struct Pool {
    pub(super) hash: u64,
    pub(super) scheme: Scheme,
    /// The origin's host; of a VPC link, the name that certificates must be for.
    pub(super) host: String,
    port: u16,
    /// The VPC link that it is behind.
    link: Option<Behind>,
    /// Where its targets are: one host, or those of the link.
    pub(super) hosts: RefCell<Vec<Rc<Host>>>,
    pub(super) share: Rc<Share>,
    /// The hosts' addresses, how they do, and the idle connections to each, the one used last at
    /// the end.
    pub(super) targets: RefCell<Targets>,
    /// Who waits for the first address.
    pub(super) unresolved: RefCell<Vec<Waker>>,
    pub(super) waiting: Waiting,
    /// The connections of an origin that speaks HTTP/2.
    pub(super) shared: Shared,
    /// The target whose turn it was when it had no idle connection: it gets a new one. To choose
    /// again would favour those that have some.
    turn: Cell<Option<TargetId>>,
    used_ms: Cell<u64>,
}

pub(super) type Targets = Balance<SocketAddr, Vec<Idle>>;

/// The VPC link of a pool.
struct Behind {
    /// As the table names it.
    name: String,
    /// The hash of the targets it has.
    hash: Cell<u64>,
}

/// A kept connection.
pub(super) struct Idle {
    link: Link,
    open: Open,
    since_ms: u64,
}

/// What a request gets that needs a connection.
pub(super) enum Claim {
    /// An idle one.
    Idle(Lease),
    /// Leave to make one.
    Room(Turn),
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.targets.borrow().targets().len();
        write!(f, "Pool({}:{}, {count} targets)", self.name(), self.port)
    }
}

impl Pool {
    pub(super) fn new(origin: &OriginImage, share: &Rc<Share>) -> Rc<Self> {
        let behind = |link: &LinkImage| Behind { name: link.name.clone(), hash: Cell::default() };
        let pool = Rc::new(Self {
            hash: origin.hash,
            scheme: origin.scheme,
            host: origin.host.clone(),
            port: origin.port,
            link: origin.link.as_deref().map(behind),
            hosts: RefCell::default(),
            share: share.clone(),
            targets: RefCell::new(Balance::new(share.policy)),
            unresolved: RefCell::default(),
            waiting: Waiting::default(),
            shared: Shared::default(),
            turn: Cell::default(),
            used_ms: Cell::new(share.clock.now_ms()),
        });
        if origin.link.is_none() {
            pool.set_hosts(&[(origin.host.clone(), origin.port)]);
        }
        pool
    }

    pub(super) fn serves(&self, origin: &OriginImage) -> bool {
        self.hash == origin.hash
            && (self.scheme, self.port) == (origin.scheme, origin.port)
            && self.host == origin.host
            && self.link.as_ref().map(|own| &own.name)
                == origin.link.as_ref().map(|link| &link.name)
    }

    /// Takes the targets of its VPC link, where they are others than it has.
    pub(super) fn follow(&self, origin: &OriginImage) {
        if let (Some(own), Some(link)) = (&self.link, &origin.link)
            && own.hash.replace(link.hash) != link.hash
        {
            self.set_hosts(&link.targets);
        }
    }

    /// Its hosts are these from now on; what is known of those it has already stays known.
    fn set_hosts(&self, wanted: &[(String, u16)]) {
        let known = self.hosts.take();
        let host = |(name, port): &(String, u16)| {
            let old = known.iter().find(|host| host.is(name, *port)).cloned();
            old.unwrap_or_else(|| Host::new(name, *port))
        };
        *self.hosts.borrow_mut() = wanted.iter().map(host).collect();
        self.set_targets();
    }

    /// What messages call it.
    pub(super) fn name(&self) -> &str {
        self.link.as_ref().map_or(&self.host, |own| &own.name)
    }

    /// The hosts lead to these addresses from now on. Idle connections to others are closed, those
    /// in use end with their requests.
    pub(super) fn set_targets(&self) {
        let hosts = self.hosts.borrow();
        let wanted = hosts.iter().flat_map(|host| host.addresses()).map(|address| (address, 1));
        let now_ms = self.share.clock.now_ms();
        let gone = self.targets.borrow_mut().update(wanted, now_ms, |_| Vec::new());
        let closed = gone.iter().map(Vec::len).sum();
        self.share.forget_idle(closed);
        self.shared.retire(|target| self.address(target).is_none());
    }

    /// True where a request that one target failed may be sent to another: behind a VPC link.
    pub(crate) fn has_others(&self) -> bool {
        self.link.is_some() && self.targets.borrow().targets().len() > 1
    }

    /// True where its connections carry many requests at once.
    pub(crate) fn is_shared(&self) -> bool {
        self.scheme.is_http2()
    }

    /// An idle connection to the target whose turn it is.
    pub(super) fn take_idle(self: &Rc<Self>) -> Option<Lease> {
        let now_ms = self.share.clock.now_ms();
        self.used_ms.set(now_ms);
        if self.hosts.borrow().iter().any(|host| host.is_due(now_ms)) {
            self.look_up(now_ms);
        }
        if self.waiting.any() {
            return None;
        }
        let target = self.pick(now_ms, |_| true)?;
        let idle = self.idle_of(target);
        if idle.is_none() {
            self.turn.set(Some(target));
        }
        idle
    }

    /// A connection, or leave to make one, to a target that was not `tried`.
    pub(super) fn claim(self: &Rc<Self>, wanted: Wanted, tried: &[TargetId]) -> Option<Claim> {
        let now_ms = self.share.clock.now_ms();
        let max = self.share.bounds.per_target_max.unwrap_or(usize::MAX);
        let allowed = |target: &Target<_, _>| {
            !tried.contains(&target.id()) && (target.in_flight() as usize) < max
        };
        let preferred =
            |target: &Target<_, _>| allowed(target) && Some(target.id()) != wanted.avoid;
        let whose_turn = self.turn.take().filter(|target| {
            let targets = self.targets.borrow();
            targets.targets().iter().any(|other| other.id() == *target && preferred(other))
        });
        let target = whose_turn
            .or_else(|| self.pick(now_ms, preferred))
            .or_else(|| self.pick(now_ms, allowed))?;
        if !wanted.fresh
            && let Some(lease) = self.idle_of(target)
        {
            return Some(Claim::Idle(lease));
        }
        self.make_room(target, max);
        Some(Claim::Room(Turn::begin(self, target)))
    }

    /// Where a target is, while it is one.
    pub(super) fn address(&self, target: TargetId) -> Option<SocketAddr> {
        self.targets.borrow_mut().get_mut(target).map(|target| *target.key())
    }

    /// Keeps a connection whose last response ended cleanly.
    pub(super) fn give_back(lease: Lease) {
        // A stream carries one request; its connection stays.
        let Lease { link, open: Some(open), turn, .. } = lease else { return };
        let share = &turn.pool.share;
        let since_ms = share.clock.now_ms();
        let mut targets = turn.pool.targets.borrow_mut();
        if share.idle.get() < share.bounds.idle_max
            && let Some(target) = targets.get_mut(turn.target)
            && target.data.len() < share.bounds.idle_per_target_max
        {
            target.data.push(Idle { link, open, since_ms });
            share.idle.set(share.idle.get() + 1);
        }
    }

    /// Closes what has been idle for `idle_ms`. What is left, and whether anybody still uses this
    /// pool.
    pub(super) fn tidy(self: &Rc<Self>, idle_ms: u64) -> (usize, bool) {
        let now_ms = self.share.clock.now_ms();
        let mut left = 0;
        for idle in self.targets.borrow_mut().data_mut() {
            idle.retain(|idle| now_ms.saturating_sub(idle.since_ms) < idle_ms);
            left += idle.len();
        }
        left += self.shared.tidy(idle_ms, self.share.bounds.idle_per_target_max);
        let used = now_ms.saturating_sub(self.used_ms.get()) < ORIGIN_KEPT_MS;
        (left, used || left > 0 || Rc::strong_count(self) > 1)
    }

    fn pick(
        &self,
        now_ms: u64,
        allowed: impl Fn(&Target<SocketAddr, Vec<Idle>>) -> bool,
    ) -> Option<TargetId> {
        self.targets.borrow().pick(now_ms, || self.share.random.next(), allowed)
    }

    /// Whether a connection stands, and is silent, is asked each time (one system call): what an
    /// origin sends unasked must never be taken for the next answer (RFC 9112 section 9.2).
    fn idle_of(self: &Rc<Self>, target: TargetId) -> Option<Lease> {
        if self.is_shared() {
            let (link, reused) = self.shared.stream(target)?;
            return Some(Lease { link, reused, open: None, turn: Turn::begin(self, target) });
        }
        let mut targets = self.targets.borrow_mut();
        let kept = &mut targets.get_mut(target)?.data;
        let found = std::iter::from_fn(|| kept.pop()).find(|idle| {
            self.share.forget_idle(1);
            !idle.link.is_stale()
        });
        drop(targets);
        let Idle { link, open, .. } = found?;
        Some(Lease { link, reused: true, open: Some(open), turn: Turn::begin(self, target) })
    }

    /// Closes idle connections to a target until there may be one more.
    fn make_room(&self, target: TargetId, max: usize) {
        let mut targets = self.targets.borrow_mut();
        let Some(target) = targets.get_mut(target) else { return };
        let in_flight = target.in_flight() as usize;
        while !target.data.is_empty() && target.data.len().saturating_add(in_flight) >= max {
            // The oldest.
            target.data.remove(0);
            self.share.forget_idle(1);
        }
    }
}

impl Share {
    fn forget_idle(&self, count: usize) {
        self.idle.set(self.idle.get().saturating_sub(count));
    }

    /// `reused`: another request went before on its connection.
    pub(super) fn lease(&self, link: Link, reused: bool, turn: Turn) -> Lease {
        let shared = matches!(link, Link::H2Origin(_));
        let open = (!shared).then(|| Open::new(&self.counters));
        Lease { link, reused, open, turn }
    }
}
