use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use h2::RecvStream;
use h2::client::SendRequest;
use ringgate_http2::limits::ORIGIN_STREAMS_MAX;
use ringgate_http2::{Fault, OriginGuard};
use ringgate_runtime::{Clock, Stream};

use super::H2Origin;
use crate::limits::{LINGER_MS, QUIET_MS, SILENT_MS};

/// An HTTP/2 connection to an origin, as its streams and the task that drives it see it.
pub(crate) struct OriginConnection {
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    pub(crate) guard: RefCell<OriginGuard>,
    /// `None`: it takes no more requests, and ends with those under way.
    send: RefCell<Option<SendRequest<Bytes>>>,
    socket: Stream,
    clock: Clock,
    open: Cell<usize>,
    /// How many streams may be open: the origin's word, and ours.
    streams_max: Cell<usize>,
    /// It has carried a request.
    used: Cell<bool>,
    idle_since_ms: Cell<u64>,
    /// When something came last.
    heard_ms: Cell<u64>,
    /// Streams whose answers have been read to the last byte, but not to their end.
    ending: RefCell<Vec<Ending>>,
    /// The origin broke the protocol; the connection ends with this.
    fault: Cell<Option<Fault>>,
    driver: RefCell<Option<Waker>>,
    quiet: Quiet,
}

/// A stream that waits for its END_STREAM: to reset it would look like a fault of the origin's.
struct Ending {
    recv: RecvStream,
    since_ms: u64,
    _place: Place,
}

/// Whether nothing has come for a while, as the worker's tidying finds.
#[derive(Default)]
struct Quiet {
    is: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// One of the streams that may be open.
pub(super) struct Place(pub(super) Rc<OriginConnection>);

impl Place {
    fn new(connection: &Rc<OriginConnection>) -> Self {
        connection.open.set(connection.open.get() + 1);
        Self(connection.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let connection = &self.0;
        connection.open.set(connection.open.get().saturating_sub(1));
        connection.idle_since_ms.set(connection.clock.now_ms());
    }
}

impl OriginConnection {
    pub(crate) fn new(
        send: SendRequest<Bytes>,
        socket: Stream,
        scheme: &'static str,
        clock: Clock,
    ) -> Rc<Self> {
        Rc::new(Self {
            scheme,
            guard: RefCell::default(),
            send: RefCell::new(Some(send)),
            socket,
            open: Cell::new(0),
            streams_max: Cell::new(0),
            used: Cell::new(false),
            idle_since_ms: Cell::new(clock.now_ms()),
            heard_ms: Cell::new(clock.now_ms()),
            clock,
            ending: RefCell::default(),
            fault: Cell::new(None),
            driver: RefCell::default(),
            quiet: Quiet::default(),
        })
    }

    /// A stream for one request, and whether the connection has carried others; `None`: there is no
    /// room, or it takes no more.
    pub(crate) fn stream(self: &Rc<Self>) -> Option<(Rc<H2Origin>, bool)> {
        if self.open.get() >= self.streams_max.get() {
            return None;
        }
        if self.guard.borrow().is_worn() {
            self.retire();
            return None;
        }
        // A clone waits for no other stream.
        let mut send = self.send.borrow().clone()?;
        let ready = send.poll_ready(&mut Context::from_waker(Waker::noop()));
        // While others are open, an end is seen as soon as it comes.
        let ended = self.open.get() == 0 && self.socket.has_ended();
        if ended || !matches!(ready, Poll::Ready(Ok(()))) {
            self.retire();
            return None;
        }
        Some((H2Origin::new(Place::new(self), send), self.used.replace(true)))
    }

    /// Takes no more requests; ends with those under way.
    pub(crate) fn retire(&self) {
        self.send.borrow_mut().take();
    }

    /// True while it takes requests, now or once others have ended.
    pub(crate) fn is_open(&self) -> bool {
        self.send.borrow().is_some()
    }

    /// How many streams may be open.
    pub(crate) fn streams_max(&self) -> usize {
        self.streams_max.get()
    }

    /// The origin says how many streams it takes.
    pub(crate) fn set_streams_max(&self, streams_max: usize) {
        self.streams_max.set(streams_max.min(ORIGIN_STREAMS_MAX as usize));
    }

    /// For how long no stream has been open; `None` while one is.
    pub(crate) fn idle_ms(&self) -> Option<u64> {
        let idle_ms = self.clock.now_ms().saturating_sub(self.idle_since_ms.get());
        (self.open.get() == 0).then_some(idle_ms)
    }

    /// Something came from the origin.
    pub(crate) fn hear(&self) {
        self.heard_ms.set(self.clock.now_ms());
        self.quiet.is.set(false);
    }

    fn silent_ms(&self) -> u64 {
        self.clock.now_ms().saturating_sub(self.heard_ms.get())
    }

    /// The wait for an answer was given up. Where nothing at all has come for a while, perhaps
    /// nobody is there any more, and later requests do not find out the same way.
    pub(super) fn suspect(&self) {
        if self.silent_ms() >= SILENT_MS {
            self.retire();
        }
    }

    /// The origin broke the protocol.
    pub(crate) fn fail(&self, fault: Fault) {
        self.fault.set(Some(fault));
        self.retire();
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }

    /// How it broke it, if it did. `cx`: the task to be told.
    pub(crate) fn fault(&self, cx: Option<&Context<'_>>) -> Option<Fault> {
        if let Some(cx) = cx {
            *self.driver.borrow_mut() = Some(cx.waker().clone());
        }
        self.fault.get()
    }

    pub(super) fn end_later(&self, recv: RecvStream, place: Place) {
        let since_ms = self.clock.now_ms();
        self.ending.borrow_mut().push(Ending { recv, since_ms, _place: place });
    }

    /// Lets go of streams that have ended meanwhile, and of those that do not end.
    pub(crate) fn end_streams(&self) {
        if self.ending.borrow().is_empty() {
            return;
        }
        let now_ms = self.clock.now_ms();
        let ended = |ending: &mut Ending| {
            ending.recv.is_end_stream() || now_ms.saturating_sub(ending.since_ms) >= LINGER_MS
        };
        let gone: Vec<Ending> = self.ending.borrow_mut().extract_if(.., ended).collect();
        // A stream's end may wake who looks here.
        drop(gone);
    }

    /// Called now and then: true once the connection is quiet. One that has ended its streams but
    /// does not go is cut off.
    pub(crate) fn tidy(&self) {
        self.end_streams();
        if !self.is_open() && self.idle_ms().is_some_and(|idle_ms| idle_ms >= LINGER_MS) {
            self.socket.end(true);
        }
        if self.silent_ms() >= QUIET_MS {
            self.quiet.is.set(true);
            if let Some(waker) = self.quiet.waker.take() {
                waker.wake();
            }
        }
    }

    /// Ready when nothing has come for a while.
    pub(crate) fn poll_quiet(&self, cx: &Context<'_>) -> Poll<()> {
        if self.quiet.is.get() {
            return Poll::Ready(());
        }
        *self.quiet.waker.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }
}
