//! Step 1: take connections, as many as there are descriptors and memory for.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::rc::Rc;

use ringgate_ipc::Kind;
use ringgate_runtime::{Accepted, Listener, Revoke, Stream, sleep_ms};

use crate::addresses::Place;
use crate::connection::{self, Peer};
use crate::limits::{ACCEPT_RETRY_MS, ACCEPTS_AT_ONCE, LAST_ACCEPT_MS, LAST_ACCEPTS_MS};
use crate::pressure::Level;
use crate::worker::{Core, spawn_here};

/// A listening socket of this worker, and what is spoken on it.
pub(crate) struct Door {
    kind: Kind,
    listener: Listener,
    /// `by=…;` of its connections' `Forwarded`; `None` where each has its own local address.
    by: Option<String>,
}

/// Accepts until the worker drains. What is not accepted waits in the kernel's backlog.
pub(crate) fn open(core: &Rc<Core>, kind: Kind, listener: Listener) {
    let by = listener.local_addr().map(|local| Peer::by(local.ip()));
    let door = Rc::new(Door { kind, listener, by });
    // A completion takes one connection: where many come, one accept would cost a turn of the
    // worker for each. With readiness a turn takes what is there.
    let at_once = if core.worker.turns.is_some() { 1 } else { ACCEPTS_AT_ONCE };
    for nth in 0..at_once {
        core.accepting.set(core.accepting.get() + 1);
        spawn_here(core, run(core.clone(), door.clone(), nth));
    }
}

/// The `nth` accept of this door, which waits as long as the ones before it may take all the room
/// there is.
async fn run(core: Rc<Core>, door: Rc<Door>, nth: usize) {
    let mut revoke = Revoke::default();
    while !core.worker.drain.begun() {
        if core.room.get() <= nth || core.pressure.level() == Level::Full {
            sleep_ms(ACCEPT_RETRY_MS).await;
            continue;
        }
        match door.listener.accept(&mut revoke, core.worker.drain.wait()).await {
            Accepted::Connection(stream, peer) => door.serve(&core, stream, peer),
            // Out of descriptors, most likely: kept connections go on, and some will end. Those to
            // origins that nobody uses go first.
            Accepted::Failed(_) => {
                core.pools.tidy(0);
                sleep_ms(ACCEPT_RETRY_MS).await;
            }
            Accepted::Stopped => break,
        }
    }
    // Closing the last handle of the socket resets what still waits in its queue: take that first.
    // Where another process accepts from it too, one connection may wait whose wake-up went to the
    // accept that was just given up.
    let replaced = core.leave.get().replaced;
    let clock = &core.worker.clock;
    let until_ms = clock.now_ms().saturating_add(LAST_ACCEPTS_MS);
    while clock.now_ms() < until_ms && (!replaced || door.listener.has_waiting()) {
        match door.listener.accept(&mut revoke, sleep_ms(LAST_ACCEPT_MS)).await {
            Accepted::Connection(stream, peer) => door.serve(&core, stream, peer),
            _ if replaced => {}
            _ => break,
        }
    }
    core.accepting.set(core.accepting.get().saturating_sub(1));
}

impl Door {
    fn serve(&self, core: &Rc<Core>, stream: Stream, address: SocketAddr) {
        let tls = match self.kind {
            Kind::Http => None,
            // There is such a configuration wherever there is such a socket.
            Kind::Https => match core.tls.inbound() {
                None => return,
                config => config,
            },
        };
        let place = match &core.settings.addresses {
            None => None,
            // One too many is closed without a word, TLS or not.
            Some(addresses) => match addresses.enter(address.ip()) {
                None => return core.counters.over_address_limit_total.add(1),
                place => place,
            },
        };
        let open = Open::new(core.clone(), place);
        let own = |local: SocketAddr| Peer::by(local.ip());
        let by = match &self.by {
            Some(by) => Cow::Borrowed(by),
            None => Cow::Owned(stream.local_addr().map(own).unwrap_or_default()),
        };
        let peer = Peer::new(address.ip(), &by, if tls.is_some() { "https" } else { "http" });
        spawn_here(core, connection::serve(open, stream, tls, peer));
    }
}

/// One open client connection, for the counts and the room; ends with the connection's task, also
/// when that panics.
pub(crate) struct Open {
    /// The worker's shared things.
    pub core: Rc<Core>,
    _place: Option<Place>,
}

impl Open {
    fn new(core: Rc<Core>, place: Option<Place>) -> Self {
        core.room.set(core.room.get().saturating_sub(1));
        core.counters.connections.add(1);
        core.counters.connections_total.add(1);
        Self { core, _place: place }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.core.room.set(self.core.room.get() + 1);
        self.core.closed.set(self.core.closed.get() + 1);
        self.core.counters.connections.subtract(1);
    }
}
