use std::future::{pending, poll_fn};
use std::rc::Rc;

use ringgate_http2::Pipe;
use ringgate_runtime::{Buf, BufPool, Quiet, Revoke, Turns};

use super::Link;
use crate::limits::HTTP2_TURNS_MAX;

/// What carrying the bytes of an HTTP/2 connection takes, whichever side of it is ours.
pub(crate) struct Carriage {
    /// Buffers to read into.
    pub buffers: Rc<BufPool>,
    /// With readiness nothing else makes a task wait whose socket is always ready.
    pub turns: Option<Rc<Turns>>,
}

impl Carriage {
    /// Carries what the peer sends to `h2`, from what is in `buf` on. `judge` is the guard's word:
    /// false ends it. A read that is still pending when `quiet` ends holds no buffer.
    ///
    /// Never ends: when nothing more comes, `h2` is told, and what it still sends decides.
    pub(crate) async fn inbound<Q: Future<Output = ()>>(
        &self,
        link: &Link,
        pipe: &Pipe,
        mut buf: Buf,
        mut judge: impl FnMut(&[u8]) -> bool,
        quiet: impl Fn() -> Q,
    ) {
        let mut revoke = Revoke::default();
        let mut turns = 0;
        loop {
            if let Some(others) = &self.turns {
                others.pass_every(HTTP2_TURNS_MAX, &mut turns).await;
            }
            if !judge(buf.filled()) {
                break;
            }
            while !buf.is_empty() {
                let taken = pipe.push(buf.filled());
                buf.consume(taken);
                if !buf.is_empty() {
                    poll_fn(|cx| pipe.poll_room(cx)).await;
                }
            }
            if buf.capacity() == 0 {
                buf = self.buffers.take();
            }
            match link.read_or_quiet(buf, &mut revoke, quiet()).await {
                Quiet::Read(Ok(1..), back) => buf = back,
                Quiet::Read(_, back) => {
                    buf = back;
                    break;
                }
                Quiet::Quiet(back) => {
                    self.buffers.give(back);
                    buf = Buf::default();
                    if link.readable().await.is_err() {
                        break;
                    }
                }
            }
        }
        self.buffers.give(buf);
        pipe.close_inbound();
        pending::<()>().await;
    }
}
