//! An HTTP/2 stream to an origin, which to everyone else is an HTTP/1.1 connection with one
//! request: the mirror image of a client's stream (`link/h2.rs`). The head that is written becomes
//! HEADERS, content DATA; the answer is read as HTTP/1.1.

mod connection;
mod fault;
mod incoming;
mod outgoing;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use ringgate_http1::{Framing, elements};
use ringgate_http2::limits::ORIGIN_REQUEST_FIELDS_MAX;
use ringgate_http2::{client_request, connect_request};
use ringgate_runtime::{Buf, Client, Either, Quiet, select};
use ringgate_websocket::Asked;

pub(crate) use connection::OriginConnection;
pub(crate) use fault::OriginFault;

use super::written::framing;
use connection::Place;
use incoming::Incoming;
use outgoing::Outgoing;

/// One request and its answer. Dropping it before both have ended resets the stream with CANCEL;
/// the connection lives on.
pub(crate) struct H2Origin {
    /// Until its end is left to the connection.
    place: Option<Place>,
    connection: Rc<OriginConnection>,
    /// Until the head is sent.
    send: RefCell<Option<SendRequest<Bytes>>>,
    outgoing: RefCell<Option<Outgoing>>,
    incoming: RefCell<Incoming>,
    stream_id: Cell<u32>,
    /// Ended from outside.
    ended: Cell<bool>,
    reader: RefCell<Option<Waker>>,
    writer: RefCell<Option<Waker>>,
}

/// What of a request's head decides how its answer is read.
#[derive(Clone, Copy, Debug, Default)]
struct Asks {
    /// With HEAD: the answer has no content.
    head: bool,
    /// `TE: trailers`: they are passed on, else left out (RFC 9110 section 6.5.1).
    trailers: bool,
    /// For a WebSocket: what answers its key. Once a 2xx has come, both ways are raw bytes.
    accept: Option<[u8; 28]>,
}

/// The stream as a watch of its own ends it.
pub(crate) struct H2OriginEnd(pub(crate) Rc<H2Origin>);

impl Client for H2OriginEnd {
    fn end(&self, writes: bool) {
        self.0.end(writes);
    }

    fn has_ended(&self) -> bool {
        self.0.has_ended()
    }

    fn has_bytes(&self) -> bool {
        false
    }
}

/// As a watch ends it: no byte is read or written any more.
impl Client for H2Origin {
    fn end(&self, _: bool) {
        self.ended.set(true);
        for waker in [&self.reader, &self.writer] {
            if let Some(waker) = waker.take() {
                waker.wake();
            }
        }
    }

    fn has_ended(&self) -> bool {
        self.ended.get()
    }

    fn has_bytes(&self) -> bool {
        false
    }
}

impl H2Origin {
    fn new(place: Place, send: SendRequest<Bytes>) -> Rc<Self> {
        let connection = place.0.clone();
        Rc::new(Self {
            connection,
            place: Some(place),
            send: RefCell::new(Some(send)),
            outgoing: RefCell::default(),
            incoming: RefCell::default(),
            stream_id: Cell::new(0),
            ended: Cell::new(false),
            reader: RefCell::default(),
            writer: RefCell::default(),
        })
    }

    /// The wait for the answer was given up: the connection may be dead.
    pub(crate) fn suspect(&self) {
        self.connection.suspect();
    }

    /// As [`Self::read`], but gives the buffer back once `quiet` ends first.
    pub(super) async fn read_or_quiet(
        &self,
        mut buf: Buf,
        quiet: impl Future<Output = ()>,
    ) -> Quiet {
        let before = buf.len();
        let ended = {
            // What is polled takes nothing before it is ready.
            let read = pin!(poll_fn(|cx| self.poll_read(cx, &mut buf)));
            select(read, pin!(quiet)).await
        };
        match ended {
            Either::Left(result) => {
                Quiet::Read(result.map(|()| buf.len().saturating_sub(before)), buf)
            }
            Either::Right(()) => Quiet::Quiet(buf),
        }
    }

    /// Waits until a read has something to give, or ends, holding no buffer.
    pub(super) async fn readable(&self) {
        poll_fn(|cx| {
            if self.ended.get() {
                return Poll::Ready(());
            }
            *self.reader.borrow_mut() = Some(cx.waker().clone());
            self.incoming.borrow_mut().poll_readable(cx)
        })
        .await;
    }

