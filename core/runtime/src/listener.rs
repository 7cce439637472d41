use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::pin::pin;

use monoio::net::TcpListener;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::set_tcp_nodelay;

use crate::{Either, Revoke, Stream, select};

/// A listening socket of this worker.
#[derive(Debug)]
pub struct Listener {
    inner: TcpListener,
    local: Option<SocketAddr>,
}

/// What an accept gave.
#[derive(Debug)]
pub enum Accepted {
    /// A connection and its peer.
    Connection(Stream, SocketAddr),
    /// The kernel refused (out of descriptors, say); accepting can be tried again.
    Failed(io::Error),
    /// Stopped; no connection was lost.
    Stopped,
}

impl Listener {
    /// Takes a listening socket over.
    ///
    /// # Errors
    /// The kernel's, when it cannot be registered.
    pub fn new(socket: StdListener) -> io::Result<Self> {
        // The epoll driver waits for readiness and must never block in accept(2); a ring completes
        // only blocking sockets' accepts, so each driver needs its own mode.
        let epoll = monoio::utils::is_legacy();
        socket.set_nonblocking(epoll)?;
        // Small answers must not wait for the peer's delayed ACK. What is accepted inherits it
        // (tcp(7)), so that it costs no system call per connection; a refusal only costs latency.
        let _ = set_tcp_nodelay(&socket, true);
        let local = socket.local_addr().ok().filter(|local| !local.ip().is_unspecified());
        TcpListener::from_std(socket).map(|inner| Self { inner, local })
    }

    /// The local address of every connection that is accepted here; `None` where only each
    /// connection knows ([`Stream::local_addr`]), since the socket listens on all addresses.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.local
    }

    /// True when a connection waits to be accepted. One system call, no wait.
    ///
    /// Whoever shares a listening socket with another process must ask after its last accept was
    /// stopped: the kernel wakes one waiting accept per connection, and that may have been the one
    /// just given up, while the other process sleeps on.
    pub fn has_waiting(&self) -> bool {
        // SAFETY: `inner` owns the descriptor and outlives this borrow.
        let socket = unsafe { BorrowedFd::borrow_raw(self.inner.as_raw_fd()) };
        let mut fds = [PollFd::from_borrowed_fd(socket, PollFlags::IN)];
        matches!(poll(&mut fds, Some(&Timespec::default())), Ok(1..))
    }

    /// The next connection, unless `stop` ends first. The accept is cancelled and then awaited, so
    /// a connection that raced with the stop is returned, not leaked.
    pub async fn accept(&self, revoke: &mut Revoke, stop: impl Future<Output = ()>) -> Accepted {
        let mut accept = pin!(self.inner.cancelable_accept(revoke.handle()));
        let stop = pin!(stop);
        let result = match select(accept.as_mut(), stop).await {
            Either::Left(result) => result,
            Either::Right(()) => {
                revoke.revoke();
                match accept.await {
                    Ok(raced) => Ok(raced),
                    Err(_) => return Accepted::Stopped,
                }
            }
        };
        match result {
            Ok((stream, peer)) => Accepted::Connection(Stream::new(stream), peer),
            Err(error) => Accepted::Failed(error),
        }
    }
}
