//! The traffic sockets: inherited from `ringgate up` or systemd, else bound here.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;

use ringgate_ipc::tcp;

/// The name that inherited sockets of plain HTTP have.
const HTTP: &str = "http";

/// Sorts out the inherited sockets of plain HTTP.
///
/// # Errors
/// A name that is not ours: somebody expects traffic on a socket that nobody would serve.
pub(crate) fn inherited(passed: Vec<(String, OwnedFd)>) -> Result<Vec<TcpListener>, String> {
    passed
        .into_iter()
        .map(|(name, socket)| match name.as_str() {
            HTTP => Ok(TcpListener::from(socket)),
            _ => Err(format!("inherited socket '{name}': expected one named '{HTTP}'")),
        })
        .collect()
}

/// Opens each address once per worker.
///
/// # Errors
/// A sentence with the address and what is wrong with it.
pub(crate) fn bind(addresses: &[SocketAddr], workers: usize) -> Result<Vec<TcpListener>, String> {
    let mut sockets = Vec::new();
    for address in addresses {
        let opened = tcp::listen_shared(*address, workers);
        sockets.extend(opened.map_err(|error| format!("--http {address}: {error}"))?);
    }
    Ok(sockets)
}

/// The sockets that worker `index` of `workers` accepts from: every socket has a worker, every
/// worker a socket.
pub(crate) fn of_worker(
    sockets: &[TcpListener],
    index: usize,
    workers: usize,
) -> io::Result<Vec<TcpListener>> {
    let share = |(at, _): &(usize, &TcpListener)| {
        at % workers == index || (sockets.len() < workers && index % sockets.len() == *at)
    };
    sockets.iter().enumerate().filter(share).map(|(_, socket)| socket.try_clone()).collect()
}

/// The addresses, each once.
pub(crate) fn addresses(sockets: &[TcpListener]) -> Vec<String> {
    let mut addresses: Vec<String> = sockets
        .iter()
        .filter_map(|socket| socket.local_addr().ok())
        .map(|address| address.to_string())
        .collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_socket_has_a_worker_and_every_worker_a_socket() {
        let any = "127.0.0.1:0".parse().unwrap();
        for (socket_count, workers) in [(1, 1), (1, 3), (2, 3), (3, 2), (4, 4), (6, 3)] {
            let sockets = bind(&[any], socket_count).unwrap();
            let shares: Vec<usize> = (0..workers)
                .map(|index| of_worker(&sockets, index, workers).unwrap().len())
                .collect();
            assert!(shares.iter().all(|&n| n > 0), "{socket_count}/{workers}: {shares:?}");
            assert!(shares.iter().sum::<usize>() >= socket_count);
        }
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let error = bind(&[address], 1).unwrap_err();
        assert!(error.starts_with(&format!("--http {address}: ")), "{error}");
    }
}
