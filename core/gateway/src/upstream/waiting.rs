use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// The line of those who wait for a connection to an origin, first come first served.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    line: RefCell<VecDeque<(u64, Waker)>>,
    next: Cell<u64>,
}

/// A place in the line; given up when dropped.
struct Place<'w> {
    waiting: &'w Waiting,
    ticket: u64,
}

impl Waiting {
    /// True when somebody waits.
    pub(super) fn any(&self) -> bool {
        !self.line.borrow().is_empty()
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.line.borrow().len()
    }

    /// Something may be there for the first of the line.
    pub(super) fn wake_first(&self) {
        let first = self.line.borrow().front().map(|(_, waker)| waker.clone());
        if let Some(waker) = first {
            waker.wake();
        }
    }

    /// Waits in line until `ready` gives something, which only the first is asked for.
    pub(super) async fn wait<T>(&self, mut ready: impl FnMut() -> Option<T>) -> T {
        let ticket = self.next.get();
        self.next.set(ticket.wrapping_add(1));
        let _place = Place { waiting: self, ticket };
        poll_fn(|cx| {
            let first = self.line.borrow().front().is_none_or(|(first, _)| *first == ticket);
            if first && let Some(given) = ready() {
                return Poll::Ready(given);
            }
            let mut line = self.line.borrow_mut();
            match line.iter_mut().find(|(other, _)| *other == ticket) {
                Some((_, waker)) => waker.clone_from(cx.waker()),
                None => line.push_back((ticket, cx.waker().clone())),
            }
            Poll::Pending
        })
        .await
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.waiting.line.borrow_mut().retain(|(ticket, _)| *ticket != self.ticket);
        // There may be more than one could take.
        self.waiting.wake_first();
    }
}
