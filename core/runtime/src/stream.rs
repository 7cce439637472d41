use std::cell::{Cell, UnsafeCell};
use std::fmt;
use std::future::Future;
use std::io;
use std::mem::ManuallyDrop;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::pin::pin;
use std::rc::Rc;

use monoio::io::{AsyncReadRent, AsyncWriteRent, CancelableAsyncReadRent};
use monoio::net::TcpStream;
use rustix::net::{RecvFlags, Shutdown};

use crate::buffer::{ReadInto, WriteFrom};
use crate::{Buf, Either, Revoke, select};

/// A TCP connection of this worker. Clones are handles to the same one, so that one side can be
/// read while the other is written.
#[derive(Clone)]
pub struct Stream {
    socket: Rc<Socket>,
    raw: RawFd,
}

/// What the handles of a connection share; the last one closes it.
struct Socket {
    tcp: ManuallyDrop<UnsafeCell<TcpStream>>,
    /// Operations that have begun and not ended; one whose future was dropped never ends.
    under_way: Cell<u32>,
    /// Bytes may have been held back for the end of the stream.
    corked: Cell<bool>,
}

impl Drop for Socket {
    /// monoio closes through the ring, by an operation that it gives up at once, so that each close
    /// is two entries and a search for the first. Where nothing is under way, closing is one call.
    fn drop(&mut self) {
        // SAFETY: it is taken once, here, and nobody can use it afterwards.
        let tcp = unsafe { ManuallyDrop::take(&mut self.tcp) }.into_inner();
        if self.corked.get() {
            // Closing alone would throw them away where the peer has sent what nobody has read.
            // SAFETY: `tcp` owns the descriptor, and outlives the borrow.
            let fd = unsafe { BorrowedFd::borrow_raw(tcp.as_raw_fd()) };
            let _ = rustix::net::shutdown(fd, Shutdown::Write);
        }
        if self.under_way.get() == 0 {
            // `into_raw_fd` panics while an operation holds the descriptor too: none is under way.
            // SAFETY: the only owner of the descriptor has just given it up.
            drop(unsafe { OwnedFd::from_raw_fd(tcp.into_raw_fd()) });
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({})", self.fd().as_raw_fd())
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
        let raw = stream.as_raw_fd();
        let tcp = ManuallyDrop::new(UnsafeCell::new(stream));
        let (under_way, corked) = (Cell::new(0), Cell::new(false));
        Self { socket: Rc::new(Socket { tcp, under_way, corked }), raw }
    }

    /// Connects to `address`, waiting at most `timeout_ms`.
    ///
    /// # Errors
    /// The kernel's, or [`io::ErrorKind::TimedOut`].
    pub async fn connect(address: SocketAddr, timeout_ms: u64) -> io::Result<Self> {
        let timeout = std::time::Duration::from_millis(timeout_ms);
        // Dropping a connect is safe: its socket is closed when the operation ends.
        match monoio::time::timeout(timeout, TcpStream::connect_addr(address)).await {
            Ok(connected) => connected.map(|stream| {
                // Small requests must not wait for the peer's delayed ACK; a refusal only costs
                // latency.
                let _ = stream.set_nodelay(true);
                Self::new(stream)
            }),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    #[expect(clippy::mut_from_ref, reason = "see SAFETY")]
    fn tcp(&self) -> &mut TcpStream {
        // SAFETY: the `Rc` keeps this on one thread, and only a read, a write and a wait for
        // readiness go through here. monoio's methods for these take `&mut self` to clone the
        // shared descriptor out of it at their first poll and do not touch `self` after, even where
        // the future keeps the reference; each future here is polled at once by its caller before
        // another can be made, so no two of these references are used at the same time. Everything
        // else uses the descriptor's number.
        unsafe { &mut *self.socket.tcp.get() }
    }

    /// Counts an operation of monoio's that begins, or has ended. A future around each, to do both,
    /// would double what each takes.
    fn begin(&self) {
        self.socket.under_way.set(self.socket.under_way.get() + 1);
    }

    fn ended(&self) {
        self.socket.under_way.set(self.socket.under_way.get().saturating_sub(1));
    }

    fn fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the descriptor stays open as long as `self.socket`, which outlives the borrow.
        unsafe { BorrowedFd::borrow_raw(self.raw) }
    }

    /// Appends what the peer sent to `buf`: how many bytes, 0 at its end of stream.
    ///
    /// # Errors
    /// The kernel's. A buffer without room is [`io::ErrorKind::InvalidInput`].
    pub async fn read(&self, buf: Buf) -> (io::Result<usize>, Buf) {
        if buf.spare() == 0 {
            return (Err(io::ErrorKind::InvalidInput.into()), buf);
        }
        self.begin();
        let (result, buf) = self.tcp().read(ReadInto(buf)).await;
        self.ended();
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
        let handle = revoke.handle();
        self.begin();
        let mut read = pin!(self.tcp().cancelable_read(ReadInto(buf), handle));
        let quiet = pin!(quiet);
        let (result, buf) = match select(read.as_mut(), quiet).await {
            Either::Left(done) => done,
            Either::Right(()) => {
                // Cancelling races with data: whatever the kernel decided comes back here.
                revoke.revoke();
                let (result, buf) = read.await;
                if result.is_err() {
                    self.ended();
                    return Quiet::Quiet(buf.0);
                }
                (result, buf)
            }
        };
        self.ended();
        Quiet::Read(result, buf.0)
    }

    /// Waits until there is something to read (or the end of the stream), holding no buffer.
    ///
    /// # Errors
    /// The kernel's.
    pub async fn readable(&self) -> io::Result<()> {
        self.begin();
        let readable = self.tcp().readable(true).await;
        self.ended();
        readable
    }

    /// Writes some of the first `end` waiting bytes of `buf` and consumes them: how many.
    ///
    /// # Errors
    /// The kernel's, also for no byte at all.
    pub async fn write_some(&self, buf: Buf, end: usize) -> (io::Result<usize>, Buf) {
        let lent = WriteFrom { end: end.min(buf.len()), buf };
        self.begin();
        let (result, lent) = self.tcp().write(lent).await;
        self.ended();
        let mut buf = lent.buf;
        let result = match result {
            Ok(0) => Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                buf.consume(written);
                Ok(written)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            Err(error) => Err(error),
        };
        (result, buf)
    }

    /// Writes the first `end` waiting bytes of `buf` and consumes them.
    ///
    /// # Errors
    /// The kernel's; what was not written still waits in the buffer.
    pub async fn write(&self, buf: Buf, end: usize) -> (io::Result<()>, Buf) {
        let mut left = end.min(buf.len());
        let mut buf = buf;
        while left > 0 {
            let (result, back) = self.write_some(buf, left).await;
            buf = back;
            match result {
                Ok(written) => left = left.saturating_sub(written),
                Err(error) => return (Err(error), buf),
            }
        }
        (Ok(()), buf)
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
        self.socket.corked.set(false);
    }

    /// From now on what does not fill a segment waits for [`Stream::end_writes`] or the drop of the
    /// last handle, and goes with the end of the stream in one segment (tcp(7), `TCP_CORK`; the
    /// kernel waits for 200 ms at most). For the last write before either: a segment saved is about
    /// a tenth of what a connection with one request costs.
    pub fn cork(&self) {
        // A refusal only costs that segment.
        let corked = rustix::net::sockopt::set_tcp_cork(self.fd(), true).is_ok();
        self.socket.corked.set(corked);
    }

    /// True when an idle connection cannot carry another request: its peer closed it, or sent
    /// something nobody asked for. One system call, no wait.
    pub fn is_stale(&self) -> bool {
        !matches!(self.peek(), Err(rustix::io::Errno::AGAIN))
    }

    fn peek(&self) -> rustix::io::Result<usize> {
        let mut byte = [0u8; 1];
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        rustix::net::recv(self.fd(), &mut byte, flags).map(|(_, length)| length)
    }

    /// True when the peer has sent what nobody has read yet. One system call, no wait.
    pub fn has_bytes(&self) -> bool {
        matches!(self.peek(), Ok(1..))
    }

    /// True when the peer will send nothing more and everything it sent has been read, or the
    /// connection is broken. One system call, no wait.
    pub fn has_ended(&self) -> bool {
        !matches!(self.peek(), Ok(1..) | Err(rustix::io::Errno::AGAIN))
    }

    /// Our own address.
    ///
    /// # Errors
    /// The kernel's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp().local_addr()
    }
}
