//! What functions said of callers, kept for all workers; and those who wait while one of them asks.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

use ringgate_runtime::InboxSender;
use ringgate_traffic::kept::{Found, Kept};

use crate::limits::CONSENTS_BYTES_MAX;
use crate::rescue::Fault;
use crate::verdict::Verdict;
use crate::worker::Message;

/// How an asking ended.
pub(crate) type Outcome = Result<Arc<Verdict>, Fault>;

/// The verdicts of this node, shared by all workers.
#[derive(Debug)]
pub(crate) struct Consents(Kept<Verdict, Waiter>);

/// Who waits, and on which worker.
#[derive(Debug)]
struct Waiter {
    worker: InboxSender<Message>,
    ticket: u64,
}

/// What there is of a key.
pub(crate) enum Consented<'c> {
    /// The verdict.
    Verdict(Arc<Verdict>),
    /// Nothing: the function is to be asked.
    Ask(Asking<'c>),
    /// Another request is asking.
    Wait(Seat),
}

impl Consents {
    pub(crate) fn new() -> Self {
        Self(Kept::new(CONSENTS_BYTES_MAX))
    }

    /// The verdict that is kept under this key.
    pub(crate) fn get(&self, key: &[u8], now_ms: u64) -> Option<Arc<Verdict>> {
        self.0.get(key, now_ms)
    }

    /// The same; without one, the duty to ask, or a seat among those who wait.
    pub(crate) fn get_or_wait<'c>(
        &'c self,
        key: &'c [u8],
        now_ms: u64,
        seats: &Rc<Seats>,
    ) -> Consented<'c> {
        let mut seat = None;
        let found = self.0.get_or_wait(key, now_ms, || {
            let taken = seats.take();
            let waiter = Waiter { worker: seats.worker.clone(), ticket: taken.ticket };
            seat = Some(taken);
            waiter
        });
        match (found, seat) {
            (Found::Value(verdict), _) => Consented::Verdict(verdict),
            (Found::Wait, Some(seat)) => Consented::Wait(seat),
            (Found::Ask | Found::Wait, _) => {
                Consented::Ask(Asking { consents: self, key, outcome: None })
            }
        }
    }
}

/// The duty to ask. Whoever drops it without an outcome leaves the duty to one of those who wait.
pub(crate) struct Asking<'c> {
    consents: &'c Consents,
    key: &'c [u8],
    outcome: Option<Outcome>,
}

impl Asking<'_> {
    /// The function has answered, or failed; a verdict is kept until `until_ms`.
    pub(crate) fn done(mut self, outcome: &Outcome, until_ms: u64, now_ms: u64) {
        if let Ok(verdict) = outcome {
            let kept = &self.consents.0;
            kept.keep(self.key, verdict.clone(), verdict.bytes(), until_ms, now_ms);
        }
        self.outcome = Some(outcome.clone());
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        for waiter in self.consents.0.tell(self.key) {
            waiter.worker.send(Message::Consented(waiter.ticket, self.outcome.clone()));
        }
    }
}

/// The requests of one worker that wait for another's asking.
pub(crate) struct Seats {
    worker: InboxSender<Message>,
    next: Cell<u64>,
    taken: RefCell<HashMap<u64, Waiting>>,
}

#[derive(Default)]
struct Waiting {
    /// Once it was told: the outcome, or that whoever asked gave up.
    told: Option<Option<Outcome>>,
    waker: Option<Waker>,
}

/// A request that waits; whoever drops it waits no more.
pub(crate) struct Seat {
    seats: Rc<Seats>,
    ticket: u64,
}

impl Seats {
    pub(crate) fn new(worker: InboxSender<Message>) -> Rc<Self> {
        Rc::new(Self { worker, next: Cell::default(), taken: RefCell::default() })
    }

    fn take(self: &Rc<Self>) -> Seat {
        let ticket = self.next.get();
        self.next.set(ticket.wrapping_add(1));
        self.taken.borrow_mut().insert(ticket, Waiting::default());
        Seat { seats: self.clone(), ticket }
    }

    /// Word from whoever asked.
    pub(crate) fn told(&self, ticket: u64, outcome: Option<Outcome>) {
        if let Some(waiting) = self.taken.borrow_mut().get_mut(&ticket) {
            waiting.told = Some(outcome);
            if let Some(waker) = waiting.waker.take() {
                waker.wake();
            }
        }
    }
}

impl Seat {
    /// Waits for the outcome; none when whoever asked gave up.
    pub(crate) async fn outcome(self) -> Option<Outcome> {
        poll_fn(|cx| {
            let mut taken = self.seats.taken.borrow_mut();
            let Some(waiting) = taken.get_mut(&self.ticket) else { return Poll::Ready(None) };
            match waiting.told.take() {
                Some(told) => Poll::Ready(told),
                None => {
                    waiting.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken.borrow_mut().remove(&self.ticket);
    }
}
