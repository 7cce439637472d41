use std::net::SocketAddr;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{self, AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

use super::protocol::Fault;
use super::tls::TlsSession;

/// A socket that never blocks, with TLS over it or without.
#[derive(Debug)]
pub(super) struct Transport {
    socket: OwnedFd,
    tls: Option<Box<TlsSession>>,
    /// Bytes for the socket, which has no room for them.
    unsent: Vec<u8>,
    /// A byte has left.
    sent_any: bool,
}

/// Why a transport cannot go on.
#[derive(Debug)]
pub(super) enum Broken {
    Socket(Errno),
    Peer(Fault),
}

/// How much came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// All there was.
    All,
    /// As much as there was room for.
    Part,
    /// Nothing, and nothing will.
    End,
}

impl Transport {
    /// Begins to connect.
    pub(super) fn open(address: SocketAddr, tls: Option<TlsSession>) -> Result<Self, Errno> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = net::socket_with(family, SocketType::STREAM, flags, None)?;
        net::sockopt::set_tcp_nodelay(&socket, true)?;
        match net::connect(&socket, &address) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(errno) => return Err(errno),
        }
        let mut transport =
            Self { socket, tls: tls.map(Box::new), unsent: Vec::new(), sent_any: false };
        if let Some(tls) = &mut transport.tls {
            let begun = tls.take(&mut [], &mut transport.unsent, &mut |_| Ok(()));
            begun.map_err(|_| Errno::INVAL)?;
        }
        Ok(transport)
    }

    pub(super) fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    pub(super) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    pub(super) fn sent_any(&self) -> bool {
        self.sent_any
    }

    /// Bytes wait for the socket to have room.
    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Sends what waits and then `plain`, which is left alone until TLS can take it.
    pub(super) fn send(&mut self, plain: &mut Vec<u8>) -> Result<(), Broken> {
        match &mut self.tls {
            Some(tls) if tls.is_ready() && !plain.is_empty() => {
                tls.encrypt(plain, &mut self.unsent).map_err(Broken::Peer)?;
                plain.clear();
            }
            Some(_) => {}
            None => self.unsent.append(plain),
        }
        if self.unsent.is_empty() {
            return Ok(());
        }
        let sent = match net::send(&self.socket, &self.unsent, SendFlags::NOSIGNAL) {
            Ok(sent) => sent,
            Err(Errno::AGAIN | Errno::NOTCONN) => 0,
            Err(errno) => return Err(Broken::Socket(errno)),
        };
        self.sent_any |= sent > 0;
        self.unsent.drain(..sent);
        Ok(())
    }

    /// Receives once, and gives what came to `deliver`.
    pub(super) fn receive(
        &mut self,
        buffer: &mut [u8],
        deliver: &mut dyn FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<Received, Broken> {
        let kept = self.tls.as_ref().map_or(&[][..], |tls| tls.partial());
        let start = kept.len();
        if let Some(front) = buffer.get_mut(..start) {
            front.copy_from_slice(kept);
        }
        let n =
            self.receive_into(buffer.get_mut(start..).unwrap_or_default(), RecvFlags::empty())?;
        let end = start + n;
        let is_full = end == buffer.len();
        let bytes = buffer.get_mut(..end).unwrap_or_default();
        match &mut self.tls {
            _ if n == 0 => return Ok(Received::End),
            Some(tls) => tls.take(bytes, &mut self.unsent, deliver),
            None => deliver(bytes),
        }
        .map_err(Broken::Peer)?;
        Ok(if is_full { Received::Part } else { Received::All })
    }

    /// Receives at most as much as `buffer` holds, and drops it uncopied; without TLS only.
    pub(super) fn drop_bytes(&mut self, buffer: &mut [u8]) -> Result<usize, Broken> {
        self.receive_into(buffer, RecvFlags::TRUNC)
    }

    fn receive_into(&self, buffer: &mut [u8], flags: RecvFlags) -> Result<usize, Broken> {
        match net::recv(&self.socket, buffer, flags) {
            Ok((n, _)) => Ok(n),
            Err(errno) => Err(Broken::Socket(errno)),
        }
    }
}
