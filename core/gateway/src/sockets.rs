//! The traffic sockets: inherited from `ringgate up` or systemd, else bound here.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;

use ringgate_ipc::{Kind, tcp};
use ringgate_settings::Common;

/// A listening socket and what is spoken on it.
pub(crate) type Socket = (Kind, TcpListener);

/// Sorts out the inherited sockets.
///
/// # Errors
/// A socket that is none of ours: somebody expects traffic where nobody would serve it.
pub(crate) fn inherited(passed: Vec<(String, OwnedFd)>) -> Result<Vec<Socket>, String> {
    passed
        .into_iter()
        .map(|(name, socket)| {
            let refuse = |reason: String| format!("inherited socket '{name}': {reason}");
            let names = Kind::ALL.map(|kind| format!("'{}'", kind.name())).join(" or ");
            let kind = Kind::named(&name);
            let kind = kind.ok_or_else(|| refuse(format!("expected one named {names}")))?;
            let socket = TcpListener::from(socket);
            socket.local_addr().map_err(|error| refuse(format!("it is no TCP socket: {error}")))?;
            Ok((kind, socket))
        })
        .collect()
}

/// The addresses of a kind that are to be bound, because no socket of it was passed down.
pub(crate) fn wanted(common: &Common, passed: &[Socket], kind: Kind) -> Vec<SocketAddr> {
    match kind {
        _ if passed.iter().any(|(of, _)| *of == kind) => Vec::new(),
        Kind::Http => common.http.clone(),
        Kind::Https => common.https_addresses(),
    }
}

/// Opens each address once per worker.
///
/// # Errors
/// A sentence with the address and what is wrong with it.
pub(crate) fn bind(
    kind: Kind,
    addresses: &[SocketAddr],
    workers: usize,
) -> Result<Vec<Socket>, String> {
    let mut sockets = Vec::new();
    for address in addresses {
        let opened = tcp::listen_shared(*address, workers);
        let opened = opened.map_err(|error| format!("--{} {address}: {error}", kind.name()))?;
        sockets.extend(opened.into_iter().map(|socket| (kind, socket)));
    }
    Ok(sockets)
}

/// The sockets that worker `index` of `workers` accepts from: every socket has a worker, and every
/// worker a socket of each address.
pub(crate) fn of_worker(
    sockets: &[Socket],
    index: usize,
    workers: usize,
) -> io::Result<Vec<Socket>> {
    let mut own = Vec::new();
    for door in doors(sockets) {
        let of_door: Vec<&Socket> =
            sockets.iter().filter(|socket| door_of(socket) == Some(door)).collect();
        for (at, (kind, socket)) in of_door.iter().enumerate() {
            let few = of_door.len() < workers && index % of_door.len() == at;
            if at % workers == index || few {
                own.push((*kind, socket.try_clone()?));
            }
        }
    }
    Ok(own)
}

/// Each of the sockets once more.
pub(crate) fn copies(sockets: &[Socket]) -> io::Result<Vec<Socket>> {
    sockets.iter().map(|(kind, socket)| Ok((*kind, socket.try_clone()?))).collect()
}

/// The addresses of a kind, each once.
pub(crate) fn addresses(sockets: &[Socket], kind: Kind) -> Vec<String> {
    let of_kind = doors(sockets).into_iter().filter(|(of, _)| *of == kind);
    of_kind.map(|(_, address)| address.to_string()).collect()
}

/// Every kind and address there is a socket for, each once.
fn doors(sockets: &[Socket]) -> Vec<(Kind, SocketAddr)> {
    let mut doors: Vec<_> = sockets.iter().filter_map(door_of).collect();
    doors.sort();
    doors.dedup();
    doors
}

/// The kind of a socket and where it listens.
pub(crate) fn door_of((kind, socket): &Socket) -> Option<(Kind, SocketAddr)> {
    socket.local_addr().ok().map(|address| (*kind, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_socket_has_a_worker_and_every_worker_a_socket_of_each_address() {
        let any = "127.0.0.1:0".parse().unwrap();
        for (http, https, workers) in
            [(1, 0, 1), (1, 1, 3), (2, 1, 3), (3, 3, 2), (4, 4, 4), (6, 1, 3), (1, 1, 2)]
        {
            let mut sockets = bind(Kind::Http, &[any], http).unwrap();
            sockets.extend(bind(Kind::Https, &[any], https).unwrap());
            let shares: Vec<Vec<Socket>> =
                (0..workers).map(|index| of_worker(&sockets, index, workers).unwrap()).collect();
            for (kind, count) in [(Kind::Http, http), (Kind::Https, https)] {
                let share = |share: &Vec<Socket>| share.iter().filter(|s| s.0 == kind).count();
                assert!(count == 0 || shares.iter().all(|of| share(of) > 0), "{shares:?}");
                assert!(shares.iter().map(share).sum::<usize>() >= count, "{shares:?}");
            }
        }
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let error = bind(Kind::Https, &[address], 1).unwrap_err();
        assert!(error.starts_with(&format!("--https {address}: ")), "{error}");
    }

    #[test]
    fn inherited_sockets_are_known_by_name() {
        let socket = || OwnedFd::from(TcpListener::bind("127.0.0.1:0").unwrap());
        let passed = vec![("https".to_owned(), socket()), ("http".to_owned(), socket())];
        let kinds: Vec<Kind> = inherited(passed).unwrap().iter().map(|socket| socket.0).collect();
        assert_eq!(kinds, [Kind::Https, Kind::Http]);
        let error = inherited(vec![("web".to_owned(), socket())]).unwrap_err();
        let unix = std::os::unix::net::UnixDatagram::unbound().unwrap();
        let no_tcp = inherited(vec![("http".to_owned(), unix.into())]).unwrap_err();
        assert!(no_tcp.starts_with("inherited socket 'http': it is no TCP socket"), "{no_tcp}");
        assert_eq!(error, "inherited socket 'web': expected one named 'http' or 'https'");
    }
}
