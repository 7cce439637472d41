use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use crate::{Clock, Drain, Stream};

/// A client, or an upstream, that a watch can end from outside: a socket, or what stands for one.
pub trait Client {
    /// Ends a wait for it: pending reads see its end; with `writes`, pending and later writes fail.
    fn end(&self, writes: bool);
    /// True when it will send nothing more and all it sent has been read, or it is broken.
    fn has_ended(&self) -> bool;
    /// True when it has sent what nobody has read yet.
    fn has_bytes(&self) -> bool;
}

impl Client for Stream {
    fn end(&self, writes: bool) {
        Self::end(self, writes);
    }

    fn has_ended(&self) -> bool {
        Self::has_ended(self)
    }

    fn has_bytes(&self) -> bool {
        Self::has_bytes(self)
    }
}

/// An upstream that a watch can end.
pub enum Upstream {
    /// A connection of its own.
    Socket(Stream),
    /// What stands for one.
    Other(Rc<dyn Client>),
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(stream) => write!(f, "Upstream({stream:?})"),
            Self::Other(_) => f.write_str("Upstream"),
        }
    }
}

impl Upstream {
    fn end(&self) {
        match self {
            Self::Socket(stream) => stream.end(true),
            Self::Other(other) => other.end(true),
        }
    }
}

/// What is shut down when a connection's deadline passes.
#[derive(Clone, Debug)]
pub enum Guard {
    /// The client is waited for: reading from it ends, an answer can still be written.
    Client,
    /// An upstream's answer is waited for, and the client with it: one that goes away ends the
    /// wait.
    Answer,
    /// An upstream is waited for.
    Upstream,
    /// Both carry a body; neither side may stall.
    Both,
}

/// The one deadline of a connection.
///
/// Nothing in a request has a timer of its own. Before each wait the connection says until when and
/// for whom it waits; the sweep of its worker, every [`Watches::TICK_MS`], shuts down the sockets
/// of what is overdue, and the wait ends as if the peer had gone, with [`Watch::expired`] telling
/// why. Costs two stores a wait, needs no cancellation, and can be forgotten in no branch: a
/// deadline stays until the next one is set.
pub struct Watch {
    deadline_ms: Cell<u64>,
    guard: Cell<Guarded>,
    expired: Cell<bool>,
    look_ms: Cell<u64>,
    gone: Cell<Gone>,
    holds_both: Cell<bool>,
    quiet_ms: Cell<u64>,
    quiet: Cell<Option<Waker>>,
    client: Box<dyn Client>,
    upstream: RefCell<Option<Upstream>>,
    clock: Clock,
}

/// What looking at a waiting client has shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gone {
    No,
    /// Its end of stream is there: it closed, or will only read from now on.
    Ended,
    /// It is taken for gone.
    Yes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Guarded {
    Client,
    Answer,
    Upstream,
    Both,
    Idle,
}

impl From<&Guard> for Guarded {
    fn from(guard: &Guard) -> Self {
        match guard {
            Guard::Client => Self::Client,
            Guard::Answer => Self::Answer,
            Guard::Upstream => Self::Upstream,
            Guard::Both => Self::Both,
        }
    }
}

const NEVER: u64 = u64::MAX;

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("deadline_ms", &self.deadline_ms.get())
            .field("expired", &self.expired.get())
            .finish()
    }
}

impl Watch {
    /// Waits from now on for at most `wait_ms`.
    pub fn arm(&self, guard: &Guard, wait_ms: u64) {
        self.point(guard);
        let now_ms = self.clock.now_ms();
        self.deadline_ms.set(now_ms.saturating_add(wait_ms + Watches::TICK_MS));
        self.look_ms.set(now_ms + Watches::LOOK_MS);
    }

    /// The same deadline, for somebody else.
    pub fn point(&self, guard: &Guard) {
        let guard = if self.holds_both.get() { Guarded::Both } else { Guarded::from(guard) };
        self.guard.set(guard);
    }

    /// While `both`, every guard is [`Guard::Both`]: two bodies move at once, and whichever of them
    /// rests, neither socket may keep the other waiting.
    pub fn hold_both(&self, both: bool) {
        self.holds_both.set(both);
        if both {
            self.guard.set(Guarded::Both);
        }
    }

    /// Between two requests: ends after `wait_ms`, or once the worker's drain ends what is idle.
    pub fn arm_idle(&self, wait_ms: u64) {
        self.arm(&Guard::Client, wait_ms);
        self.guard.set(Guarded::Idle);
    }

