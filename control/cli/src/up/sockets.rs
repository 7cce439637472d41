use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use crate::arguments::Up;
use crate::failure::Failure;
use crate::limits::{LISTEN_BACKLOG, PORT_RETRY_MS, PORT_TRIES};

/// The listening sockets of everything. They outlive the children: connections wait in the backlog
/// while one restarts.
pub(super) struct Sockets {
    /// One per worker and address, SO_REUSEPORT: the kernel spreads the connections.
    http: Vec<OwnedFd>,
    management: Vec<OwnedFd>,
    /// As bound: with real numbers where port 0 was asked for.
    pub(super) http_addresses: Vec<SocketAddr>,
    pub(super) management_address: SocketAddr,
}

/// Which of them a daemon gets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Http,
    Management,
}

impl Kind {
    /// `http=5,http=6`: what `ringgate_ipc::inherited` reads.
    pub(super) fn names(self, sockets: &[OwnedFd]) -> String {
        let name = match self {
            Self::Http => "http",
            Self::Management => "management",
        };
        let entries = sockets.iter().map(|socket| format!("{name}={}", socket.as_raw_fd()));
        entries.collect::<Vec<_>>().join(",")
    }
}

impl Sockets {
    pub(super) fn of(&self, kind: Kind) -> &[OwnedFd] {
        match kind {
            Kind::Http => &self.http,
            Kind::Management => &self.management,
        }
    }

    pub(super) fn open(up: &Up) -> Result<Self, Failure> {
        let (mut http, mut http_addresses) = (Vec::new(), Vec::new());
        for &asked in &up.common.http {
            let refused = |error: io::Error| refusal(&error, asked, "--http");
            // Sockets with SO_REUSEPORT share a port with anybody's of the same user, another
            // gateway's too. One without it finds out whether the port is free.
            // It never listens: a client that reached it would be reset when it closes.
            let probe = patiently(|| bind(asked, false)).map_err(refused)?;
            let address = local_address(&probe).map_err(refused)?;
            drop(probe);
            for _ in 0..up.data_plane.worker_count() {
                http.push(OwnedFd::from(listen(address, true).map_err(refused)?));
            }
            http_addresses.push(address);
        }
        let asked = up.control.management;
        let refused = |error: io::Error| refusal(&error, asked, "--management");
        let management = patiently(|| listen(asked, false)).map_err(refused)?;
        let management_address = local_address(&management).map_err(refused)?;
        let management = vec![OwnedFd::from(management)];
        Ok(Self { http, management, http_addresses, management_address })
    }
}

/// Tries again while the address is taken: the kernel frees the sockets of a process that was
/// killed a moment after it is gone.
fn patiently<T>(open: impl Fn() -> io::Result<T>) -> io::Result<T> {
    for _ in 1..PORT_TRIES {
        match open() {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                std::thread::sleep(Duration::from_millis(PORT_RETRY_MS));
            }
            done => return done,
        }
    }
    open()
}

fn listen(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = bind(address, shared)?;
    socket.listen(LISTEN_BACKLOG)?;
    Ok(socket)
}

fn bind(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        // [::] and 0.0.0.0 are two addresses; whoever wants both names both.
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn local_address(socket: &Socket) -> io::Result<SocketAddr> {
    socket.local_addr()?.as_socket().ok_or_else(|| io::Error::other("no address"))
}

fn refusal(error: &io::Error, address: SocketAddr, flag: &str) -> Failure {
    match error.kind() {
        ErrorKind::AddrInUse => Failure::new(format!("{address} ({flag}) is taken"))
            .hint(format!("stop what listens there, or give another {flag} ADDR:PORT")),
        ErrorKind::PermissionDenied => {
            Failure::new(format!("{address} ({flag}): permission denied"))
                .hint("ports below 1024 need CAP_NET_BIND_SERVICE")
        }
        ErrorKind::AddrNotAvailable => {
            Failure::new(format!("{address} ({flag}): no address of this machine"))
        }
        _ => Failure::new(format!("{address} ({flag}): {error}")),
    }
}
