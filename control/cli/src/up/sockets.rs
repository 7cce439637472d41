use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, OwnedFd};

use ringgate_ipc::tcp;

use crate::arguments::Up;
use crate::failure::Failure;

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
            let workers = usize::from(up.data_plane.worker_count());
            let sockets = tcp::listen_shared(asked, workers).map_err(refused)?;
            let first = sockets.first().map(TcpListener::local_addr);
            http_addresses.push(first.unwrap_or(Ok(asked)).map_err(refused)?);
            http.extend(sockets.into_iter().map(OwnedFd::from));
        }
        let asked = up.control.management;
        let refused = |error: io::Error| refusal(&error, asked, "--management");
        let management = tcp::listen_alone(asked).map_err(refused)?;
        let management_address = management.local_addr().map_err(refused)?;
        let management = vec![OwnedFd::from(management)];
        Ok(Self { http, management, http_addresses, management_address })
    }
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
