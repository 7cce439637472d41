use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::io::Errno;
use rustix::net::{self, AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

use super::response::{Expected, ResponseReader, Verdict};
use crate::poll::{Interest, Poller, Ready};

/// Body bytes from which a body that need not be looked at is dropped in the kernel.
const DROP_BYTES_MIN: u64 = 16 * 1024;

/// One client connection and its request under way, if any.
#[derive(Debug, Default)]
pub(super) struct Connection {
    socket: Option<OwnedFd>,
    pub(super) phase: Phase,
    reader: ResponseReader,
    unsent: Vec<u8>,
    sent_any: bool,
    /// When the request under way was due or begun: latency counts from here.
    pub(super) scheduled_ns: u64,
    /// When the request under way was begun: the time-out counts from here.
    pub(super) begun_ns: u64,
    /// Not to be opened before.
    pub(super) retry_ns: u64,
    /// Requests begun, ever.
    pub(super) turn: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    #[default]
    Down,
    Idle,
    /// A request is under way.
    Busy,
    /// Answered; the peer was asked to close and has yet to.
    Closing,
}

/// What became of a connection.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing yet.
    Wait,
    /// The response is whole. `announced`: it is the last, though nobody asked for that.
    Answered { verdict: Verdict, announced: bool },
    /// The request failed, the connection is down.
    Failed(Kind, String),
    /// No connection could be made, so that the request never left.
    ConnectFailed(Errno),
    /// Bytes came that belong to no response; the connection is down.
    Unasked(String),
    /// The peer closed between requests, unasked.
    ClosedIdle,
    /// The peer closed as it was asked to.
    ClosedAsked,
}

/// How a request failed on its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Closed { started: bool },
    Reset { started: bool },
    TimedOut,
    Malformed,
}

/// What all connections share while one of them is worked on.
pub(super) struct Shared<'a> {
    pub(super) poller: &'a Poller,
    pub(super) address: SocketAddr,
    pub(super) expected: &'a Expected,
    pub(super) buffer: &'a mut [u8],
    /// Requests ask the peer to close.
    pub(super) asks_close: bool,
}

impl Connection {
    /// Connects and waits for it: for the start of a run, before the clock.
    pub(super) fn open_now(&mut self, shared: &Shared<'_>, key: u64) -> io::Result<()> {
        let socket = new_socket(shared.address, SocketFlags::CLOEXEC)?;
        net::connect(&socket, &shared.address)?;
        rustix::io::ioctl_fionbio(&socket, true)?;
        shared.poller.add(&socket, key, Interest::Read)?;
        self.socket = Some(socket);
        self.phase = Phase::Idle;
        Ok(())
    }

    /// Sends a request, on a new connection if there is none.
    pub(super) fn begin(&mut self, request: &[u8], shared: &Shared<'_>, key: u64) -> Step {
        if self.socket.is_none() {
            match open(shared, key) {
                Ok(socket) => self.socket = Some(socket),
                Err(errno) => return Step::ConnectFailed(errno),
            }
            self.sent_any = false;
        }
        self.phase = Phase::Busy;
        self.reader.reset();
        let Some(socket) = &self.socket else { return Step::Wait };
        let sent = match net::send(socket, request, SendFlags::NOSIGNAL) {
            Ok(sent) => sent,
            Err(Errno::AGAIN | Errno::NOTCONN) => 0,
            Err(errno) => return self.send_failed(errno),
        };
        self.sent_any |= sent > 0;
        if let Some(rest) = request.get(sent..).filter(|rest| !rest.is_empty()) {
            self.unsent.extend_from_slice(rest);
            let watched = shared.poller.modify(socket, key, Interest::ReadWrite);
            if watched.is_err() {
                return self.fail(Kind::Reset { started: false }, "epoll".to_owned());
            }
        }
        Step::Wait
    }

    /// Goes on after the kernel said it can.
    pub(super) fn ready(&mut self, ready: Ready, shared: &mut Shared<'_>) -> Step {
        if ready.write && !self.unsent.is_empty() {
            let step = self.send_rest(shared, ready.key);
            if !matches!(step, Step::Wait) {
                return step;
            }
        }
        if ready.read { self.read(shared) } else { Step::Wait }
    }

    /// Gives the connection up with a request under way.
    pub(super) fn fail(&mut self, kind: Kind, words: String) -> Step {
        self.close();
        Step::Failed(kind, words)
    }

    /// Closes the socket, if there is one.
    pub(super) fn close(&mut self) {
        self.socket = None;
        self.phase = Phase::Down;
        self.unsent.clear();
    }

    fn send_rest(&mut self, shared: &Shared<'_>, key: u64) -> Step {
        let Some(socket) = &self.socket else { return Step::Wait };
        match net::send(socket, &self.unsent, SendFlags::NOSIGNAL) {
            Ok(sent) => {
                self.sent_any |= sent > 0;
                self.unsent.drain(..sent);
                if self.unsent.is_empty() {
                    self.unsent = Vec::new();
                    // Failing here would only cost wake-ups.
                    let _ = shared.poller.modify(socket, key, Interest::Read);
                }
                Step::Wait
            }
            Err(Errno::AGAIN) => Step::Wait,
            Err(errno) => self.send_failed(errno),
        }
    }

