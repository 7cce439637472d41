use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use ringgate_runtime::{Buf, Either, Guard, Quiet, Revoke, Watch, select};
use ringgate_websocket::{
    Direction, Extensions, FrameFault, Limits, Relay, close_frame, ping_frame,
};

use super::pump::give;
use crate::limits::{
    AWS_FRAME_BYTES_MAX, AWS_MESSAGE_BYTES_MAX, CLOSE_MS, PINGS_UNANSWERED_MAX, QUIET_MS,
    WEBSOCKET_FOREVER_MS,
};
use crate::link::Link;
use crate::worker::Core;

/// "Going away" (RFC 6455 section 7.4.1): the gateway is, or has had enough.
const GOING_AWAY: u16 = 1001;

/// Frames between a client and an origin that agreed on WebSocket, until one of the two has enough.
/// They pass as they came: only their headers are read.
pub(super) struct Tunnel {
    core: Rc<Core>,
    up: Way,
    down: Way,
    ends_ms: u64,
    /// Pings of ours since the client said anything.
    pings: Cell<u32>,
    /// Bytes that went to the client.
    pub down_bytes: Cell<u64>,
}

/// One direction.
struct Way {
    from: Link,
    to: Link,
    /// Of the sender: its quiet times, and the client's deadline.
    watch: Rc<Watch>,
    relay: RefCell<Relay>,
    /// A write is under way; who waits for its end.
    writing: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

/// One open WebSocket, for the count; also when its task panics.
pub(super) struct Opened(Rc<Core>);

impl Opened {
    pub(super) fn new(core: &Rc<Core>) -> Self {
        core.counters.websockets.add(1);
        core.counters.websockets_total.add(1);
        Self(core.clone())
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.counters.websockets.subtract(1);
    }
}

/// Why a direction carries nothing more.
enum End {
    /// It carried a close frame.
    Closed,
    /// Its sender is gone, or its receiver takes nothing more.
    Gone,
    /// Its sender broke the protocol.
    Broken(FrameFault),
}

impl Tunnel {
    /// `watch` is the client's; `origin_watch` the origin's own.
    pub(super) fn new(
        core: &Rc<Core>,
        (client, watch): (Link, Rc<Watch>),
        (origin, origin_watch): (Link, Rc<Watch>),
        extensions: Extensions,
    ) -> Self {
        let settings = &core.settings;
        let lifetime_ms = settings.websocket_lifetime_ms.unwrap_or(WEBSOCKET_FOREVER_MS);
        let limits = if settings.aws_limits {
            let frame_bytes_max = Some(AWS_FRAME_BYTES_MAX);
            Limits { frame_bytes_max, message_bytes_max: Some(AWS_MESSAGE_BYTES_MAX) }
        } else {
            Limits::default()
        };
        let way = |from: &Link, to: &Link, watch, direction| Way {
            from: from.clone(),
            to: to.clone(),
            watch,
            relay: RefCell::new(Relay::new(direction, extensions, limits)),
            writing: Cell::new(false),
            waiting: RefCell::default(),
        };
        Self {
            up: way(&client, &origin, watch, Direction::ClientToServer),
            down: way(&origin, &client, origin_watch, Direction::ServerToClient),
            ends_ms: core.worker.clock.now_ms().saturating_add(lifetime_ms),
            pings: Cell::new(0),
            down_bytes: Cell::new(0),
            core: core.clone(),
        }
    }

    /// Carries frames to the end. `up` and `down` are what each side has sent already.
    pub(super) async fn run(&self, up: Buf, down: Buf) {
        self.passed();
        let mut upward = pin!(self.carry(&self.up, up));
        let mut downward = pin!(self.carry(&self.down, down));
        let (end, other) = match select(upward.as_mut(), downward.as_mut()).await {
            Either::Left(end) => (end, downward),
            Either::Right(end) => (end, upward),
        };
        match end {
            // The other side answers with its own (section 5.5.1).
            End::Closed => {
                self.up.watch.arm(&Guard::Both, CLOSE_MS);
                other.await;
            }
            End::Broken(fault) => self.close(fault.close_code(), fault.reason()).await,
            // Decided here: both can be told. Else the other side sees what we saw, an end without
            // a word: a close frame would make it look like a good one (RFC 6455 section 7.1.5).
            End::Gone if self.up.watch.expired() => self.close(GOING_AWAY, self.why()).await,
            End::Gone => {}
        }
    }

    /// Why a WebSocket is ended from here.
    fn why(&self) -> &'static str {
        if self.core.worker.drain.begun() {
            "the gateway is going away"
        } else if self.core.worker.clock.now_ms() >= self.ends_ms {
            "open for too long"
        } else {
            "idle for too long"
        }
    }

    /// Something passed: the idle time begins anew.
    fn passed(&self) {
        let idle_ms = self.core.settings.websocket_idle_ms.unwrap_or(WEBSOCKET_FOREVER_MS);
        let left_ms = self.ends_ms.saturating_sub(self.core.worker.clock.now_ms());
        self.up.watch.arm_idle(idle_ms.min(left_ms));
    }

