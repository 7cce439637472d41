use std::cell::UnsafeCell;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::pin::pin;
use std::rc::Rc;

use monoio::io::{AsyncReadRent, AsyncWriteRent, CancelableAsyncReadRent, Canceller};
use monoio::net::TcpStream;
use rustix::net::{RecvFlags, Shutdown};

use crate::buffer::{ReadInto, WriteFrom};
use crate::{Buf, Either, select};

/// A TCP connection of this worker. Clones are handles to the same one, so that one side can be
/// read while the other is written.
#[derive(Clone)]
pub struct Stream {
    inner: Rc<UnsafeCell<TcpStream>>,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({})", self.fd().as_raw_fd())
    }
}

/// What makes the reads of one connection revocable; kept with it, so that a read costs no
/// allocation.
#[derive(Default)]
pub struct Revoke {
    canceller: Canceller,
}

impl fmt::Debug for Revoke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revoke")
    }
}

/// What became of a read that was given only so long.
#[derive(Debug)]
pub enum Quiet {
    /// It ended: the result, and the buffer.
    Read(io::Result<usize>, Buf),
    /// Nothing came; the buffer is back, no byte was lost.
    Quiet(Buf),
}

impl Stream {
    pub(crate) fn new(stream: TcpStream) -> Self {
        // Small answers must not wait for the peer's delayed ACK; a refusal only costs latency.
        let _ = stream.set_nodelay(true);
        Self { inner: Rc::new(UnsafeCell::new(stream)) }
    }

    /// Connects to `address`, waiting at most `timeout_ms`.
    ///
    /// # Errors
    /// The kernel's, or [`io::ErrorKind::TimedOut`].
    pub async fn connect(address: SocketAddr, timeout_ms: u64) -> io::Result<Self> {
        let timeout = std::time::Duration::from_millis(timeout_ms);
        // Dropping a connect is safe: its socket is closed when the operation ends.
        match monoio::time::timeout(timeout, TcpStream::connect_addr(address)).await {
            Ok(connected) => connected.map(Self::new),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    #[expect(clippy::mut_from_ref, reason = "see SAFETY")]
    fn tcp(&self) -> &mut TcpStream {
        // SAFETY: `Rc` keeps this on one thread. monoio's read and write methods take `&mut self`
        // only to clone the shared descriptor out of it before they first wait; they keep nothing
        // of `self` across a wait, so no two of these references are ever in use at once.
        unsafe { &mut *self.inner.get() }
    }

    fn fd(&self) -> BorrowedFd<'_> {
        let raw = self.tcp().as_raw_fd();
        // SAFETY: the descriptor stays open as long as `self.inner`, which outlives the borrow.
        unsafe { BorrowedFd::borrow_raw(raw) }
    }

    /// Appends what the peer sent to `buf`: how many bytes, 0 at its end of stream.
    ///
    /// # Errors
    /// The kernel's. A buffer without room is [`io::ErrorKind::InvalidInput`].
    pub async fn read(&self, buf: Buf) -> (io::Result<usize>, Buf) {
        if buf.spare() == 0 {
            return (Err(io::ErrorKind::InvalidInput.into()), buf);
        }
        let (result, buf) = self.tcp().read(ReadInto(buf)).await;
        (result, buf.0)
    }

    /// As [`Stream::read`], but gives the buffer back once `quiet` ends first.
    pub async fn read_or_quiet(
        &self,
        buf: Buf,
        revoke: &mut Revoke,
        quiet: impl Future<Output = ()>,
    ) -> Quiet {
        if buf.spare() == 0 {
            return Quiet::Read(Err(io::ErrorKind::InvalidInput.into()), buf);
        }
        let handle = revoke.canceller.handle();
        let mut read = pin!(self.tcp().cancelable_read(ReadInto(buf), handle));
        let quiet = pin!(quiet);
        let (result, buf) = match select(read.as_mut(), quiet).await {
            Either::Left(done) => done,
            Either::Right(()) => {
                // Cancelling races with data: whatever the kernel decided comes back here.
                revoke.canceller = std::mem::take(&mut revoke.canceller).cancel();
                let (result, buf) = read.await;
                if result.is_err() {
                    return Quiet::Quiet(buf.0);
                }
                (result, buf)
            }
        };
        Quiet::Read(result, buf.0)
    }

    /// Waits until there is something to read (or the end of the stream), holding no buffer.
    ///
    /// # Errors
    /// The kernel's.
    pub async fn readable(&self) -> io::Result<()> {
        self.tcp().readable(true).await
    }

    /// Writes the first `end` waiting bytes of `buf` and consumes them.
    ///
    /// # Errors
    /// The kernel's; what was not written still waits in the buffer.
    pub async fn write(&self, buf: Buf, end: usize) -> (io::Result<()>, Buf) {
        let mut lent = WriteFrom { end: end.min(buf.len()), buf };
        while lent.end > 0 {
            let (result, back) = self.tcp().write(lent).await;
            lent = back;
            match result {
                Ok(0) => return (Err(io::ErrorKind::WriteZero.into()), lent.buf),
                Ok(written) => {
                    lent.end = lent.end.saturating_sub(written);
                    lent.buf.consume(written);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (Err(error), lent.buf),
            }
        }
        (Ok(()), lent.buf)
    }

    /// Writes every waiting byte of `buf`.
    ///
    /// # Errors
    /// As [`Stream::write`].
    pub async fn write_all(&self, buf: Buf) -> (io::Result<()>, Buf) {
        let end = buf.len();
        self.write(buf, end).await
    }

    /// Ends a wait on this socket from outside: pending reads see the end of the stream. Also
    /// pending and later writes fail, with `writes`.
    pub fn end(&self, writes: bool) {
        let how = if writes { Shutdown::Both } else { Shutdown::Read };
        // Already closed by the peer is as good.
        let _ = rustix::net::shutdown(self.fd(), how);
    }

    /// Tells the peer that nothing more comes.
    pub fn end_writes(&self) {
        let _ = rustix::net::shutdown(self.fd(), Shutdown::Write);
    }

    /// True when an idle connection cannot carry another request: its peer closed it, or sent
    /// something nobody asked for. One system call, no wait.
    pub fn is_stale(&self) -> bool {
        let mut byte = [0u8; 1];
        let peeked = rustix::net::recv(self.fd(), &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT);
        !matches!(peeked, Err(rustix::io::Errno::AGAIN))
    }

    /// True when the peer will send nothing more and everything it sent has been read, or the
    /// connection is broken. One system call, no wait.
    pub fn has_ended(&self) -> bool {
        let mut byte = [0u8; 1];
        let peeked = rustix::net::recv(self.fd(), &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT);
        !matches!(peeked, Ok((1.., _)) | Err(rustix::io::Errno::AGAIN))
    }

    /// The address of the peer.
    ///
    /// # Errors
    /// The kernel's, when the peer is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.tcp().peer_addr()
    }

    /// Our own address.
    ///
    /// # Errors
    /// The kernel's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp().local_addr()
    }
}