    fn send_failed(&mut self, errno: Errno) -> Step {
        if !self.sent_any {
            self.close();
            return Step::ConnectFailed(errno);
        }
        self.unsent.clear();
        let started = self.reader.has_started();
        self.fail(Kind::Reset { started }, format!("send: {errno}"))
    }

    fn read(&mut self, shared: &mut Shared<'_>) -> Step {
        loop {
            let Some(socket) = &self.socket else { return Step::Wait };
            let skippable = self.reader.skippable();
            let drops = skippable >= DROP_BYTES_MIN && shared.expected.is_length_only();
            let room = if drops { skippable } else { u64::MAX };
            let room = usize::try_from(room).unwrap_or(usize::MAX).min(shared.buffer.len());
            let flags = if drops { RecvFlags::TRUNC } else { RecvFlags::empty() };
            let Some(buffer) = shared.buffer.get_mut(..room) else { return Step::Wait };
            let received = net::recv(socket, &mut *buffer, flags);
            let n = match received {
                Ok((0, _)) => return self.ended(shared),
                Ok((n, _)) => n,
                Err(Errno::AGAIN | Errno::INTR) => return Step::Wait,
                Err(errno) => return self.receive_failed(errno),
            };
            if drops {
                self.reader.skip(n as u64);
            } else if let Err(step) = self.take(n, shared) {
                return step;
            }
            if self.phase == Phase::Busy && self.reader.is_done() {
                return self.answered(shared);
            }
            if n < room {
                return Step::Wait;
            }
        }
    }

    fn take(&mut self, n: usize, shared: &mut Shared<'_>) -> Result<(), Step> {
        let bytes = shared.buffer.get(..n).unwrap_or_default();
        if self.phase != Phase::Busy {
            return Err(self.unasked(bytes));
        }
        match self.reader.feed(bytes, shared.expected) {
            Ok(used) if used == n => Ok(()),
            Ok(used) => Err(self.unasked(bytes.get(used..).unwrap_or_default())),
            Err(fault) => Err(self.fail(Kind::Malformed, fault.to_owned())),
        }
    }

    fn unasked(&mut self, bytes: &[u8]) -> Step {
        let start: String = String::from_utf8_lossy(bytes).chars().take(80).collect();
        let words = format!("bytes that nobody asked for: {start:?}");
        if self.phase == Phase::Busy {
            return self.fail(Kind::Malformed, words);
        }
        self.close();
        Step::Unasked(words)
    }

    fn answered(&mut self, shared: &Shared<'_>) -> Step {
        let verdict = self.reader.verdict(shared.expected);
        let last = !self.reader.keeps_alive() || !self.unsent.is_empty();
        if shared.asks_close {
            self.phase = Phase::Closing;
        } else if last {
            self.close();
        } else {
            self.phase = Phase::Idle;
        }
        Step::Answered { verdict, announced: last && !shared.asks_close }
    }

    fn ended(&mut self, shared: &Shared<'_>) -> Step {
        match self.phase {
            Phase::Busy if self.reader.end() => {
                let verdict = self.reader.verdict(shared.expected);
                self.close();
                Step::Answered { verdict, announced: !shared.asks_close }
            }
            Phase::Busy => {
                let started = self.reader.has_started();
                self.fail(Kind::Closed { started }, "closed by the peer".to_owned())
            }
            Phase::Closing => {
                self.close();
                Step::ClosedAsked
            }
            Phase::Idle | Phase::Down => {
                self.close();
                Step::ClosedIdle
            }
        }
    }

    fn receive_failed(&mut self, errno: Errno) -> Step {
        match self.phase {
            Phase::Busy if !self.sent_any => {
                self.close();
                Step::ConnectFailed(errno)
            }
            Phase::Busy => {
                let started = self.reader.has_started();
                self.fail(Kind::Reset { started }, format!("receive: {errno}"))
            }
            Phase::Closing => {
                self.close();
                Step::ClosedAsked
            }
            Phase::Idle | Phase::Down => {
                self.close();
                Step::ClosedIdle
            }
        }
    }
}

fn open(shared: &Shared<'_>, key: u64) -> Result<OwnedFd, Errno> {
    let socket = new_socket(shared.address, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
    match net::connect(&socket, &shared.address) {
        Ok(()) | Err(Errno::INPROGRESS) => {}
        Err(errno) => return Err(errno),
    }
    let added = shared.poller.add(socket.as_fd(), key, Interest::Read);
    added.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    Ok(socket)
}

fn new_socket(address: SocketAddr, flags: SocketFlags) -> Result<OwnedFd, Errno> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = net::socket_with(family, SocketType::STREAM, flags, None)?;
    net::sockopt::set_tcp_nodelay(&socket, true)?;
    Ok(socket)
}
