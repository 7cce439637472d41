use std::net::SocketAddr;

use rustix::io::Errno;

use super::protocol::{Answer, Exchange, Language, Protocol};
use super::request::RequestSource;
use super::response::Expected;
use super::tls::TlsClient;
use super::transport::{Broken, Received, Transport};
use crate::poll::{Interest, Poller, Ready};

/// Body bytes from which a body that need not be looked at is dropped in the kernel.
const DROP_BYTES_MIN: u64 = 16 * 1024;

/// One client connection and what it speaks.
#[derive(Debug, Default)]
pub(super) struct Connection {
    link: Option<Link>,
    pub(super) phase: Phase,
    /// Requests under way.
    busy: usize,
    /// Bytes to send.
    out: Vec<u8>,
    /// Requests that were answered and not yet counted.
    pub(super) answers: Vec<Answer>,
    /// When the last request was begun.
    pub(super) begun_ns: u64,
    /// Not to be opened before.
    pub(super) retry_ns: u64,
}

#[derive(Debug)]
struct Link {
    transport: Transport,
    protocol: Box<dyn Protocol>,
    watched: Interest,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    #[default]
    Down,
    Up,
    /// Answered; the peer was asked to close and has yet to.
    Closing,
}

/// What became of a connection.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing but what is in its answers.
    Wait,
    /// The requests under way failed, the connection is down.
    Failed(Kind, String),
    /// No connection could be made, so that the requests never left.
    ConnectFailed(Errno),
    /// Bytes came that belong to no response; the connection is down.
    Unasked(String),
    /// The peer closed between requests, unasked.
    ClosedIdle,
    /// The peer closed as it was asked to.
    ClosedAsked,
    /// The connection is down behind its last answer.
    ClosedBehind,
}

/// How requests failed on their connection.
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
    pub(super) source: &'a RequestSource,
    pub(super) language: Language,
    pub(super) expected: &'a Expected,
    pub(super) buffer: &'a mut [u8],
    /// Requests ask the peer to close.
    pub(super) asks_close: bool,
}

impl Connection {
    /// Begins to connect.
    pub(super) fn open(&mut self, shared: &Shared<'_>, key: u64) -> Step {
        match open(shared, key) {
            Ok(link) => {
                let link = self.link.insert(link);
                link.protocol.open(&mut self.out);
                self.phase = Phase::Up;
                Step::Wait
            }
            Err(errno) => Step::ConnectFailed(errno),
        }
    }

    /// Begins a request on an open connection; [`Self::flush`] sends it.
    pub(super) fn begin(&mut self, slot: usize, request: &[u8], now: u64) {
        let Some(link) = &mut self.link else { return };
        self.busy += 1;
        self.begun_ns = now;
        link.protocol.begin(slot, request, &mut self.out);
    }

    /// Sends what there is to send.
    pub(super) fn flush(&mut self, shared: &Shared<'_>, key: u64) -> Step {
        let Some(link) = &mut self.link else { return Step::Wait };
        let sent = link.transport.send(&mut self.out);
        let wanted = if link.transport.has_unsent() { Interest::ReadWrite } else { Interest::Read };
        let socket = link.transport.socket();
        if wanted != link.watched && shared.poller.modify(socket, key, wanted).is_ok() {
            link.watched = wanted;
        }
        sent.map_or_else(|broken| self.broken(broken, "send"), |()| Step::Wait)
    }

    /// Reads after the kernel said there is something.
    pub(super) fn ready(&mut self, ready: Ready, shared: &mut Shared<'_>) -> Step {
        if !ready.read {
            return Step::Wait;
        }
        loop {
            let before = self.answers.len();
            let received = self.receive(shared);
            let is_open = self.settle_answers(before, shared);
            match received {
                _ if !is_open => return Step::ClosedBehind,
                Ok(Received::End) => return self.ended(shared),
                Ok(Received::Part) => {}
                Ok(_) | Err(Broken::Socket(Errno::AGAIN | Errno::INTR)) => return Step::Wait,
                Err(broken) => return self.broken(broken, "receive"),
            }
        }
    }

    /// Gives the connection up with requests under way.
    pub(super) fn fail(&mut self, kind: Kind, words: String) -> Step {
        self.close();
        Step::Failed(kind, words)
    }

