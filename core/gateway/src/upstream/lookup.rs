use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::task::Poll;

use ringgate_dns::Outcome;

use super::Pool;
use crate::limits::{STALE_MS, STALE_RETRY_MS, UNRESOLVED_FOR_MS};

/// A host of an origin: its only one, or one of a VPC link's. Its name is looked up once for
/// everybody who waits; old addresses serve while they are looked up anew.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) name: String,
    pub(super) port: u16,
    addresses: RefCell<Vec<IpAddr>>,
    until_ms: Cell<u64>,
    /// How long the addresses serve while nobody can say more.
    stale_until_ms: Cell<u64>,
    asked: Cell<bool>,
    /// Why there are none.
    nothing: RefCell<Option<String>>,
}

impl Host {
    pub(super) fn new(name: &str, port: u16) -> Rc<Self> {
        let host = Self {
            name: name.to_owned(),
            port,
            addresses: RefCell::default(),
            until_ms: Cell::default(),
            stale_until_ms: Cell::default(),
            asked: Cell::default(),
            nothing: RefCell::default(),
        };
        if let Ok(ip) = host.name.parse() {
            // An address itself: never looked up.
            host.addresses.borrow_mut().push(ip);
            host.until_ms.set(u64::MAX);
        }
        Rc::new(host)
    }

    pub(super) fn is(&self, name: &str, port: u16) -> bool {
        self.port == port && self.name == name
    }

    pub(super) fn is_due(&self, now_ms: u64) -> bool {
        now_ms >= self.until_ms.get()
    }

    /// Where it is, as far as is known.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        let addresses = self.addresses.borrow();
        addresses.iter().map(|ip| SocketAddr::new(*ip, self.port)).collect()
    }

    pub(super) fn set_addresses(&self, addresses: &[IpAddr]) {
        *self.addresses.borrow_mut() = addresses.to_vec();
    }
}

impl Pool {
    /// Has the names looked up that are due, unless that is under way.
    pub(super) fn look_up(self: &Rc<Self>, now_ms: u64) {
        let hosts = self.hosts.borrow();
        for host in hosts.iter().filter(|host| host.is_due(now_ms)) {
            if host.asked.replace(true) {
                continue;
            }
            let (pool, asked) = (Rc::downgrade(self), host.clone());
            let found = move |outcome| {
                if let Some(pool) = pool.upgrade() {
                    pool.found(&asked, outcome);
                }
            };
            self.share.resolver.ask(&host.name, Rc::new(found));
        }
    }

    /// Waits until there are targets; not at all, where there are some.
    ///
    /// # Errors
    /// Why there are none.
    pub(super) async fn targets_known(self: &Rc<Self>) -> Result<(), String> {
        poll_fn(|cx| {
            if !self.targets.borrow().targets().is_empty() {
                return Poll::Ready(Ok(()));
            }
            // An old failure does not count.
            self.look_up(self.share.clock.now_ms());
            let hosts = self.hosts.borrow();
            if !hosts.iter().any(|host| host.asked.get()) {
                let nothing = hosts.iter().find_map(|host| host.nothing.borrow().clone());
                return Poll::Ready(Err(nothing.unwrap_or_default()));
            }
            self.unresolved.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn found(&self, host: &Host, outcome: Outcome) {
        let now_ms = self.share.clock.now_ms();
        let (for_ms, nothing) = match outcome {
            Outcome::Found { addresses, ttl_ms } => {
                host.set_addresses(&addresses);
                host.stale_until_ms.set(now_ms.saturating_add(STALE_MS));
                (ttl_ms, None)
            }
            // Who says so knows: the addresses are no longer its own.
            Outcome::Nothing { reason, ttl_ms } => {
                host.set_addresses(&[]);
                (ttl_ms, Some(reason))
            }
            Outcome::Failed { reason } => {
                if now_ms >= host.stale_until_ms.get() {
                    host.set_addresses(&[]);
                }
                let serves = !host.addresses.borrow().is_empty();
                (if serves { STALE_RETRY_MS } else { UNRESOLVED_FOR_MS }, Some(reason))
            }
        };
        *host.nothing.borrow_mut() = nothing;
        host.until_ms.set(now_ms.saturating_add(for_ms));
        host.asked.set(false);
        self.set_targets();
        for waker in self.unresolved.take() {
            waker.wake();
        }
    }
}
