use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::task::{Poll, Waker};

use ringgate_runtime::Clock;

use crate::limits::{RESOLVED_FOR_MS, UNRESOLVED_FOR_MS};
use crate::services::{Addresses, Resolver};

/// The addresses of one origin: looked up once for everybody who waits, and served while they are
/// looked up anew.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    known: RefCell<Option<Addresses>>,
    until_ms: Cell<u64>,
    pending: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

impl Lookup {
    /// The addresses of `host`; waits only where none were ever found.
    pub(super) async fn addresses(
        self: &Rc<Self>,
        (host, port): (&str, u16),
        resolver: &Resolver,
        clock: &Clock,
    ) -> Addresses {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        if clock.now_ms() >= self.until_ms.get() && !self.pending.replace(true) {
            let (lookup, clock) = (self.clone(), clock.clone());
            let found = move |addresses| lookup.found(addresses, clock.now_ms());
            resolver.ask(host, port, Rc::new(found));
        }
        poll_fn(|cx| match &*self.known.borrow() {
            // Old addresses serve while new ones are looked for; an old failure does not.
            Some(Ok(addresses)) => Poll::Ready(Ok(addresses.clone())),
            Some(Err(reason)) if !self.pending.get() => Poll::Ready(Err(reason.clone())),
            _ => {
                self.waiting.borrow_mut().push(cx.waker().clone());
                Poll::Pending
            }
        })
        .await
    }

    fn found(&self, addresses: Addresses, now_ms: u64) {
        self.pending.set(false);
        let mut known = self.known.borrow_mut();
        let for_ms = if addresses.is_ok() { RESOLVED_FOR_MS } else { UNRESOLVED_FOR_MS };
        // A resolver that is down must not take reachable origins with it.
        if addresses.is_ok() || !matches!(&*known, Some(Ok(_))) {
            *known = Some(addresses);
        }
        drop(known);
        self.until_ms.set(now_ms.saturating_add(for_ms));
        for waker in self.waiting.take() {
            waker.wake();
        }
    }
}
