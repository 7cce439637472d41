//! A client's HTTP/1.1 connection: waits for requests, answers them one by one, ends in order.

mod exchange;
mod plan;
mod pump;

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use ringgate_runtime::{Buf, Guard, Quiet, Revoke, Stream, Watch};

use crate::limits::{HEADROOM_BYTES, LINGER_BYTES_MAX, LINGER_MS, QUIET_MS};
use crate::phases::accept::Open;
use crate::worker::Core;

pub(crate) use plan::Exchange;

/// What is known of the other end, written once per connection.
#[derive(Debug)]
pub(crate) struct Peer {
    /// The client's address.
    pub ip: IpAddr,
    /// `by=…;for=…` of a `Forwarded` field (RFC 7239 section 6: IPv6 is quoted and bracketed).
    pub forwarded: String,
}

/// What follows an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// The same connection may carry another request.
    Request,
    /// Close, but read what the client still sends, so that it can read our answer.
    Linger,
    /// Close.
    Close,
}

/// One client connection.
pub(crate) struct Connection {
    core: Rc<Core>,
    stream: Stream,
    watch: Rc<Watch>,
    revoke: Revoke,
    peer: Peer,
    /// No request was answered yet.
    first: bool,
    /// It was quiet; the deadline of that wait stands.
    quiet: bool,
    /// What the client sent and nobody has used yet.
    input: Buf,
}

/// Why a connection's requests are waited for no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    /// Nothing came for a while; nothing is at hand.
    Quiet,
    /// The connection is at its end.
    End,
}

/// What waiting for a request gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// Its first bytes.
    Request,
    /// Nothing.
    Pause(Pause),
}

/// Serves a connection to its end.
///
/// What requests need is boxed for as long as they come, so that a quiet connection is small: it
/// holds neither a buffer nor the room of a request, and waits for readiness only.
pub(crate) async fn serve(open: Open, stream: Stream, peer: Peer) {
    let mut connection = Connection {
        watch: open.core.worker.watches.watch(stream.clone()),
        core: open.core.clone(),
        revoke: Revoke::default(),
        peer,
        stream,
        first: true,
        quiet: false,
        input: Buf::default(),
    };
    while Box::pin(connection.answer_all()).await == Pause::Quiet {
        if connection.stream.readable().await.is_err() {
            break;
        }
    }
}

impl Connection {
    /// Answers one request after the other.
    async fn answer_all(&mut self) -> Pause {
        let mut turns = 0;
        let pause = loop {
            if let Wait::Pause(pause) = self.request_waits().await {
                break pause;
            }
            let core = self.core.clone();
            core.breathe(&mut turns).await;
            match self.answer().await {
                Next::Request => self.first = false,
                Next::Linger => {
                    self.linger().await;
                    break Pause::End;
                }
                Next::Close => break Pause::End,
            }
        };
        self.core.buffers.give(std::mem::take(&mut self.input));
        pause
    }

    /// Waits for the first byte of a request.
    async fn request_waits(&mut self) -> Wait {
        if !self.input.is_empty() {
            self.watch.forgive();
            return Wait::Request;
        }
        // A connection that was quiet has its deadline already.
        if !std::mem::take(&mut self.quiet) {
            if self.first {
                // Its first request may be under way already: no drain cuts it off.
                self.watch.arm(&Guard::Client, self.core.waits.head_ms);
            } else {
                self.watch.arm_idle(self.core.waits.idle_ms);
            }
        }
        let mut buf = std::mem::take(&mut self.input);
        if buf.capacity() == 0 {
            buf = self.core.buffers.take();
        }
        buf.clear_with_headroom(HEADROOM_BYTES);
        let quiet = self.watch.quiet(QUIET_MS);
        match self.stream.read_or_quiet(buf, &mut self.revoke, quiet).await {
            Quiet::Read(result, back) => {
                self.input = back;
                if !matches!(result, Ok(1..)) {
                    return Wait::Pause(Pause::End);
                }
                // A deadline that passed while the bytes were on their way is no longer meant.
                self.watch.forgive();
                Wait::Request
            }
            Quiet::Quiet(back) => {
                self.input = back;
                self.quiet = true;
                Wait::Pause(Pause::Quiet)
            }
        }
    }

    /// Reads more of a head that is not whole yet; false when nothing more comes.
    async fn read_more(&mut self) -> bool {
        let mut buf = std::mem::take(&mut self.input);
        if buf.spare() == 0 {
            buf.compact();
        }
        let (result, buf) = self.stream.read(buf).await;
        self.input = buf;
        matches!(result, Ok(1..))
    }

    /// Lets the client read our last answer: we are done writing, but closing with its bytes unread
    /// would reset the connection and could destroy the answer (RFC 9112 section 9.6).
    async fn linger(&mut self) {
        self.stream.end_writes();
        self.watch.arm(&Guard::Client, LINGER_MS);
        let mut seen = 0;
        let mut buf = std::mem::take(&mut self.input);
        if buf.capacity() == 0 {
            buf = self.core.buffers.take();
        }
        while seen < LINGER_BYTES_MAX {
            buf.clear();
            let (result, back) = self.stream.read(buf).await;
            buf = back;
            match result {
                Ok(bytes @ 1..) => seen += bytes,
                _ => break,
            }
        }
        self.input = buf;
    }
}

impl Peer {
    /// For a connection from `address` to our own address `local`, where that is known.
    pub(crate) fn new(address: SocketAddr, local: Option<SocketAddr>) -> Self {
        let node = |ip: IpAddr| match ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("\"[{ip}]\""),
        };
        let by = local.map(|local| format!("by={};", node(local.ip()))).unwrap_or_default();
        Self { ip: address.ip(), forwarded: format!("{by}for={}", node(address.ip())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_nodes_follow_rfc_7239() {
        let v4 = Peer::new("192.0.2.1:5".parse().unwrap(), "10.0.0.1:80".parse().ok());
        assert_eq!(v4.forwarded, "by=10.0.0.1;for=192.0.2.1");
        let v6 = Peer::new("[2001:db8::1]:5".parse().unwrap(), None);
        assert_eq!(v6.forwarded, "for=\"[2001:db8::1]\"");
    }
}
