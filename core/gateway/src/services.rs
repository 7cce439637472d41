//! The services thread: what may block, off the workers. Today: looking names up.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Poll, Waker};

use ringgate_runtime::InboxSender;

use crate::worker::Message;

/// A name to look up, and where the answer goes.
#[derive(Debug)]
pub(crate) struct Query {
    id: u64,
    host: String,
    port: u16,
    reply: InboxSender<Message>,
}

/// The addresses of a name, or why there are none.
pub(crate) type Addresses = Result<Vec<SocketAddr>, String>;

/// Starts the services thread.
///
/// # Errors
/// There can be no thread.
pub(crate) fn start() -> io::Result<Sender<Query>> {
    let (queries, waiting) = channel::<Query>();
    std::thread::Builder::new().name("services".to_owned()).spawn(move || {
        for Query { id, host, port, reply } in waiting {
            let found = (host.as_str(), port)
                .to_socket_addrs()
                .map(Iterator::collect)
                .map_err(|error| format!("{host}: {error}"));
            reply.send(Message::Resolved(id, found));
        }
    })?;
    Ok(queries)
}

/// A worker's end: asks, and wakes whoever waits when the answer comes through the inbox.
#[derive(Debug)]
pub(crate) struct Resolver {
    queries: Sender<Query>,
    reply: InboxSender<Message>,
    next_id: Cell<u64>,
    waiting: RefCell<HashMap<u64, Rc<Slot>>>,
}

#[derive(Debug, Default)]
struct Slot {
    found: RefCell<Option<Addresses>>,
    waker: RefCell<Option<Waker>>,
}

impl Resolver {
    pub(crate) fn new(queries: Sender<Query>, reply: InboxSender<Message>) -> Self {
        Self { queries, reply, next_id: Cell::new(0), waiting: RefCell::default() }
    }

    /// Looks `host` up on the services thread.
    pub(crate) async fn resolve(&self, host: &str, port: u16) -> Addresses {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        let slot = Rc::new(Slot::default());
        self.waiting.borrow_mut().insert(id, slot.clone());
        let query = Query { id, host: host.to_owned(), port, reply: self.reply.clone() };
        if self.queries.send(query).is_err() {
            self.waiting.borrow_mut().remove(&id);
            return Err("the services thread is gone".to_owned());
        }
        poll_fn(|cx| match slot.found.borrow_mut().take() {
            Some(found) => Poll::Ready(found),
            None => {
                *slot.waker.borrow_mut() = Some(cx.waker().clone());
                Poll::Pending
            }
        })
        .await
    }

    /// Hands an answer to who asked.
    pub(crate) fn answer(&self, id: u64, found: Addresses) {
        let Some(slot) = self.waiting.borrow_mut().remove(&id) else { return };
        *slot.found.borrow_mut() = Some(found);
        if let Some(waker) = slot.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}
