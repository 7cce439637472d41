use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

use ringgate_dns::Transmit;
use ringgate_dns::limits::{DATAGRAM_BYTES_MAX, TCP_ANSWER_BYTES_MAX};
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};

/// One query under way, on a port of its own.
#[derive(Debug)]
pub(super) enum Socket {
    /// A datagram was sent; only its server's come in.
    Udp(UdpSocket),
    /// A connection that takes the query and brings one answer.
    Tcp(Conversation),
}

#[derive(Debug)]
pub(super) struct Conversation {
    stream: TcpStream,
    to_send: Vec<u8>,
    came: Vec<u8>,
}

/// What a look at a socket has shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing that is whole.
    Nothing,
    /// An answer.
    Message(Vec<u8>),
    /// Nothing will come.
    Broken,
}

/// Bytes of the length before each message over TCP (RFC 1035 section 4.2.2).
const LENGTH_BYTES: usize = 2;

impl Socket {
    /// Sends a query. Never waits.
    ///
    /// # Errors
    /// The kernel's: no route, nobody there, no descriptors.
    pub(super) fn open(transmit: &Transmit) -> io::Result<Self> {
        if transmit.tcp {
            return Conversation::begin(transmit).map(Self::Tcp);
        }
        let any: SocketAddr = match transmit.server {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        // The kernel takes a port at random (RFC 5452 section 9.2), and once connected lets no
        // other sender through.
        let socket = UdpSocket::bind(any)?;
        socket.connect(transmit.server)?;
        socket.set_nonblocking(true)?;
        socket.send(&transmit.bytes)?;
        Ok(Self::Udp(socket))
    }

    /// What poll is asked for.
    pub(super) fn interest(&self) -> PollFlags {
        match self {
            Self::Tcp(talk) if !talk.to_send.is_empty() => PollFlags::OUT,
            _ => PollFlags::IN,
        }
    }

    /// Moves what can be moved.
    pub(super) fn hear(&mut self) -> Heard {
        match self {
            Self::Udp(socket) => {
                let mut bytes = vec![0; DATAGRAM_BYTES_MAX];
                match socket.recv(&mut bytes) {
                    Ok(len) => {
                        bytes.truncate(len);
                        Heard::Message(bytes)
                    }
                    Err(error) if is_early(&error) => Heard::Nothing,
                    // Nobody listens there (an ICMP message came back).
                    Err(_) => Heard::Broken,
                }
            }
            Self::Tcp(talk) => talk.hear(),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Udp(socket) => socket.as_fd(),
            Self::Tcp(talk) => talk.stream.as_fd(),
        }
    }
}

impl Conversation {
    fn begin(transmit: &Transmit) -> io::Result<Self> {
        let family = match transmit.server {
            SocketAddr::V4(_) => AddressFamily::INET,
            SocketAddr::V6(_) => AddressFamily::INET6,
        };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(family, SocketType::STREAM, flags, None)?;
        match connect(&socket, &transmit.server) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
        let len = u16::try_from(transmit.bytes.len()).map_err(|_| ErrorKind::InvalidInput)?;
        let to_send = [&len.to_be_bytes(), transmit.bytes.as_slice()].concat();
        Ok(Self { stream: socket.into(), to_send, came: Vec::new() })
    }

    fn hear(&mut self) -> Heard {
        if !self.to_send.is_empty() {
            return match self.stream.write(&self.to_send) {
                Ok(written) => {
                    self.to_send.drain(..written.min(self.to_send.len()));
                    Heard::Nothing
                }
                Err(error) if is_early(&error) => Heard::Nothing,
                Err(_) => Heard::Broken,
            };
        }
        let mut bytes = [0; DATAGRAM_BYTES_MAX];
        match self.stream.read(&mut bytes) {
            Ok(0) => Heard::Broken,
            Ok(len) => {
                self.came.extend_from_slice(bytes.get(..len).unwrap_or_default());
                self.message()
            }
            Err(error) if is_early(&error) => Heard::Nothing,
            Err(_) => Heard::Broken,
        }
    }

    fn message(&mut self) -> Heard {
        let Some((length, rest)) = self.came.split_first_chunk::<LENGTH_BYTES>() else {
            return Heard::Nothing;
        };
        let length = usize::from(u16::from_be_bytes(*length));
        if length > TCP_ANSWER_BYTES_MAX {
            return Heard::Broken;
        }
        rest.get(..length).map_or(Heard::Nothing, |message| Heard::Message(message.to_vec()))
    }
}

fn is_early(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::{Duration, Instant};

    use ringgate_dns::Family;

    use super::*;

    fn transmit(server: SocketAddr, tcp: bool) -> Transmit {
        Transmit { family: Family::V4, server, tcp, bytes: b"a query".to_vec() }
    }

    fn hear(socket: &mut Socket) -> Heard {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            match socket.hear() {
                Heard::Nothing => assert!(Instant::now() < deadline, "nothing was heard"),
                heard => return heard,
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_datagram_comes_from_its_server_alone() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let other = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut socket = Socket::open(&transmit(server.local_addr().unwrap(), false)).unwrap();
        let mut bytes = [0; 64];
        let (len, asker) = server.recv_from(&mut bytes).unwrap();
        assert_eq!(&bytes[..len], b"a query");
        other.send_to(b"forged", asker).unwrap();
        server.send_to(b"answer", asker).unwrap();
        assert_eq!(hear(&mut socket), Heard::Message(b"answer".to_vec()));
        drop(server);
        let gone = other.local_addr().unwrap();
        drop(other);
        let mut socket = Socket::open(&transmit(gone, false)).unwrap();
        assert_eq!(hear(&mut socket), Heard::Broken, "the port is closed");
    }

    /// A server of one connection, which reads the query and writes these pieces.
    fn tcp_server(pieces: &'static [&'static [u8]]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut query = [0; 9];
            stream.read_exact(&mut query).unwrap();
            assert_eq!(&query, b"\0\x07a query");
            for piece in pieces {
                stream.write_all(piece).unwrap();
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        address
    }

    #[test]
    fn an_answer_over_tcp_comes_in_any_pieces() {
        for pieces in [&[b"\0\x02hi" as &[u8]] as &[&[u8]], &[b"\0", b"\x02h", b"i"]] {
            let mut socket = Socket::open(&transmit(tcp_server(pieces), true)).unwrap();
            assert_eq!(hear(&mut socket), Heard::Message(b"hi".to_vec()));
        }
        for pieces in [&[] as &[&[u8]], &[b"\0\x03hi"], &[b"\xff\xffhi"]] {
            let mut socket = Socket::open(&transmit(tcp_server(pieces), true)).unwrap();
            assert_eq!(hear(&mut socket), Heard::Broken);
        }
    }
}
