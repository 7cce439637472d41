//! What may block, off the workers. Today: looking names up.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use ringgate_runtime::InboxSender;

use crate::limits::LOOKUP_THREADS;
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

/// What gets the answer, on the worker that asked.
pub(crate) type Found = Rc<dyn Fn(Addresses)>;

/// Starts the services threads: a few, so that one name whose servers are down does not hold up
/// every other.
///
/// # Errors
/// There can be no thread.
pub(crate) fn start() -> io::Result<Sender<Query>> {
    let (queries, waiting) = channel::<Query>();
    let waiting = Arc::new(Mutex::new(waiting));
    for number in 0..LOOKUP_THREADS {
        let waiting = waiting.clone();
        let thread = std::thread::Builder::new().name(format!("services-{number}"));
        thread.spawn(move || {
            while let Some(query) = next(&waiting) {
                query.answer();
            }
        })?;
    }
    Ok(queries)
}

fn next(waiting: &Mutex<Receiver<Query>>) -> Option<Query> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

impl Query {
    fn answer(self) {
        let found = (self.host.as_str(), self.port)
            .to_socket_addrs()
            .map(Iterator::collect)
            .map_err(|error| format!("{}: {error}", self.host));
        self.reply.send(Message::Resolved(self.id, found));
    }
}

/// A worker's end: asks, and hands the answer on when it comes through the inbox.
pub(crate) struct Resolver {
    queries: Sender<Query>,
    reply: InboxSender<Message>,
    next_id: Cell<u64>,
    waiting: RefCell<HashMap<u64, Found>>,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resolver({} waiting)", self.waiting.borrow().len())
    }
}

impl Resolver {
    pub(crate) fn new(queries: Sender<Query>, reply: InboxSender<Message>) -> Self {
        Self { queries, reply, next_id: Cell::new(0), waiting: RefCell::default() }
    }

    /// Looks `host` up; `found` gets the answer, on this worker.
    pub(crate) fn ask(&self, host: &str, port: u16, found: Found) {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        let query = Query { id, host: host.to_owned(), port, reply: self.reply.clone() };
        match self.queries.send(query) {
            Ok(()) => drop(self.waiting.borrow_mut().insert(id, found)),
            Err(_) => found(Err("the services threads are gone".to_owned())),
        }
    }

    /// Hands an answer to who asked.
    pub(crate) fn answer(&self, id: u64, addresses: Addresses) {
        let found = self.waiting.borrow_mut().remove(&id);
        if let Some(found) = found {
            found(addresses);
        }
    }
}
