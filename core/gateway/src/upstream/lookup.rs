use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use ringgate_dns::Outcome;

use super::Pool;
use crate::limits::{STALE_MS, STALE_RETRY_MS, UNRESOLVED_FOR_MS};

/// What is known of an origin's name, but its addresses: those are the pool's targets. Looked up
/// once for everybody who waits; old addresses serve while they are looked up anew.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    until_ms: Cell<u64>,
    /// How long the addresses serve while nobody can say more.
    stale_until_ms: Cell<u64>,
    asked: Cell<bool>,
    /// Why there are none.
    nothing: RefCell<Option<String>>,
    waiting: RefCell<Vec<Waker>>,
}

impl Lookup {
    /// The host is an address itself.
    pub(super) fn never(&self) {
        self.until_ms.set(u64::MAX);
    }

    pub(super) fn is_due(&self, now_ms: u64) -> bool {
        now_ms >= self.until_ms.get()
    }
}

impl Pool {
    /// Has the name looked up, unless that is under way.
    pub(super) fn look_up(self: &Rc<Self>) {
        if self.lookup.asked.replace(true) {
            return;
        }
        let pool = Rc::downgrade(self);
        let found = move |outcome| {
            if let Some(pool) = pool.upgrade() {
                pool.found(outcome);
            }
        };
        self.share.resolver.ask(&self.host, Rc::new(found));
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
            if self.lookup.is_due(self.share.clock.now_ms()) {
                self.look_up();
            }
            if !self.lookup.asked.get() {
                let nothing = self.lookup.nothing.borrow().clone();
                return Poll::Ready(Err(nothing.unwrap_or_default()));
            }
            self.lookup.waiting.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn found(&self, outcome: Outcome) {
        let now_ms = self.share.clock.now_ms();
        let lookup = &self.lookup;
        let (for_ms, nothing) = match outcome {
            Outcome::Found { addresses, ttl_ms } => {
                self.set_addresses(&addresses);
                lookup.stale_until_ms.set(now_ms.saturating_add(STALE_MS));
                (ttl_ms, None)
            }
            // Who says so knows: the addresses are no longer its own.
            Outcome::Nothing { reason, ttl_ms } => {
                self.set_addresses(&[]);
                (ttl_ms, Some(reason))
            }
            Outcome::Failed { reason } => {
                if now_ms >= lookup.stale_until_ms.get() {
                    self.set_addresses(&[]);
                }
                let serves = !self.targets.borrow().targets().is_empty();
                (if serves { STALE_RETRY_MS } else { UNRESOLVED_FOR_MS }, Some(reason))
            }
        };
        *lookup.nothing.borrow_mut() = nothing;
        lookup.until_ms.set(now_ms.saturating_add(for_ms));
        lookup.asked.set(false);
        for waker in lookup.waiting.take() {
            waker.wake();
        }
    }
}
