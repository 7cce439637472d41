use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::peer::{self, Peer};

/// Largest packet either side sends or takes. Tables go in memory files, not in packets.
pub const PACKET_BYTES_MAX: usize = 64 * 1024;

/// Most descriptors a packet may carry without losing any: one is right, and room for a few shows
/// which peer sends more.
const DESCRIPTORS_MAX: usize = 4;

/// One end of a table-socket connection (SOCK_SEQPACKET over a UNIX socket): messages arrive whole
/// and in order, each with at most one descriptor.
#[derive(Debug)]
pub struct Channel(OwnedFd);

/// Why no message was received.
#[derive(Debug, Error)]
pub enum RecvError {
    /// The socket failed; `WouldBlock` on a non-blocking one that has no packet.
    #[error("table socket: {0}")]
    Io(#[from] io::Error),
    /// The packet is larger than [`PACKET_BYTES_MAX`].
    #[error("a packet on the table socket is over {PACKET_BYTES_MAX} bytes")]
    Oversize,
    /// The packet carries more than one descriptor.
    #[error("a packet on the table socket carries more than one descriptor")]
    Descriptors,
    /// The packet is no message of the expected kind.
    #[error("malformed packet on the table socket: {0}")]
    Malformed(String),
}

impl Channel {
    /// Connects to the listener at `path`.
    ///
    /// # Errors
    /// `NotFound` or `ConnectionRefused` when nobody listens there.
    pub fn connect(path: &Path) -> io::Result<Self> {
        let socket = seqpacket()?;
        rustix::net::connect(&socket, &peer::address(path)?)?;
        Ok(Self(socket))
    }

    /// Two connected ends.
    ///
    /// # Errors
    /// When the process is out of descriptors.
    pub fn pair() -> io::Result<(Self, Self)> {
        let (domain, flags) = (AddressFamily::UNIX, SocketFlags::CLOEXEC);
        let (one, other) = rustix::net::socketpair(domain, SocketType::SEQPACKET, flags, None)?;
        Ok((Self(one), Self(other)))
    }

    pub(crate) fn of(socket: OwnedFd) -> Self {
        Self(socket)
    }

    /// Sends one message, with a copy of `descriptor` beside it.
    ///
    /// # Errors
    /// `InvalidInput` for a message over [`PACKET_BYTES_MAX`]; `BrokenPipe` when the peer is gone;
    /// `WouldBlock` on a non-blocking channel whose peer is behind. Nothing was sent then.
    pub fn send(
        &self,
        message: &impl Serialize,
        descriptor: Option<BorrowedFd<'_>>,
    ) -> io::Result<()> {
        let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidInput, reason);
        let bytes = postcard::to_stdvec(message).map_err(|error| invalid(error.to_string()))?;
        if bytes.len() > PACKET_BYTES_MAX {
            return Err(invalid(format!("a packet of {} bytes is too large", bytes.len())));
        }
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let descriptors = descriptor.as_slice();
        if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors))
        {
            return Err(invalid("no room for the descriptor".to_owned()));
        }
        let packet = [IoSlice::new(&bytes)];
        rustix::io::retry_on_intr(|| {
            rustix::net::sendmsg(&self.0, &packet, &mut ancillary, SendFlags::NOSIGNAL)
        })?;
        Ok(())
    }

    /// Receives one message and its descriptor, if it has one; `None` when the peer has closed.
    /// `buffer` is scratch space to use again.
    ///
    /// # Errors
    /// [`RecvError`]; the packet is gone then, its descriptors closed.
    pub fn recv<T: DeserializeOwned>(
        &self,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<(T, Option<OwnedFd>)>, RecvError> {
        buffer.resize(PACKET_BYTES_MAX, 0);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS_MAX))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut receive = || {
            rustix::io::retry_on_intr(|| {
                let mut packet = [IoSliceMut::new(buffer)];
                let flags = RecvFlags::CMSG_CLOEXEC;
                rustix::net::recvmsg(&self.0, &mut packet, &mut ancillary, flags)
            })
        };
        // A peer that ends with packets unread resets the connection, which is told once, before
        // what it has sent.
        let received = match receive() {
            Err(Errno::CONNRESET) => receive(),
            received => received,
        };
        let received = match received {
            Ok(received) => received,
            Err(Errno::CONNRESET) => return Ok(None),
            Err(error) => return Err(RecvError::Io(error.into())),
        };
        let mut descriptors = Vec::new();
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                descriptors.extend(received);
            }
        }
        if received.flags.contains(ReturnFlags::TRUNC) {
            return Err(RecvError::Oversize);
        }
        if received.flags.contains(ReturnFlags::CTRUNC) || descriptors.len() > 1 {
            return Err(RecvError::Descriptors);
        }
        if received.bytes == 0 {
            return Ok(None);
        }
        let packet = buffer.get(..received.bytes).unwrap_or_default();
        let (message, rest) = postcard::take_from_bytes(packet)
            .map_err(|error| RecvError::Malformed(error.to_string()))?;
        if !rest.is_empty() {
            return Err(RecvError::Malformed("bytes behind the end".to_owned()));
        }
        Ok(Some((message, descriptors.pop())))
    }

    /// Who is at the other end.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn peer(&self) -> io::Result<Peer> {
        peer::of(self.0.as_fd())
    }

    /// How long `send` and `recv` wait at most before they answer `WouldBlock`; `None` waits
    /// without end.
    ///
    /// # Errors
    /// `InvalidInput` for no time at all.
    pub fn set_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        for direction in [Timeout::Recv, Timeout::Send] {
            set_socket_timeout(&self.0, direction, timeout)?;
        }
        Ok(())
    }

    /// Whether `send` and `recv` answer `WouldBlock` instead of waiting.
    ///
    /// # Errors
    /// None that an open descriptor has.
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        Ok(rustix::io::ioctl_fionbio(&self.0, nonblocking)?)
    }
}

/// A new socket of the table socket's kind.
pub(crate) fn seqpacket() -> io::Result<OwnedFd> {
    let (domain, kind) = (AddressFamily::UNIX, SocketType::SEQPACKET);
    Ok(rustix::net::socket_with(domain, kind, SocketFlags::CLOEXEC, None)?)
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for Channel {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

impl From<Channel> for OwnedFd {
    fn from(channel: Channel) -> Self {
        channel.0
    }
}
