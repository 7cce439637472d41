//! What may block, off the workers: today, looking names up. One thread waits for every name
//! server at once, so a name whose servers are silent holds up no other.

mod cache;
mod names;
mod socket;
mod system;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use ringgate_dns::Outcome;
use ringgate_runtime::InboxSender;
use rustix::event::{EventfdFlags, eventfd};

use crate::worker::Message;
use names::Names;
use system::System;

/// A name to look up, and where the answer goes.
#[derive(Debug)]
pub(crate) struct Query {
    id: u64,
    host: String,
    reply: InboxSender<Message>,
}

/// How a worker reaches the services thread: a queue, and a bell that its poll hears.
#[derive(Clone, Debug)]
pub(crate) struct Queries {
    queue: Sender<Query>,
    bell: Arc<OwnedFd>,
}

/// What gets the answer, on the worker that asked.
pub(crate) type Found = Rc<dyn Fn(Outcome)>;

/// Starts the services thread. `servers` are asked instead of those of resolv.conf, if there are
/// any; at most `names_max` names are looked up at the same time, each with two sockets.
///
/// # Errors
/// There can be no thread.
pub(crate) fn start(servers: &[SocketAddr], names_max: usize) -> io::Result<Queries> {
    let (queue, waiting) = channel();
    let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
    let heard = bell.clone();
    let system = System::new(servers.to_vec());
    let thread = std::thread::Builder::new().name("services".to_owned());
    thread.spawn(move || Names::new(waiting, system, names_max).run(&heard))?;
    Ok(Queries { queue, bell })
}

impl Queries {
    /// False when the thread is gone.
    fn send(&self, query: Query) -> bool {
        let sent = self.queue.send(query).is_ok();
        // A bell that cannot be rung has been rung 2^64 times and not been heard: it will be.
        let _ = rustix::io::write(&self.bell, &1u64.to_ne_bytes());
        sent
    }
}

impl Query {
    fn answer(self, outcome: Outcome) {
        self.reply.send(Message::Resolved(self.id, outcome));
    }
}

/// A worker's end: asks, and hands the answer on when it comes through the inbox.
pub(crate) struct Resolver {
    queries: Queries,
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
    pub(crate) fn new(queries: Queries, reply: InboxSender<Message>) -> Self {
        Self { queries, reply, next_id: Cell::new(0), waiting: RefCell::default() }
    }

    /// Looks `host` up; `found` gets the answer, on this worker.
    pub(crate) fn ask(&self, host: &str, found: Found) {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        let query = Query { id, host: host.to_owned(), reply: self.reply.clone() };
        if self.queries.send(query) {
            self.waiting.borrow_mut().insert(id, found);
        } else {
            found(Outcome::Failed { reason: "the services thread is gone".to_owned() });
        }
    }

    /// Hands an answer to who asked.
    pub(crate) fn answer(&self, id: u64, outcome: Outcome) {
        let found = self.waiting.borrow_mut().remove(&id);
        if let Some(found) = found {
            found(outcome);
        }
    }
}
