//! A connection of bytes in memory, between the pump that has the socket and `h2`, which wants a
//! socket. Both halves belong to one thread; whoever waits is woken by the other half.

mod io;
mod shared;

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll};

pub use io::PipeIo;

use crate::limits::INBOUND_BYTES_MAX;
use shared::{Shared, park, wake};

/// The pump's half: what came from the peer goes in, what is for the peer comes out.
///
/// Dropping it is the end of the connection to `h2`: no more input, and writes fail.
#[derive(Debug)]
pub struct Pipe {
    shared: Rc<RefCell<Shared>>,
}

/// What [`Pipe::poll_output`] waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// There are bytes for the peer.
    Bytes,
    /// There are none and there will be none: `h2` has shut down or was dropped.
    End,
}

impl Pipe {
    /// A pipe and the half of it that is given to `h2`.
    pub fn new() -> (Self, PipeIo) {
        let shared = Rc::<RefCell<Shared>>::default();
        (Self { shared: Rc::clone(&shared) }, PipeIo::new(shared))
    }

    /// Offers bytes from the peer, and returns how many were taken: all, unless that would make
    /// more than [`INBOUND_BYTES_MAX`] that `h2` has not read yet. Offer the rest again when
    /// [`Self::poll_room`] is ready, and read no more from the socket meanwhile.
    ///
    /// When `h2` has gone, everything is taken and thrown away.
    pub fn push(&self, bytes: &[u8]) -> usize {
        let mut shared = self.shared.borrow_mut();
        if shared.outbound_closed {
            return bytes.len();
        }
        let taken = bytes.len().min(INBOUND_BYTES_MAX.saturating_sub(shared.inbound.len()));
        shared.inbound.extend(bytes.get(..taken).unwrap_or_default());
        let reader = shared.reader.take();
        drop(shared);
        wake(reader);
        taken
    }

    /// Ready when `h2` has read all that was pushed, so that [`INBOUND_BYTES_MAX`] may be pushed.
    pub fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut shared = self.shared.borrow_mut();
        if shared.inbound.is_empty() || shared.outbound_closed {
            return Poll::Ready(());
        }
        park(&mut shared.room, cx);
        Poll::Pending
    }

    /// The peer will send no more; `h2` reads what is there, then the end.
    pub fn close_inbound(&self) {
        let mut shared = self.shared.borrow_mut();
        shared.inbound_closed = true;
        let reader = shared.reader.take();
        drop(shared);
        wake(reader);
    }

    /// Ready when there is something to send, or nothing more will ever be.
    ///
    /// While it is pending the pipe holds no buffer for output.
    pub fn poll_output(&self, cx: &mut Context<'_>) -> Poll<Output> {
        let mut shared = self.shared.borrow_mut();
        if !shared.outbound.is_empty() {
            return Poll::Ready(Output::Bytes);
        }
        shared.outbound = Vec::new();
        if shared.outbound_closed {
            return Poll::Ready(Output::End);
        }
        park(&mut shared.output, cx);
        Poll::Pending
    }

    /// Moves what there is to send to the end of `out`. An empty `out` is exchanged for the pipe's
    /// buffer, without copying.
    pub fn take_output(&self, out: &mut Vec<u8>) {
        let mut shared = self.shared.borrow_mut();
        if out.is_empty() {
            std::mem::swap(out, &mut shared.outbound);
        } else {
            out.append(&mut shared.outbound);
        }
        let writer = shared.writer.take();
        drop(shared);
        wake(writer);
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let mut shared = self.shared.borrow_mut();
        shared.pump_gone = true;
        shared.inbound_closed = true;
        shared.outbound = Vec::new();
        let (reader, writer) = (shared.reader.take(), shared.writer.take());
        drop(shared);
        wake(reader);
        wake(writer);
    }
}
