use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType, sockopt};

use super::answer::Answers;
use super::connection::{Connection, Next};
use crate::poll::{Interest, Poller, Ready};

/// Bytes read from a socket at once.
const READ_BYTES: usize = 64 * 1024;
/// Connections waiting to be accepted.
const BACKLOG: i32 = 4096;
/// The poller's number for the listening socket.
const LISTENER_KEY: u64 = u64::MAX;

/// A listening origin.
#[derive(Debug)]
pub struct Server {
    listener: OwnedFd,
    poller: Poller,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    answers: Answers,
    buffer: Vec<u8>,
}

impl Server {
    /// Listens.
    ///
    /// # Errors
    /// What the kernel says of the address.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let listener = net::socket_with(family, SocketType::STREAM, flags, None)?;
        sockopt::set_socket_reuseaddr(&listener, true)?;
        // Accepted sockets inherit it.
        sockopt::set_tcp_nodelay(&listener, true)?;
        net::bind(&listener, &address)?;
        net::listen(&listener, BACKLOG)?;
        let poller = Poller::new()?;
        poller.add(&listener, LISTENER_KEY, Interest::Read)?;
        Ok(Self {
            listener,
            poller,
            connections: Vec::new(),
            free: Vec::new(),
            answers: Answers::default(),
            buffer: vec![0; READ_BYTES],
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What `getsockname` says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        TcpListener::from(self.listener.try_clone()?).local_addr()
    }

    /// Serves for ever.
    ///
    /// # Errors
    /// When epoll fails.
    pub fn run(&mut self) -> io::Result<()> {
        let mut ready = Vec::new();
        loop {
            self.poller.wait(&mut ready, None)?;
            for &event in &ready {
                if event.key == LISTENER_KEY { self.accept()? } else { self.serve(event) }
            }
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
            let socket = match net::accept_with(&self.listener, flags) {
                Ok(socket) => socket,
                Err(Errno::AGAIN | Errno::MFILE | Errno::NFILE) => return Ok(()),
                Err(Errno::CONNABORTED | Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            };
            let index = self.free.pop().unwrap_or(self.connections.len());
            self.poller.add(socket.as_fd(), index as u64, Interest::Read)?;
            let connection = Some(Connection::new(socket));
            match self.connections.get_mut(index) {
                Some(slot) => *slot = connection,
                None => self.connections.push(connection),
            }
            self.answers.stats.connections_total += 1;
            self.answers.stats.connections += 1;
        }
    }

    fn serve(&mut self, event: Ready) {
        let Ok(index) = usize::try_from(event.key) else { return };
        let Some(slot) = self.connections.get_mut(index) else { return };
        let Some(connection) = slot else { return };
        let mut next = if event.write { connection.write() } else { Next::Read };
        if next == Next::Read && event.read {
            next = connection.read(&mut self.buffer, &mut self.answers);
        }
        let interest = match next {
            Next::Read if event.write => Interest::Read,
            Next::Read => return,
            Next::Write => Interest::Write,
            Next::Close => {
                *slot = None;
                self.free.push(index);
                self.answers.stats.connections -= 1;
                return;
            }
        };
        // A socket that cannot be watched would only lie idle until its peer gives up.
        let _ = self.poller.modify(&connection.socket, event.key, interest);
    }
}
