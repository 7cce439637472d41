//! A client's HTTP/1.1 connection: waits for requests, answers them one by one, ends in order.

mod ahead;
mod consent;
mod exchange;
mod http2;
mod invoke;
mod mapped_body;
mod plan;
mod pump;
mod relay;
mod whole_answer;
mod whole_request;

use std::fmt::Write;
use std::future::ready;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use ringgate_http2::PREFACE;
use ringgate_runtime::{Buf, Guard, Quiet, Revoke, Stream, Watch};
use ringgate_tls::{Alpn, Doors};

use crate::limits::{FORWARDED_BYTES, HEADROOM_BYTES, LINGER_MS, QUIET_MS};
use crate::link::{Link, TlsLink};
use crate::phases::accept::Open;
use crate::tls::Client;
use crate::worker::Core;

pub(crate) use plan::Exchange;

/// What is known of the other end, written once per connection.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// The client's address.
    pub ip: IpAddr,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// It speaks HTTP/2.
    pub http2: bool,
    /// `by=…;for=…` of a `Forwarded` field (RFC 7239 section 6: IPv6 is quoted and bracketed).
    pub forwarded: String,
    /// Who has shown a certificate, where the handshake asked for one.
    pub client: Option<Rc<Client>>,
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
    link: Link,
    watch: Rc<Watch>,
    revoke: Revoke,
    peer: Rc<Peer>,
    /// No request was answered yet.
    first: bool,
    /// The deadline of the next request stands already: since the accept, or since before a quiet
    /// time.
    armed: bool,
    /// What the client sent and nobody has used yet.
    input: Buf,
}

/// Why a connection's requests are waited for no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    /// Nothing came for a while; nothing is at hand.
    Quiet,
    /// The client speaks HTTP/2 and began with its preface, which is at hand.
    Http2,
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

/// Serves a connection to its end; under TLS, where it is given what that needs.
///
/// What requests need is boxed for as long as they come, so that a quiet connection is small: it
/// holds neither a buffer nor the room of a request, and waits for readiness only.
pub(crate) async fn serve(open: Open, stream: Stream, tls: Option<Arc<Doors>>, mut peer: Peer) {
    let core = open.core.clone();
    let watch = core.worker.watches.watch(stream.clone());
    // Its first request may be under way already: no drain cuts it off.
    watch.arm(&Guard::Client, core.waits.head_ms);
    let mut input = Buf::default();
    let link = match tls {
        None => Link::Clear(stream),
        Some(doors) => match Box::pin(secure(&core, stream, doors, &mut input)).await {
            Some((link, client)) => {
                peer.client = client.map(Rc::new);
                link
            }
            None => return,
        },
    };
    let peer = Rc::new(peer);
    if link.speaks_http2() {
        Box::pin(http2::serve(&core, &link, watch, peer, input)).await;
        return;
    }
    let revoke = Revoke::default();
    let mut connection =
        Connection { core, link, watch, revoke, peer, first: true, armed: true, input };
    loop {
        match Box::pin(connection.answer_all()).await {
            Pause::Quiet if connection.link.readable().await.is_ok() => {}
            Pause::Http2 => return connection.change_to_http2().await,
            _ => return,
        }
    }
}

