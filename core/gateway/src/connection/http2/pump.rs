use std::future::{pending, poll_fn};
use std::rc::Rc;

use ringgate_http2::Output;
use ringgate_runtime::{Buf, Guard, Quiet, Revoke};

use super::Shared;
use crate::limits::{HTTP2_TURNS_MAX, QUIET_MS};
use crate::link::Link;

/// Carries what the client sends to `h2`, past the guard. Never ends: when nothing more comes, `h2`
/// is told, and what it still sends decides.
pub(super) async fn incoming(shared: &Rc<Shared>, link: &Link, mut buf: Buf) {
    let core = &shared.core;
    let mut revoke = Revoke::default();
    let mut turns = 0;
    loop {
        core.breathe_every(HTTP2_TURNS_MAX, &mut turns).await;
        let judged = shared.guard.borrow_mut().inbound(buf.filled(), shared.now_ms());
        if let Err(fault) = judged {
            shared.fail(fault);
            break;
        }
        while !buf.is_empty() {
            let taken = shared.pipe.push(buf.filled());
            buf.consume(taken);
            if !buf.is_empty() {
                poll_fn(|cx| shared.pipe.poll_room(cx)).await;
            }
        }
        if buf.capacity() == 0 {
            buf = core.buffers.take();
        }
        match link.read_or_quiet(buf, &mut revoke, shared.watch.quiet(QUIET_MS)).await {
            Quiet::Read(Ok(1..), back) => buf = back,
            Quiet::Read(_, back) => {
                buf = back;
                break;
            }
            Quiet::Quiet(back) => {
                core.buffers.give(back);
                buf = Buf::default();
                if link.readable().await.is_err() {
                    break;
                }
            }
        }
    }
    core.buffers.give(buf);
    shared.pipe.close_inbound();
    pending::<()>().await;
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
