use std::future::poll_fn;
use std::rc::Rc;

use ringgate_http2::Output;
use ringgate_runtime::{Buf, Guard};

use super::Shared;
use crate::limits::QUIET_MS;
use crate::link::{Carriage, Link};

/// Carries what the client sends to `h2`, past the guard. Never ends.
pub(super) async fn incoming(shared: &Rc<Shared>, link: &Link, buf: Buf) {
    let core = &shared.core;
    let carriage = Carriage { buffers: core.buffers.clone(), turns: core.worker.turns.clone() };
    let judge = |bytes: &[u8]| {
        let judged = shared.guard.borrow_mut().inbound(bytes, shared.now_ms());
        judged.map_err(|fault| shared.fail(fault)).is_ok()
    };
    let quiet = || shared.watch.quiet(QUIET_MS);
    carriage.inbound(link, &shared.pipe, buf, judge, quiet).await;
}

/// Carries what `h2` sends to the client, until it sends nothing more: true when all of it left.
pub(super) async fn outgoing(shared: &Rc<Shared>, link: &Link) -> bool {
    let core = &shared.core;
    // A client that does not read is cut off by a watch of its own: the other one waits for it.
    let watch = link.socket().map(|socket| core.worker.watches.watch(socket.clone()));
    while poll_fn(|cx| shared.pipe.poll_output(cx)).await == Output::Bytes {
        let mut out = core.buffers.take();
        shared.pipe.take_output(out.as_vec());
        if let Err(fault) = shared.guard.borrow_mut().outbound(out.filled(), shared.now_ms()) {
            shared.fail(fault);
        }
        if let Some(watch) = &watch {
            watch.arm(&Guard::Both, core.waits.body_ms);
        }
        let (result, out) = link.write_all(out).await;
        core.buffers.give(out);
        if result.is_err() {
            return false;
        }
        if let Some(watch) = &watch {
            watch.disarm();
        }
    }
    if let Some(fault) = shared.fault.get() {
        let mut out = core.heads.take();
        shared.guard.borrow().goaway(fault.code, out.as_vec());
        let (result, out) = link.write_all(out).await;
        core.heads.give(out);
        return result.is_ok();
    }
    true
}