    /// Ends once this future has been waited for as long as `wait_ms`: a coarse timer that costs
    /// one stored waker, for the wait that every request has and hardly any uses up.
    pub async fn quiet(&self, wait_ms: u64) {
        self.quiet_ms.set(self.clock.now_ms().saturating_add(wait_ms + Watches::TICK_MS));
        poll_fn(|cx| {
            if self.quiet_ms.get() <= self.clock.now_ms() {
                return Poll::Ready(());
            }
            self.quiet.set(Some(cx.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// No deadline.
    pub fn disarm(&self) {
        self.deadline_ms.set(NEVER);
    }

    /// Names the upstream connection that every guard but [`Guard::Client`] shuts down.
    pub fn set_upstream(&self, upstream: Option<Upstream>) {
        *self.upstream.borrow_mut() = upstream;
    }

    /// True once a deadline has passed; stays true, the connection ends.
    pub fn expired(&self) -> bool {
        self.expired.get()
    }

    /// True once the client was seen to be gone while an upstream was waited for.
    pub fn client_gone(&self) -> bool {
        self.gone.get() == Gone::Yes
    }

    /// Takes the expiry back: the wait for an upstream ended, the client is still served.
    pub fn forgive(&self) {
        self.expired.set(false);
    }

    /// While an answer is waited for nobody reads from the client, so it is looked at. An end of
    /// its stream may only mean that it has nothing more to say (RFC 9112 section 9.6); one that
    /// stays is a client that went away, and the upstream learns of it.
    fn look_at_client(&self, now_ms: u64) {
        self.look_ms.set(now_ms + Watches::LOOK_MS);
        if !self.client.has_ended() {
            return;
        }
        if self.gone.replace(Gone::Ended) == Gone::Ended {
            self.leave();
        }
    }

    /// The client is known to be gone: whatever is waited for ends.
    pub fn leave(&self) {
        self.gone.set(Gone::Yes);
        self.expire();
    }

    fn expire(&self) {
        self.expired.set(true);
        self.deadline_ms.set(NEVER);
        let guard = self.guard.get();
        if matches!(guard, Guarded::Client | Guarded::Idle | Guarded::Both) {
            self.client.end(guard == Guarded::Both);
        }
        if matches!(guard, Guarded::Answer | Guarded::Upstream | Guarded::Both)
            && let Some(upstream) = self.upstream.borrow().as_ref()
        {
            upstream.end();
        }
    }
}

/// Every watch of a worker.
#[derive(Debug)]
pub struct Watches {
    clock: Clock,
    drain: Rc<Drain>,
    list: RefCell<Vec<Weak<Watch>>>,
}

impl Watches {
    /// How often deadlines are looked at: the precision of every time limit.
    pub const TICK_MS: u64 = 50;

    /// How often a client is looked at while its answer is waited for; seen to have ended twice, it
    /// is gone.
    pub const LOOK_MS: u64 = 2_000;

    pub(crate) fn new(clock: Clock, drain: Rc<Drain>) -> Rc<Self> {
        Rc::new(Self { clock, drain, list: RefCell::default() })
    }

    /// A watch for this client connection, which lives as long as the result.
    pub fn watch(&self, client: impl Client + 'static) -> Rc<Watch> {
        let watch = Rc::new(Watch {
            deadline_ms: Cell::new(NEVER),
            guard: Cell::new(Guarded::Client),
            expired: Cell::new(false),
            look_ms: Cell::new(NEVER),
            gone: Cell::new(Gone::No),
            holds_both: Cell::new(false),
            quiet_ms: Cell::new(NEVER),
            quiet: Cell::new(None),
            client: Box::new(client),
            upstream: RefCell::default(),
            clock: self.clock.clone(),
        });
        self.list.borrow_mut().push(Rc::downgrade(&watch));
        watch
    }

    /// How many connections are watched.
    pub fn count(&self) -> usize {
        self.list.borrow().iter().filter(|watch| watch.strong_count() > 0).count()
    }

    /// Ends everything that is still open, whatever it waits for.
    pub fn end_all(&self) {
        for watch in self.list.borrow().iter().filter_map(Weak::upgrade) {
            watch.guard.set(Guarded::Both);
            watch.expire();
        }
    }

    /// Moves the clock and ends what is overdue.
    pub(crate) fn sweep(&self) {
        self.clock.tick();
        let now_ms = self.clock.now_ms();
        let draining = self.drain.idle_ended();
        self.list.borrow_mut().retain(|weak| {
            let Some(watch) = weak.upgrade() else { return false };
            if watch.quiet_ms.get() <= now_ms
                && let Some(waker) = watch.quiet.take()
            {
                waker.wake();
            }
            // A request that is there already is served, not cut off.
            let idle_drained =
                draining && watch.guard.get() == Guarded::Idle && !watch.client.has_bytes();
            if watch.deadline_ms.get() != NEVER
                && (watch.deadline_ms.get() <= now_ms || idle_drained)
            {
                watch.expire();
            } else if watch.guard.get() == Guarded::Answer && watch.look_ms.get() <= now_ms {
                watch.look_at_client(now_ms);
            }
            true
        });
    }
}
