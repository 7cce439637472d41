//! A client's HTTP/2 connection: bytes between its link and `h2`, and a task for each stream, which
//! is answered as a connection of HTTP/1.1 with one request.

mod pump;
mod stream;

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Waker;

use ringgate_http2::{Fault, Guard, Pipe, PipeIo, server_builder};
use ringgate_runtime::{Buf, Either, Watch, select};

use super::{Peer, linger};
use crate::link::Link;
use crate::worker::Core;

/// What a connection and its streams share.
pub(super) struct Shared {
    core: Rc<Core>,
    peer: Rc<Peer>,
    watch: Rc<Watch>,
    guard: Rc<RefCell<Guard>>,
    pipe: Pipe,
    /// Streams whose tasks run.
    open: Cell<usize>,
    /// The client broke the protocol; the connection ends with this.
    fault: Cell<Option<Fault>>,
    /// The task of the connection, to be polled when there is a fault.
    driver: RefCell<Option<Waker>>,
}

impl Shared {
    fn fail(&self, fault: Fault) {
        self.fault.set(Some(fault));
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }

    fn now_ms(&self) -> u64 {
        self.core.worker.clock.now_ms()
    }
}

/// Serves an HTTP/2 connection to its end. `input` is what came already, its preface most likely.
pub(super) async fn serve(
    core: &Rc<Core>,
    link: &Link,
    watch: Rc<Watch>,
    peer: Rc<Peer>,
    input: Buf,
) {
    let peer = Rc::new(Peer { http2: true, ..(*peer).clone() });
    let (pipe, io) = Pipe::new();
    let shared = Rc::new(Shared {
        core: core.clone(),
        peer,
        watch,
        guard: Rc::new(RefCell::new(Guard::new())),
        pipe,
        open: Cell::new(0),
        fault: Cell::new(None),
        driver: RefCell::default(),
    });
    let mut incoming = pin!(pump::incoming(&shared, link, input));
    let mut streams = pin!(async {
        accept_streams(&shared, io).await;
        // Only what is written is still waited for.
        pending::<()>().await;
    });
    let mut outgoing = pin!(pump::outgoing(&shared, link));
    let both = async {
        select(incoming.as_mut(), streams.as_mut()).await;
    };
    let mut both = pin!(both);
    if let Either::Right(whole) = select(both.as_mut(), outgoing.as_mut()).await
        && whole
    {
        // Closing with bytes of the client unread would reset what was sent last.
        let buf = linger(link, &shared.watch, core.buffers.take()).await;
        core.buffers.give(buf);
    }
}

/// Takes streams until the connection ends, or the worker drains and the last one has ended.
async fn accept_streams(shared: &Rc<Shared>, io: PipeIo) {
    let head_bytes_max = shared.core.settings.limits.request_head_bytes;
    let builder = server_builder(u32::try_from(head_bytes_max).unwrap_or(u32::MAX));
    let Ok(mut connection) = builder.handshake(io).await else { return };
    shared.watch.arm_idle(shared.core.waits.idle_ms);
    let mut told = false;
    loop {
        let next = poll_fn(|cx| {
            if shared.fault.get().is_some() {
                return std::task::Poll::Ready(None);
            }
            if shared.core.worker.drain.begun() && !std::mem::replace(&mut told, true) {
                connection.graceful_shutdown();
            }
            *shared.driver.borrow_mut() = Some(cx.waker().clone());
            connection.poll_accept(cx)
        });
        let Some(Ok((request, respond))) = next.await else { return };
        stream::answer(stream::Open::new(shared), request, respond);
    }
}