    /// The end of a tunnel; other content has told its own.
    pub(super) fn end_writes(&self) {
        if let Some(outgoing) = &mut *self.outgoing.borrow_mut() {
            outgoing.end_tunnel();
        }
    }

    pub(super) async fn read(&self, mut buf: Buf) -> (io::Result<usize>, Buf) {
        let before = buf.len();
        let result = poll_fn(|cx| self.poll_read(cx, &mut buf)).await;
        (result.map(|()| buf.len().saturating_sub(before)), buf)
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut Buf) -> Poll<io::Result<()>> {
        if self.ended.get() {
            return Poll::Ready(Err(ErrorKind::UnexpectedEof.into()));
        }
        *self.reader.borrow_mut() = Some(cx.waker().clone());
        let mut incoming = self.incoming.borrow_mut();
        let read = incoming.poll_read(cx, buf, self.stream_id.get(), &self.connection.guard);
        read.map_err(|fault| match (fault, self.connection.fault(None)) {
            // The connection ended because of this.
            (OriginFault::Ended(_), Some(why)) => OriginFault::Broken(why.to_string()).into(),
            (fault, _) => fault.into(),
        })
    }

    /// Sends some of the first `end` waiting bytes of an HTTP/1.1 request and consumes them.
    pub(super) async fn write_some(&self, mut buf: Buf, end: usize) -> (io::Result<usize>, Buf) {
        let end = end.min(buf.len());
        let sent = poll_fn(|cx| {
            if self.ended.get() {
                return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
            }
            let bytes = buf.filled().get(..end).unwrap_or_default();
            match &mut *self.outgoing.borrow_mut() {
                Some(outgoing) => {
                    *self.writer.borrow_mut() = Some(cx.waker().clone());
                    outgoing.poll_write(cx, bytes)
                }
                unsent => Poll::Ready(self.head(bytes).map(|(len, outgoing)| {
                    *unsent = Some(outgoing);
                    len
                })),
            }
        });
        let sent = sent.await;
        if let Ok(sent) = sent {
            buf.consume(sent);
        }
        (sent, buf)
    }

    /// Sends the head at the start of `bytes`. Why it cannot be sent is what reading then says.
    fn head(&self, bytes: &[u8]) -> io::Result<(usize, Outgoing)> {
        let sent = self.send_head(bytes);
        let (incoming, sent) = match sent {
            Ok((len, asks, response, outgoing)) => {
                (Incoming::head(response, asks), Ok((len, outgoing)))
            }
            Err(fault) => (Incoming::failed(fault.clone()), Err(fault.into())),
        };
        *self.incoming.borrow_mut() = incoming;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        sent
    }

    fn send_head(
        &self,
        bytes: &[u8],
    ) -> Result<(usize, Asks, ResponseFuture, Outgoing), OriginFault> {
        let mut slots = [const { MaybeUninit::uninit() }; ORIGIN_REQUEST_FIELDS_MAX];
        let head = Head::parse(bytes, &mut slots).ok_or_else(unwritten)?;
        let scheme = self.connection.scheme;
        let fields = head.fields.iter().map(|field| (field.name, field.value));
        let mut send = self.send.take().ok_or_else(unwritten)?;
        let tunnel = head.asks.accept.is_some();
        if tunnel && !send.is_extended_connect_protocol_enabled() {
            return Err(OriginFault::NoWebSocket);
        }
        let request = match tunnel {
            true => connect_request(scheme, head.authority, head.target, fields),
            false => client_request(head.method, scheme, head.authority, head.target, fields),
        };
        let request = request.map_err(|fault| OriginFault::Broken(fault.to_string()))?;
        let ends = !tunnel && matches!(head.framing, Framing::None | Framing::Length(0));
        // What is refused here has not gone out.
        let (response, stream) = send
            .send_request(request, ends)
            .map_err(|error| OriginFault::Unprocessed(error.to_string()))?;
        let stream_id = response.stream_id().as_u32();
        self.connection.guard.borrow_mut().open(stream_id);
        self.stream_id.set(stream_id);
        let outgoing = match tunnel {
            true => Outgoing::tunnel(stream),
            false => Outgoing::new(stream, head.framing),
        };
        Ok((head.len, head.asks, response, outgoing))
    }
}