/// The TLS handshake; `input` gets what came with its end.
async fn secure(
    core: &Core,
    stream: Stream,
    doors: Arc<Doors>,
    input: &mut Buf,
) -> Option<(Link, Option<Client>)> {
    *input = core.buffers.take();
    input.clear_with_headroom(HEADROOM_BYTES);
    match TlsLink::accept(stream, &doors, &core.tls_buffers, input).await {
        Ok((link, _)) if link.alpn() == Some(Alpn::AcmeTls1) => {
            core.counters.tls_handshakes_total.add(1);
            // The handshake was all: it bears no data (RFC 8737 section 4).
            link.close().await;
            core.buffers.give(std::mem::take(input));
            None
        }
        Ok((link, client)) => {
            core.counters.tls_handshakes_total.add(1);
            Some((Link::Tls(Rc::new(link)), client))
        }
        Err(_) => {
            core.counters.tls_failures_total.add(1);
            core.buffers.give(std::mem::take(input));
            None
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
            if self.first && self.begins_http2().await {
                return Pause::Http2;
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
        if pause == Pause::End {
            self.watch.arm(&Guard::Both, LINGER_MS);
            self.link.close().await;
        }
        pause
    }

    /// Whether the first bytes are the preface of HTTP/2, from a client that knows beforehand that
    /// it is spoken here (RFC 9113 section 3.3). It can be no request: its method is not one, and
    /// its version is refused.
    async fn begins_http2(&mut self) -> bool {
        if !self.core.settings.http2_cleartext || !matches!(self.link, Link::Clear(_)) {
            return false;
        }
        loop {
            let bytes = self.input.filled();
            if bytes.starts_with(PREFACE) {
                return true;
            }
            if !PREFACE.starts_with(bytes) || !self.read_more().await {
                return false;
            }
        }
    }

    /// Goes on as HTTP/2 with what is at hand.
    async fn change_to_http2(self) {
        let Self { core, link, watch, peer, input, .. } = self;
        Box::pin(http2::serve(&core, &link, watch, peer, input)).await;
    }

    /// Waits for the first byte of a request.
    async fn request_waits(&mut self) -> Wait {
        if !self.input.is_empty() {
            self.watch.forgive();
            return Wait::Request;
        }
        if !std::mem::take(&mut self.armed) {
            self.watch.arm_idle(self.core.waits.idle_ms);
        }
        let mut buf = std::mem::take(&mut self.input);
        if buf.capacity() == 0 {
            buf = self.core.buffers.take();
        }
        buf.clear_with_headroom(HEADROOM_BYTES);
        let quiet = self.watch.quiet(QUIET_MS);
        match self.link.read_or_quiet(buf, &mut self.revoke, quiet).await {
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
                self.armed = true;
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
        let (result, buf) = self.link.read(buf).await;
        self.input = buf;
        matches!(result, Ok(1..))
    }

    /// The same; `None` when nothing has come for `wait_ms`.
    async fn read_more_within(&mut self, wait_ms: u64) -> Option<bool> {
        let mut buf = std::mem::take(&mut self.input);
        if buf.spare() == 0 {
            buf.compact();
        }
        let quiet = self.watch.quiet(wait_ms);
        match self.link.read_or_quiet(buf, &mut self.revoke, quiet).await {
            Quiet::Read(result, back) => {
                self.input = back;
                Some(matches!(result, Ok(1..)))
            }
            Quiet::Quiet(back) => {
                self.input = back;
                None
            }
        }
    }

    /// The same for what has come already; false when there is nothing.
    async fn read_at_hand(&mut self) -> bool {
        let buf = std::mem::take(&mut self.input);
        match self.link.read_or_quiet(buf, &mut self.revoke, ready(())).await {
            Quiet::Read(result, back) => {
                self.input = back;
                matches!(result, Ok(1..))
            }
            Quiet::Quiet(back) => {
                self.input = back;
                false
            }
        }
    }

    /// Lets the client read our last answer: we are done writing, but closing with its bytes unread
    /// would reset the connection and could destroy the answer (RFC 9112 section 9.6).
    async fn linger(&mut self) {
        let mut buf = std::mem::take(&mut self.input);
        if buf.capacity() == 0 {
            buf = self.core.buffers.take();
        }
        self.input = linger(&self.link, &self.watch, buf).await;
    }
}

/// Ends our side, then throws away what the client still sends, for a while; gives `buf` back.
async fn linger(link: &Link, watch: &Watch, buf: Buf) -> Buf {
    // A goodbye of TLS that nobody takes is not waited for without end.
    watch.arm(&Guard::Both, LINGER_MS);
    link.end_writes().await;
    watch.arm(&Guard::Client, LINGER_MS);
    link.discard(buf).await
}

impl Peer {
    /// For a connection from `ip`. `by`: from [`Peer::by`], or nothing; `scheme`: `http` or
    /// `https`, as it came.
    pub(crate) fn new(ip: IpAddr, by: &str, scheme: &'static str) -> Self {
        let mut forwarded = String::with_capacity(FORWARDED_BYTES);
        forwarded.push_str(by);
        forwarded.push_str("for=");
        push_node(&mut forwarded, ip);
        Self { ip, scheme, http2: false, forwarded, client: None }
    }

    /// `for=…` alone.
    pub(crate) fn forwarded_for(&self) -> &str {
        let at = self.forwarded.find("for=").unwrap_or_default();
        self.forwarded.get(at..).unwrap_or_default()
    }

    /// `by=…;` of a `Forwarded` field, for a connection to `local`.
    pub(crate) fn by(local: IpAddr) -> String {
        let mut by = String::from("by=");
        push_node(&mut by, local);
        by.push(';');
        by
    }
}

/// Appends an address as a node (RFC 7239 section 6).
fn push_node(out: &mut String, ip: IpAddr) {
    match ip {
        IpAddr::V4(ip) => {
            // By hand: a fifth of what a connection of one request cost was formatting.
            let mut separator = "";
            for octet in ip.octets() {
                out.push_str(separator);
                separator = ".";
                let digits =
                    [octet / 100, octet / 10 % 10, octet % 10].map(|d| char::from(b'0' + d));
                let skip = usize::from(octet < 100) + usize::from(octet < 10);
                out.extend(digits.iter().skip(skip));
            }
        }
        IpAddr::V6(ip) => {
            let _ = write!(out, "\"[{ip}]\"");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_nodes_follow_rfc_7239() {
        let by = |local: &str| Peer::by(local.parse().unwrap());
        let peer = |ip: &str, by: &str| Peer::new(ip.parse().unwrap(), by, "http").forwarded;
        assert_eq!(peer("192.0.2.1", &by("10.0.0.255")), "by=10.0.0.255;for=192.0.2.1");
        assert_eq!(peer("2001:db8::1", ""), "for=\"[2001:db8::1]\"");
        assert_eq!(by("::1"), "by=\"[::1]\";");
        let both = Peer::new("192.0.2.1".parse().unwrap(), &by("::1"), "http");
        assert_eq!(both.forwarded_for(), "for=192.0.2.1");
        let alone = Peer::new("2001:db8::1".parse().unwrap(), "", "http");
        assert_eq!(alone.forwarded_for(), alone.forwarded);
    }

    #[test]
    fn every_octet_is_written_as_the_standard_library_writes_it() {
        for octet in 0..=255 {
            let ip = std::net::Ipv4Addr::new(octet, 255 - octet, 0, octet);
            let mut node = String::new();
            push_node(&mut node, ip.into());
            assert_eq!(node, ip.to_string());
        }
    }
}
