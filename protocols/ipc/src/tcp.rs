//! TCP listening sockets, opened alike by whoever holds them: a daemon by itself, or `ringgate up`
//! for its children.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

/// Connections that wait to be accepted, per socket; the kernel caps it at `net.core.somaxconn`.
pub const BACKLOG: i32 = 4096;

/// How often a taken port is tried before that is an error.
const TRIES: u32 = 20;
/// Between two tries.
const RETRY_MS: u64 = 50;

/// A listening socket that has its port alone.
///
/// # Errors
/// The kernel's: `AddrInUse` when the port is still taken after a second.
pub fn listen_alone(address: SocketAddr) -> io::Result<TcpListener> {
    patiently(|| listen(bind(address, false)?))
}

/// `count` listening sockets on one port (SO_REUSEPORT: the kernel spreads connections over them),
/// on a port that nobody else has. Port 0 takes a free one.
///
/// # Errors
/// As [`listen_alone`].
pub fn listen_shared(address: SocketAddr, count: usize) -> io::Result<Vec<TcpListener>> {
    // Sockets with SO_REUSEPORT share a port with anybody's of the same user, another gateway's
    // too: one without it finds out whether the port is free. It never listens, for a client that
    // reached it would be reset when it closes.
    let probe = patiently(|| bind(address, false))?;
    let no_address = || io::Error::other("the socket has no address");
    let address = probe.local_addr()?.as_socket().ok_or_else(no_address)?;
    drop(probe);
    (0..count).map(|_| listen(bind(address, true)?)).collect()
}

/// Tries again while the address is taken: the kernel frees the sockets of a process that was
/// killed a moment after it is gone.
fn patiently<T>(open: impl Fn() -> io::Result<T>) -> io::Result<T> {
    for _ in 1..TRIES {
        match open() {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                std::thread::sleep(Duration::from_millis(RETRY_MS));
            }
            done => return done,
        }
    }
    open()
}

fn listen(socket: Socket) -> io::Result<TcpListener> {
    socket.listen(BACKLOG)?;
    Ok(socket.into())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_sockets_have_one_port_and_have_it_alone() {
        let sockets = listen_shared("127.0.0.1:0".parse().unwrap(), 3).unwrap();
        let address = sockets[0].local_addr().unwrap();
        assert!(sockets.iter().all(|socket| socket.local_addr().unwrap() == address));
        let taken = listen_shared(address, 1).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
        let taken = listen_alone(address).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
        drop(sockets);
        listen_alone(address).unwrap();
    }
}
