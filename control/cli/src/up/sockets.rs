use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use ringgate_ipc::{Kind, tcp};

use crate::arguments::Up;
use crate::failure::Failure;

/// The listening sockets of everything. They outlive the children: connections wait in the backlog
/// while one restarts.
pub(super) struct Sockets {
    /// One per worker and address, SO_REUSEPORT: the kernel spreads the connections.
    traffic: Vec<(Kind, OwnedFd)>,
    management: OwnedFd,
    /// As bound: with real numbers where port 0 was asked for.
    traffic_addresses: Vec<(Kind, SocketAddr)>,
    pub(super) management_address: SocketAddr,
    functions: Option<OwnedFd>,
    /// Where functions are called, with `--functions`.
    pub(super) functions_address: Option<SocketAddr>,
}

/// Which of them a daemon gets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Share {
    Traffic,
    Management,
    Functions,
}

/// A socket and the name it is passed down under.
pub(super) type Named<'s> = (&'static str, BorrowedFd<'s>);

/// `http=5,https=6`: what `ringgate_ipc::inherited` reads.
pub(super) fn names(sockets: &[Named<'_>]) -> String {
    let entries = sockets.iter().map(|(name, socket)| format!("{name}={}", socket.as_raw_fd()));
    entries.collect::<Vec<_>>().join(",")
}

impl Sockets {
    pub(super) fn of(&self, share: Share) -> Vec<Named<'_>> {
        match share {
            Share::Traffic => {
                self.traffic.iter().map(|(kind, socket)| (kind.name(), socket.as_fd())).collect()
            }
            Share::Management => vec![("management", self.management.as_fd())],
            Share::Functions => {
                let functions = self.functions.iter();
                functions.map(|socket| (ringgate_functions::SOCKET_NAME, socket.as_fd())).collect()
            }
        }
    }

    /// The addresses of a kind of traffic.
    pub(super) fn addresses(&self, kind: Kind) -> impl Iterator<Item = &SocketAddr> {
        self.traffic_addresses.iter().filter(move |(of, _)| *of == kind).map(|(_, address)| address)
    }

    pub(super) fn open(up: &Up) -> Result<Self, Failure> {
        let (mut traffic, mut traffic_addresses) = (Vec::new(), Vec::new());
        let http = up.common.http.iter().map(|address| (Kind::Http, *address));
        let https = up.common.https_addresses();
        let https = https.iter().map(|address| (Kind::Https, *address));
        for (kind, asked) in http.chain(https) {
            let flag = format!("--{}", kind.name());
            let refused = |error: io::Error| refusal(&error, asked, &flag);
            let workers = usize::from(up.data_plane.worker_count());
            let sockets = tcp::listen_shared(asked, workers).map_err(refused)?;
            let first = sockets.first().map(TcpListener::local_addr);
            traffic_addresses.push((kind, first.unwrap_or(Ok(asked)).map_err(refused)?));
            traffic.extend(sockets.into_iter().map(|socket| (kind, OwnedFd::from(socket))));
        }
        let (management, management_address) = one(up.control.management, "--management")?;
        let functions = up.host.functions.map(|asked| one(asked, "--functions")).transpose()?;
        let (functions, functions_address) = functions.unzip();
        Ok(Self {
            traffic,
            management,
            traffic_addresses,
            management_address,
            functions,
            functions_address,
        })
    }
}

/// A listening socket of its own, and where it is.
fn one(asked: SocketAddr, flag: &str) -> Result<(OwnedFd, SocketAddr), Failure> {
    let refused = |error: io::Error| refusal(&error, asked, flag);
    let socket = tcp::listen_alone(asked).map_err(refused)?;
    let address = socket.local_addr().map_err(refused)?;
    Ok((OwnedFd::from(socket), address))
}

fn refusal(error: &io::Error, address: SocketAddr, flag: &str) -> Failure {
    match error.kind() {
        ErrorKind::AddrInUse => {
            let off = if flag == "--https" { ", or --https none" } else { "" };
            Failure::new(format!("{address} ({flag}) is taken"))
                .hint(format!("stop what listens there, or give another {flag} ADDR:PORT{off}"))
        }
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
