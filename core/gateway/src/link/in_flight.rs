use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

/// How much of a stream's content `h2` holds and has not written yet.
///
/// `h2` itself would tell by granting less and less room, and content would leave in ever smaller
/// pieces; here a piece is as large as the peer's window lets it be.
#[derive(Clone, Default)]
pub(super) struct InFlight(Arc<Count>);

/// `h2` wants it to be [`Send`], though all of it stays on one thread.
#[derive(Default)]
struct Count {
    bytes: AtomicUsize,
    waiting: Mutex<Option<Waker>>,
}

/// Content on its way.
struct Piece {
    bytes: Vec<u8>,
    count: Arc<Count>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.count.bytes.fetch_sub(self.bytes.len(), Ordering::Relaxed);
        let waiting = self.count.waiting.lock().ok().and_then(|mut waiting| waiting.take());
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}

impl InFlight {
    /// A copy of `bytes` to be given to `h2`, counted until it lets go of it.
    pub(super) fn piece(&self, bytes: &[u8]) -> Bytes {
        self.0.bytes.fetch_add(bytes.len(), Ordering::Relaxed);
        Bytes::from_owner(Piece { bytes: bytes.to_vec(), count: self.0.clone() })
    }

    /// Ready when less than `bytes_max` are in flight.
    pub(super) fn poll_less(&self, cx: &Context<'_>, bytes_max: usize) -> Poll<()> {
        if self.0.bytes.load(Ordering::Relaxed) < bytes_max {
            return Poll::Ready(());
        }
        if let Ok(mut waiting) = self.0.waiting.lock() {
            *waiting = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_counts_until_its_last_holder_lets_go() {
        let in_flight = InFlight::default();
        let cx = Context::from_waker(Waker::noop());
        let piece = in_flight.piece(b"12345");
        assert!(in_flight.poll_less(&cx, 6).is_ready() && in_flight.poll_less(&cx, 5).is_pending());
        let rest = piece.slice(3..);
        drop(piece);
        assert!(in_flight.poll_less(&cx, 5).is_pending());
        drop(rest);
        assert!(in_flight.poll_less(&cx, 1).is_ready());
    }
}
