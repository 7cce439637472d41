use std::fmt;

use super::http1::Http1;
use super::http2::Http2;
use super::request::RequestSource;
use super::response::{Expected, Verdict};
use super::websocket::WebSocket;

/// What is wrong with what the peer sent, in words.
pub(super) type Fault = String;

/// What a connection speaks: bytes in, bytes and answers out, no socket.
pub(super) trait Protocol: fmt::Debug {
    /// Says what comes first on a new connection.
    fn open(&mut self, out: &mut Vec<u8>);

    /// Sends a request; `slot` is its place among those under way. `request` is its text in
    /// HTTP/1.1.
    fn begin(&mut self, slot: usize, request: &[u8], out: &mut Vec<u8>);

    /// Takes what came.
    fn feed(&mut self, bytes: &[u8], exchange: &mut Exchange<'_>) -> Result<(), Fault>;

    /// A byte of an answer to what is under way has come.
    fn has_started(&self) -> bool;

    /// Body bytes that may be dropped unread, by [`Self::skip`].
    fn skippable(&self) -> u64 {
        0
    }

    /// Counts `n` body bytes that came and were dropped.
    fn skip(&mut self, _n: u64, _exchange: &mut Exchange<'_>) {}

    /// The connection has ended: true if that ended an answer rightly.
    fn end(&mut self, _exchange: &mut Exchange<'_>) -> bool {
        false
    }
}

/// What a protocol has at hand while it takes what came.
pub(super) struct Exchange<'a> {
    pub(super) expected: &'a Expected,
    /// Bytes to send.
    pub(super) out: &'a mut Vec<u8>,
    pub(super) answers: &'a mut Vec<Answer>,
}

/// A request was answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) slot: usize,
    pub(super) verdict: Verdict,
    /// The peer will close behind it.
    pub(super) last: bool,
}

/// Makes what new connections speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Http1,
    Http2 { streams: usize },
    WebSocket { message_bytes: usize },
}

impl Language {
    /// The name it has in ALPN (RFC 7301).
    pub(super) fn alpn(self) -> &'static [u8] {
        match self {
            Self::Http2 { .. } => b"h2",
            Self::Http1 | Self::WebSocket { .. } => b"http/1.1",
        }
    }

    /// Requests that a connection may have under way.
    pub(super) fn slots(self) -> usize {
        match self {
            Self::Http2 { streams } => streams,
            Self::Http1 | Self::WebSocket { .. } => 1,
        }
    }

    /// For connection number `number`.
    pub(super) fn speaker(self, source: &RequestSource, number: u64) -> Box<dyn Protocol> {
        match self {
            Self::Http1 => Box::new(Http1::default()),
            Self::Http2 { streams } => Box::new(Http2::new(source, streams)),
            Self::WebSocket { message_bytes } => {
                Box::new(WebSocket::new(source, message_bytes, number))
            }
        }
    }
}

/// The start of bytes that should not be there.
pub(super) fn unasked(bytes: &[u8]) -> Fault {
    let start: String = String::from_utf8_lossy(bytes).chars().take(80).collect();
    format!("bytes that nobody asked for: {start:?}")
}
