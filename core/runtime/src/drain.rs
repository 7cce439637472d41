use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// The signal, within one worker, that no new work is taken.
#[derive(Debug, Default)]
pub struct Drain {
    begun: Cell<bool>,
    idle_ended: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

impl Drain {
    /// Begins; wakes everyone who waits. Cannot be taken back.
    pub fn begin(&self) {
        self.begun.set(true);
        for waker in self.waiting.take() {
            waker.wake();
        }
    }

    /// Ends connections that wait for their next request, at the next sweep: until then each may
    /// send one more.
    pub fn end_idle(&self) {
        self.idle_ended.set(true);
    }

    /// True once connections that wait for their next request are ended.
    pub fn idle_ended(&self) -> bool {
        self.idle_ended.get()
    }

    /// True once it has begun.
    pub fn begun(&self) -> bool {
        self.begun.get()
    }

    /// Ends when it begins. May be waited for again and again by few tasks: each is noted once.
    pub async fn wait(&self) {
        poll_fn(|cx| {
            if self.begun() {
                return Poll::Ready(());
            }
            let mut waiting = self.waiting.borrow_mut();
            if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
                waiting.push(cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}
