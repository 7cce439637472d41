use std::cell::RefCell;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::shared::{Shared, park, wake};
use crate::limits::OUTBOUND_BYTES_MAX;

/// `h2`'s half: it takes this for the socket.
#[derive(Debug)]
pub struct PipeIo {
    shared: Rc<RefCell<Shared>>,
}

impl PipeIo {
    pub(super) fn new(shared: Rc<RefCell<Shared>>) -> Self {
        Self { shared }
    }

    /// Takes all that is offered or nothing, so that a frame is never cut: what `h2` writes at once
    /// is at most a frame and its own small buffer.
    fn write(&self, cx: &Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let mut shared = self.shared.borrow_mut();
        if shared.pump_gone || shared.outbound_closed {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        if shared.outbound.len() >= OUTBOUND_BYTES_MAX {
            park(&mut shared.writer, cx);
            return Poll::Pending;
        }
        let count = pieces.iter().map(|piece| piece.len()).sum();
        shared.outbound.reserve(count);
        for piece in pieces {
            shared.outbound.extend_from_slice(piece);
        }
        let pump = shared.output.take();
        drop(shared);
        wake(pump);
        Poll::Ready(Ok(count))
    }

    fn close(&self) {
        let mut shared = self.shared.borrow_mut();
        shared.outbound_closed = true;
        let (output, room) = (shared.output.take(), shared.room.take());
        drop(shared);
        wake(output);
        wake(room);
    }
}

impl AsyncRead for PipeIo {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut shared = self.shared.borrow_mut();
        if shared.inbound.is_empty() {
            if shared.inbound_closed {
                return Poll::Ready(Ok(()));
            }
            park(&mut shared.reader, cx);
            return Poll::Pending;
        }
        let front = shared.inbound.front();
        let count = front.len().min(buffer.remaining());
        buffer.put_slice(front.get(..count).unwrap_or_default());
        shared.inbound.consume(count);
        let pump = if shared.inbound.is_empty() { shared.room.take() } else { None };
        drop(shared);
        wake(pump);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for PipeIo {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(cx, pieces)
    }

    /// So that `h2` copies no DATA into its own buffer first.
    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.close();
        Poll::Ready(Ok(()))
    }
}

impl Drop for PipeIo {
    fn drop(&mut self) {
        self.close();
    }
}