impl Drop for H2Origin {
    fn drop(&mut self) {
        self.connection.guard.borrow_mut().close(self.stream_id.get());
        let sent = self.outgoing.get_mut().as_ref().is_some_and(Outgoing::is_done);
        let recv = self.incoming.get_mut().take_unended();
        if let (true, Some(recv), Some(place)) = (sent, recv, self.place.take()) {
            self.connection.end_later(recv, place);
        }
    }
}

/// A head of our own writing: its rules were checked when it came.
struct Head<'h, 'b> {
    method: &'b str,
    target: &'b str,
    authority: &'b str,
    fields: &'h [httparse::Header<'b>],
    framing: Framing,
    asks: Asks,
    len: usize,
}

impl<'h, 'b> Head<'h, 'b> {
    fn parse(bytes: &'b [u8], slots: &'h mut [MaybeUninit<httparse::Header<'b>>]) -> Option<Self> {
        let mut request = httparse::Request::new(&mut []);
        let parsed = request.parse_with_uninit_headers(bytes, slots);
        let Ok(httparse::Status::Complete(len)) = parsed else { return None };
        let (method, target) = (request.method?, request.path?);
        let fields = &*request.headers;
        let value = |name: &str| ringgate_http1::field(fields, name);
        let framing = framing(fields).ok()?;
        let trailers = value("te")
            .is_some_and(|te| elements(te).any(|coding| coding.eq_ignore_ascii_case(b"trailers")));
        let all = fields.iter().map(|field| (field.name, field.value));
        // Written where a WebSocket is asked for, and nowhere else.
        let asked = value("upgrade").and_then(|_| Asked::from_request(method, true, all).ok());
        let accept = asked.map(|asked| asked.accept());
        let asks = Asks { head: method == "HEAD", trailers, accept };
        let authority = std::str::from_utf8(value("host")?).ok()?;
        Some(Self { method, target, authority, fields, framing, asks, len })
    }
}

/// Written was what is no head: a fault of ours.
fn unwritten() -> OriginFault {
    OriginFault::Broken("no request head was written".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_how_its_answer_is_read() {
        let mut slots = [const { MaybeUninit::uninit() }; ORIGIN_REQUEST_FIELDS_MAX];
        let bytes =
            b"HEAD /a?b HTTP/1.1\r\nHost: h:1\r\nConnection: TE\r\nTE: trailers\r\n\r\nrest";
        let head = Head::parse(bytes, &mut slots).unwrap();
        assert_eq!((head.method, head.target, head.authority), ("HEAD", "/a?b", "h:1"));
        assert_eq!((head.framing, head.len), (Framing::None, bytes.len() - 4));
        assert!(head.asks.head && head.asks.trailers && head.asks.accept.is_none());
        let bytes = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                      Sec-WebSocket-Version: 13\r\n\
                      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        let mut slots = [const { MaybeUninit::uninit() }; ORIGIN_REQUEST_FIELDS_MAX];
        let head = Head::parse(bytes, &mut slots).unwrap();
        assert_eq!(head.asks.accept, Some(*b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }

    #[test]
    fn content_is_framed_as_the_head_says() {
        for (line, framing) in [
            ("", Framing::None),
            ("content-length: 0\r\n", Framing::Length(0)),
            ("content-length: 12\r\n", Framing::Length(12)),
            ("transfer-encoding: chunked\r\n", Framing::Chunked),
        ] {
            let text = format!("POST / HTTP/1.1\r\nHost: h\r\n{line}\r\n");
            let mut slots = [const { MaybeUninit::uninit() }; ORIGIN_REQUEST_FIELDS_MAX];
            let head = Head::parse(text.as_bytes(), &mut slots).unwrap();
            assert_eq!(head.framing, framing, "{line}");
            assert!(!head.asks.head && !head.asks.trailers);
        }
        let mut slots = [const { MaybeUninit::uninit() }; ORIGIN_REQUEST_FIELDS_MAX];
        assert!(Head::parse(b"POST / HTTP/1.1\r\n\r\n", &mut slots).is_none(), "no host");
    }
}
