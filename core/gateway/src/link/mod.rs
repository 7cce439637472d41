//! A connection to a client or to an origin: in clear, or under TLS.

mod carriage;
mod coded;
mod h2;
mod h2_origin;
mod in_flight;
mod tls;
mod written;

use std::fmt;
use std::future::Future;
use std::io;
use std::rc::Rc;

use ringgate_runtime::{Buf, Quiet, Revoke, Stream, Upstream, Watch, Watches};
use ringgate_tls::Alpn;

pub(crate) use carriage::Carriage;
pub(crate) use h2::{Content, H2Client, H2Stream};
use h2_origin::H2OriginEnd;
pub(crate) use h2_origin::{H2Origin, OriginConnection, OriginFault};
pub(crate) use tls::{TlsBuffers, TlsLink};

use crate::limits::LINGER_BYTES_MAX;

/// One connection. Clones are handles to the same one, so that one side can be read while the other
/// is written; only one task writes at a time.
///
/// The methods are those of [`Stream`], and mean the same: bytes are the application's.
///
/// What TLS needs while it reads or writes is boxed: it would make the future of every request
/// three times as large, and futures are moved.
#[derive(Clone)]
pub(crate) enum Link {
    /// As it is.
    Clear(Stream),
    /// Under TLS.
    Tls(Rc<TlsLink>),
    /// A stream of HTTP/2, which is a connection of one request.
    H2(Rc<H2Stream>),
    /// One to an origin.
    H2Origin(Rc<H2Origin>),
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clear(stream) => write!(f, "Link({stream:?})"),
            Self::Tls(tls) => write!(f, "Link({:?}, TLS)", tls.stream()),
            Self::H2(_) | Self::H2Origin(_) => f.write_str("Link(HTTP/2 stream)"),
        }
    }
}

impl Link {
    /// True where HTTP/2 was agreed on in the TLS handshake.
    pub(crate) fn speaks_http2(&self) -> bool {
        matches!(self, Self::Tls(tls) if tls.alpn() == Some(Alpn::H2))
    }

    /// The socket below; a stream of HTTP/2 has none of its own.
    pub(crate) fn socket(&self) -> Option<&Stream> {
        match self {
            Self::Clear(stream) => Some(stream),
            Self::Tls(tls) => Some(tls.stream()),
            Self::H2(_) | Self::H2Origin(_) => None,
        }
    }

    /// A watch of this link's own, for an upstream that is no longer waited for but listened to.
    pub(crate) fn watched(&self, watches: &Watches) -> Rc<Watch> {
        match self {
            Self::Clear(stream) => watches.watch(stream.clone()),
            Self::Tls(tls) => watches.watch(tls.stream().clone()),
            Self::H2(stream) => watches.watch(H2Client(stream.clone())),
            Self::H2Origin(stream) => watches.watch(H2OriginEnd(stream.clone())),
        }
    }

    /// What ends this link where it is an upstream that is waited for too long.
    pub(crate) fn upstream(&self) -> Option<Upstream> {
        match self {
            Self::H2Origin(stream) => Some(Upstream::Other(stream.clone())),
            _ => self.socket().cloned().map(Upstream::Socket),
        }
    }

    /// Waits until there is something to read, or the end, holding no buffer.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        match self {
            Self::Clear(stream) => stream.readable().await,
            Self::Tls(tls) => tls.stream().readable().await,
            Self::H2(stream) => {
                stream.readable().await;
                Ok(())
            }
            Self::H2Origin(stream) => {
                stream.readable().await;
                Ok(())
            }
        }
    }

    /// True when an idle connection cannot carry another request.
    pub(crate) fn is_stale(&self) -> bool {
        self.socket().is_none_or(Stream::is_stale)
    }

    /// What is written from now on may wait for the end of the stream, which follows at once.
    pub(crate) fn cork(&self) {
        if let Some(socket) = self.socket() {
            socket.cork();
        }
    }

    /// Throws away what the peer still sends, up to its end or [`LINGER_BYTES_MAX`]; gives `buf`
    /// back.
    pub(crate) async fn discard(&self, mut buf: Buf) -> Buf {
        let mut seen = 0;
        while seen < LINGER_BYTES_MAX {
            buf.clear();
            let (result, back) = self.read(buf).await;
            buf = back;
            match result {
                Ok(bytes @ 1..) => seen += bytes,
                _ => break,
            }
        }
        buf
    }

    /// Appends what the peer sent to `buf`: how many bytes, 0 at its end.
    pub(crate) async fn read(&self, buf: Buf) -> (io::Result<usize>, Buf) {
        match self {
            Self::Clear(stream) => stream.read(buf).await,
            Self::Tls(tls) => Box::pin(tls.read(buf)).await,
            Self::H2(stream) => stream.read(buf).await,
            Self::H2Origin(stream) => stream.read(buf).await,
        }
    }

    /// As [`Link::read`], but gives the buffer back once `quiet` ends first.
    pub(crate) async fn read_or_quiet(
        &self,
        buf: Buf,
        revoke: &mut Revoke,
        quiet: impl Future<Output = ()>,
    ) -> Quiet {
        match self {
            Self::Clear(stream) => stream.read_or_quiet(buf, revoke, quiet).await,
            Self::Tls(tls) => Box::pin(tls.read_or_quiet(buf, revoke, quiet)).await,
            Self::H2(stream) => stream.read_or_quiet(buf, quiet).await,
            Self::H2Origin(stream) => stream.read_or_quiet(buf, quiet).await,
        }
    }

    /// Writes some of the first `end` waiting bytes of `buf` and consumes them: how many.
    pub(crate) async fn write_some(&self, buf: Buf, end: usize) -> (io::Result<usize>, Buf) {
        match self {
            Self::Clear(stream) => stream.write_some(buf, end).await,
            Self::Tls(tls) => Box::pin(tls.write_some(buf, end)).await,
            Self::H2(stream) => stream.write_some(buf, end).await,
            Self::H2Origin(stream) => stream.write_some(buf, end).await,
        }
    }

    /// Writes every waiting byte of `buf`.
    pub(crate) async fn write_all(&self, mut buf: Buf) -> (io::Result<()>, Buf) {
        while !buf.is_empty() {
            let end = buf.len();
            let (result, back) = self.write_some(buf, end).await;
            buf = back;
            if let Err(error) = result {
                return (Err(error), buf);
            }
        }
        (Ok(()), buf)
    }

    /// Tells the peer that nothing more comes.
    pub(crate) async fn end_writes(&self) {
        match self {
            Self::Clear(stream) => stream.end_writes(),
            Self::Tls(tls) => {
                Box::pin(tls.close()).await;
                tls.stream().end_writes();
            }
            Self::H2(stream) => stream.end_writes(),
            Self::H2Origin(stream) => stream.end_writes(),
        }
    }

    /// Says goodbye where the protocol below wants that; dropping the last handle then closes.
    pub(crate) async fn close(&self) {
        if let Self::Tls(tls) = self {
            Box::pin(tls.close()).await;
        }
    }
}