    async fn carry(&self, way: &Way, mut buf: Buf) -> End {
        let mut revoke = Revoke::default();
        let mut turns = 0;
        let end = loop {
            if let Err(end) = self.pass(way, &mut buf).await {
                break end;
            }
            self.core.breathe(&mut turns).await;
            if buf.capacity() == 0 {
                buf = self.core.buffers.take();
            }
            buf.compact();
            let quiet = way.watch.quiet(QUIET_MS);
            match way.from.read_or_quiet(buf, &mut revoke, quiet).await {
                Quiet::Read(Ok(1..), back) => buf = back,
                Quiet::Read(_, back) => {
                    buf = back;
                    break End::Gone;
                }
                Quiet::Quiet(back) if back.is_empty() => {
                    give(&self.core, back);
                    buf = Buf::default();
                    if !self.wait(way).await {
                        break End::Gone;
                    }
                }
                // Half a header: it stays.
                Quiet::Quiet(back) => {
                    buf = back;
                    if !self.wait(way).await {
                        break End::Gone;
                    }
                }
            }
        };
        give(&self.core, buf);
        end
    }

    /// Sends on what is whole of the frames in `buf`.
    async fn pass(&self, way: &Way, buf: &mut Buf) -> Result<(), End> {
        while !buf.is_empty() {
            let judged = way.relay.borrow_mut().inspect(buf.filled());
            let passed = match judged {
                Ok(passed) if passed.len == 0 => return Ok(()),
                Ok(passed) => passed,
                Err(FrameFault::AfterClose) => return Err(End::Closed),
                Err(fault) => return Err(End::Broken(fault)),
            };
            self.core.counters.websocket_messages_total.add(passed.messages as u64);
            if std::ptr::eq(way, &self.down) {
                self.down_bytes.set(self.down_bytes.get() + passed.len as u64);
            } else {
                self.pings.set(0);
            }
            if !way.send(buf, passed.len).await {
                return Err(End::Gone);
            }
            if passed.close.is_some() {
                return Err(End::Closed);
            }
            self.passed();
        }
        Ok(())
    }

    /// Waits for a quiet sender without a buffer; a client that says nothing for as long as the
    /// settings have it is sent pings meanwhile. False when it is gone.
    async fn wait(&self, way: &Way) -> bool {
        let client = std::ptr::eq(way, &self.up);
        let Some(interval_ms) = self.core.settings.ping_interval_ms.filter(|_| client) else {
            return way.from.readable().await.is_ok();
        };
        loop {
            // Dropping this wait loses nothing: it reads no byte.
            let readable = pin!(way.from.readable());
            let due = pin!(way.watch.quiet(interval_ms));
            match select(readable, due).await {
                Either::Left(result) => return result.is_ok(),
                Either::Right(()) if !self.ping().await => return false,
                Either::Right(()) => {}
            }
        }
    }

    /// Pings the client, where nothing else is being sent to it. False when it has left so many
    /// unanswered that it is taken for gone.
    async fn ping(&self) -> bool {
        if self.pings.replace(self.pings.get() + 1) >= PINGS_UNANSWERED_MAX {
            return false;
        }
        let mut out = self.core.heads.take();
        ping_frame(b"", None, out.as_vec());
        self.down.say(&self.core, out).await;
        true
    }

    /// Tells both ends why it is over, as far as they can still be told.
    async fn close(&self, code: u16, reason: &str) {
        self.up.watch.arm(&Guard::Both, CLOSE_MS);
        let masks = [None, Some(self.core.random.mask())];
        for (way, mask) in [&self.down, &self.up].into_iter().zip(masks) {
            let mut out = self.core.heads.take();
            close_frame(code, reason, mask, out.as_vec());
            way.say(&self.core, out).await;
        }
    }
}

impl Way {
    /// Sends the first `len` bytes of `buf`; false when nobody takes them.
    async fn send(&self, buf: &mut Buf, len: usize) -> bool {
        poll_fn(|cx| self.poll_turn(cx)).await;
        let mut left = len;
        while left > 0 {
            let (result, back) = self.to.write_some(std::mem::take(buf), left).await;
            *buf = back;
            match result {
                Ok(written) => left = left.saturating_sub(written),
                Err(_) => return false,
            }
        }
        self.writing.set(false);
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
        true
    }

    /// One write after the other.
    fn poll_turn(&self, cx: &Context<'_>) -> Poll<()> {
        if self.writing.replace(true) {
            *self.waiting.borrow_mut() = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Sends a frame of our own, where one may stand.
    async fn say(&self, core: &Core, frame: Buf) {
        let mut frame = frame;
        let may = {
            let relay = self.relay.borrow();
            relay.at_frame_boundary() && !relay.is_closed() && !self.writing.get()
        };
        if may {
            let len = frame.len();
            self.send(&mut frame, len).await;
        }
        core.heads.give(frame);
    }
}