    /// Closes the socket, if there is one.
    pub(super) fn close(&mut self) {
        self.link = None;
        self.phase = Phase::Down;
        self.busy = 0;
        self.out = Vec::new();
    }

    fn receive(&mut self, shared: &mut Shared<'_>) -> Result<Received, Broken> {
        let Some(Link { transport, protocol, .. }) = &mut self.link else {
            return Ok(Received::All);
        };
        let (out, answers, expected) = (&mut self.out, &mut self.answers, shared.expected);
        let mut exchange = Exchange { expected, out, answers };
        let skippable = protocol.skippable();
        if skippable < DROP_BYTES_MIN || !expected.is_length_only() || transport.is_tls() {
            let feed = &mut |bytes: &[u8]| protocol.feed(bytes, &mut exchange);
            return transport.receive(shared.buffer, feed);
        }
        let room = usize::try_from(skippable).unwrap_or(usize::MAX).min(shared.buffer.len());
        let n = transport.drop_bytes(shared.buffer.get_mut(..room).unwrap_or_default())?;
        protocol.skip(n as u64, &mut exchange);
        Ok(match n {
            0 => Received::End,
            n if n < room => Received::All,
            _ => Received::Part,
        })
    }

    /// Takes note of new answers, and closes behind one that says so; true if still open.
    fn settle_answers(&mut self, before: usize, shared: &Shared<'_>) -> bool {
        let unsent = self.link.as_ref().is_some_and(|link| link.transport.has_unsent());
        let mut closes = false;
        for answer in self.answers.iter_mut().skip(before) {
            self.busy = self.busy.saturating_sub(1);
            // The rest of a request that was answered too early cannot be kept from following.
            answer.last = (answer.last || unsent && self.busy == 0) && !shared.asks_close;
            closes |= answer.last;
        }
        if closes {
            self.close();
        } else if shared.asks_close && self.answers.len() > before {
            self.phase = Phase::Closing;
        }
        !closes
    }

    fn ended(&mut self, shared: &Shared<'_>) -> Step {
        let (expected, was) = (shared.expected, self.phase);
        let Some(link) = &mut self.link else { return Step::Wait };
        let mut exchange = Exchange { expected, out: &mut self.out, answers: &mut self.answers };
        let started = link.protocol.has_started();
        if link.protocol.end(&mut exchange) {
            for answer in &mut self.answers {
                answer.last = !shared.asks_close;
            }
            self.close();
            return Step::ClosedBehind;
        }
        let busy = self.busy;
        self.close();
        match was {
            Phase::Closing => Step::ClosedAsked,
            _ if busy == 0 => Step::ClosedIdle,
            _ => self.fail(Kind::Closed { started }, "closed by the peer".to_owned()),
        }
    }

    fn broken(&mut self, broken: Broken, doing: &str) -> Step {
        let (was, busy) = (self.phase, self.busy);
        let link = self.link.take();
        self.close();
        let sent_any = link.as_ref().is_some_and(|link| link.transport.sent_any());
        let started = link.as_ref().is_some_and(|link| link.protocol.has_started());
        match broken {
            Broken::Peer(fault) if busy == 0 => Step::Unasked(fault),
            Broken::Peer(fault) => self.fail(Kind::Malformed, fault),
            Broken::Socket(errno) if busy > 0 && !sent_any => Step::ConnectFailed(errno),
            Broken::Socket(errno) if busy > 0 => {
                self.fail(Kind::Reset { started }, format!("{doing}: {errno}"))
            }
            Broken::Socket(_) if was == Phase::Closing => Step::ClosedAsked,
            Broken::Socket(_) => Step::ClosedIdle,
        }
    }
}

fn open(shared: &Shared<'_>, key: u64) -> Result<Link, Errno> {
    let session =
        shared.source.tls.as_ref().map(TlsClient::session).transpose().map_err(|_| Errno::INVAL)?;
    let transport = Transport::open(shared.address, session)?;
    let added = shared.poller.add(transport.socket(), key, Interest::Read);
    added.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    let protocol = shared.language.speaker(shared.source, key);
    Ok(Link { transport, protocol, watched: Interest::Read })
}
