use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::HeaderMap;
use ringgate_http1::Framing;
use ringgate_http2::limits::RESPONSE_FIELDS_MAX;
use ringgate_http2::{Guard, response, trailer_lines, tunnel_response};
use ringgate_runtime::{Buf, Client, Either, Quiet, select};

use super::coded;
use super::in_flight::InFlight;
use super::written::{Part, Written, framing, send_end, unwritten};
use crate::limits::HTTP2_IN_FLIGHT_BYTES_MAX;

/// One HTTP/2 stream, which to everyone else is an HTTP/1.1 connection with one request: what is
/// read is that request's content, coded as its head says; what is written is the answer, head and
/// content, and leaves as HEADERS and DATA.
///
/// So every rule of an exchange (time limits, retries, records, upgrades) is written once.
pub(crate) struct H2Stream {
    recv: RefCell<RecvStream>,
    /// Of the connection, which knows what `h2` has left out of a field section.
    guard: Rc<RefCell<Guard>>,
    content: Cell<Content>,
    /// Its trailers broke a rule.
    malformed: Cell<bool>,
    /// Received and not read yet.
    received: RefCell<Bytes>,
    respond: RefCell<SendResponse<Bytes>>,
    send: RefCell<Option<SendStream<Bytes>>>,
    /// The client asked with HEAD: its answer has no content, whatever its head says.
    is_head: bool,
    answer: Cell<Answer>,
    /// The answer's content.
    written: RefCell<Written>,
    in_flight: InFlight,
    /// Ended from outside: reads, writes.
    ended: Cell<(bool, bool)>,
    reader: RefCell<Option<Waker>>,
    writer: RefCell<Option<Waker>>,
}

/// How the request's content is given to who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// As it comes: its head told the length, or it is the bytes of a tunnel.
    Plain,
    /// In the chunked coding.
    Chunked,
    /// It has been given, its end too.
    Done,
}

/// How far the answer that is written has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Before its head, or before the final one.
    Head,
    /// In content.
    Content,
    /// In a tunnel, which the end of writing ends.
    Tunnel,
    /// All of it has been sent.
    Done,
}

/// What was received.
enum Piece {
    Data(Bytes),
    Trailers(Option<HeaderMap>),
}

/// The stream as a watch ends it.
pub(crate) struct H2Client(pub(crate) Rc<H2Stream>);

impl Client for H2Client {
    fn end(&self, writes: bool) {
        let (_, no_writes) = self.0.ended.get();
        self.0.ended.set((true, writes || no_writes));
        for waker in [&self.0.reader, &self.0.writer] {
            if let Some(waker) = waker.take() {
                waker.wake();
            }
        }
    }

    /// Told by its reset, which is waited for.
    fn has_ended(&self) -> bool {
        false
    }

    fn has_bytes(&self) -> bool {
        false
    }
}

impl H2Stream {
    pub(crate) fn new(
        (recv, respond): (RecvStream, SendResponse<Bytes>),
        guard: Rc<RefCell<Guard>>,
        content: Content,
        is_head: bool,
    ) -> Rc<Self> {
        Rc::new(Self {
            recv: RefCell::new(recv),
            guard,
            content: Cell::new(content),
            malformed: Cell::new(false),
            received: RefCell::default(),
            respond: RefCell::new(respond),
            send: RefCell::default(),
            is_head,
            answer: Cell::new(Answer::Head),
            written: RefCell::default(),
            in_flight: InFlight::default(),
            ended: Cell::default(),
            reader: RefCell::default(),
            writer: RefCell::default(),
        })
    }

    /// Ends when the client has reset the stream, or the connection has ended.
    pub(crate) async fn reset(&self) {
        poll_fn(|cx| match &mut *self.send.borrow_mut() {
            Some(send) => send.poll_reset(cx).map(drop),
            None => self.respond.borrow_mut().poll_reset(cx).map(drop),
        })
        .await;
    }

    /// True once the whole answer has been given to `h2`.
    pub(crate) fn is_answered(&self) -> bool {
        self.answer.get() == Answer::Done
    }

    /// True while this is a tunnel whose end has not been sent.
    pub(crate) fn is_tunnel(&self) -> bool {
        self.answer.get() == Answer::Tunnel
    }

    /// True once the request's content has been read to its end.
    pub(crate) fn has_been_read(&self) -> bool {
        self.content.get() == Content::Done
    }

    /// After the answer: one that is not whole is broken off so that the client sees it.
    pub(crate) fn finish(&self) {
        if self.is_answered() {
            return;
        }
        let malformed = self.malformed.get();
        let why = if malformed { Reason::PROTOCOL_ERROR } else { Reason::INTERNAL_ERROR };
        match &mut *self.send.borrow_mut() {
            Some(send) => send.send_reset(why),
            None => self.respond.borrow_mut().send_reset(why),
        }
    }

    /// The end of a tunnel.
    pub(super) fn end_writes(&self) {
        if self.answer.get() == Answer::Tunnel
            && let Some(send) = &mut *self.send.borrow_mut()
        {
            // A stream that is gone needs no end.
            let _ = send.send_data(Bytes::new(), true);
            self.answer.set(Answer::Done);
        }
    }

    pub(super) async fn read(&self, buf: Buf) -> (io::Result<usize>, Buf) {
        if self.content.get() == Content::Done {
            return (Ok(0), buf);
        }
        let piece = poll_fn(|cx| self.poll_piece(cx)).await;
        self.received(piece, buf)
    }

    pub(super) async fn read_or_quiet(&self, buf: Buf, quiet: impl Future<Output = ()>) -> Quiet {
        if self.content.get() == Content::Done {
            return Quiet::Read(Ok(0), buf);
        }
        // What is polled takes nothing before it is ready.
        let piece = pin!(poll_fn(|cx| self.poll_piece(cx)));
        match select(piece, pin!(quiet)).await {
            Either::Left(piece) => {
                let (result, buf) = self.received(piece, buf);
                Quiet::Read(result, buf)
            }
            Either::Right(()) => Quiet::Quiet(buf),
        }
    }

    /// Waits until a read has something to give, or ends, holding no buffer.
    pub(super) async fn readable(&self) {
        // The end, or an error: the read that follows is told the same.
        let _ = poll_fn(|cx| self.poll_received(cx)).await;
    }

    fn received(&self, piece: io::Result<Piece>, mut buf: Buf) -> (io::Result<usize>, Buf) {
        let before = buf.len();
        let result = piece.and_then(|piece| self.give(piece, &mut buf));
        (result.map(|()| buf.len().saturating_sub(before)), buf)
    }

    fn poll_piece(&self, cx: &mut Context<'_>) -> Poll<io::Result<Piece>> {
        if ready!(self.poll_received(cx))? {
            return Poll::Ready(Ok(Piece::Data(self.received.borrow().clone())));
        }
        let trailers = ready!(self.recv.borrow_mut().poll_trailers(cx)).map_err(io::Error::other);
        Poll::Ready(trailers.map(Piece::Trailers))
    }

    /// Waits until something is in `received`; false: all content has been taken.
    fn poll_received(&self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut received = self.received.borrow_mut();
        while received.is_empty() {
            if self.ended.get().0 {
                return Poll::Ready(Err(ErrorKind::UnexpectedEof.into()));
            }
            *self.reader.borrow_mut() = Some(cx.waker().clone());
            match ready!(self.recv.borrow_mut().poll_data(cx)) {
                Some(Ok(bytes)) => *received = bytes,
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                None => return Poll::Ready(Ok(false)),
            }
        }
        Poll::Ready(Ok(true))
    }

    /// Puts what was received into `buf`, as far as it fits.
    fn give(&self, piece: Piece, buf: &mut Buf) -> io::Result<()> {
        let coded = self.content.get() == Content::Chunked;
        match piece {
            Piece::Data(mut bytes) => {
                let given = coded::give(&mut bytes, coded, buf);
                *self.received.borrow_mut() = bytes;
                // Counted against the client's window until it is ours.
                let _ = self.recv.borrow_mut().flow_control().release_capacity(given);
            }
            Piece::Trailers(fields) => {
                self.content.set(Content::Done);
                if coded {
                    buf.extend(b"0\r\n");
                    if let Some(fields) = fields {
                        self.check(&fields)?;
                        trailer_lines(&fields, buf.as_vec()).map_err(io::Error::other)?;
                    }
                    buf.extend(b"\r\n");
                }
            }
        }
        Ok(())
    }

    /// Trailers of which `h2` left something out are malformed (RFC 9113 section 8.1.1).
    fn check(&self, trailers: &HeaderMap) -> io::Result<()> {
        let stream_id = self.respond.borrow().stream_id().as_u32();
        if self.guard.borrow_mut().trailers_are_whole(stream_id, trailers) {
            return Ok(());
        }
        self.malformed.set(true);
        Err(ErrorKind::InvalidData.into())
    }

    /// Sends some of the first `end` waiting bytes of an HTTP/1.1 answer and consumes them.
    pub(super) async fn write_some(&self, mut buf: Buf, end: usize) -> (io::Result<usize>, Buf) {
        let end = end.min(buf.len());
        let bytes = buf.filled().get(..end).unwrap_or_default();
        let sent = match self.answer.get() {
            Answer::Head => self.head(bytes),
            Answer::Content => self.content(bytes).await,
            Answer::Tunnel => self.data(bytes, u64::MAX, false).await,
            Answer::Done => Err(unwritten()),
        };
        if let Ok(sent) = sent {
            buf.consume(sent);
        }
        (sent, buf)
    }

    /// A head of our own writing: its fields have been judged when they came.
    fn head(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut slots = [const { MaybeUninit::uninit() }; RESPONSE_FIELDS_MAX];
        let mut head = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        let parsed = config.parse_response_with_uninit_headers(&mut head, bytes, &mut slots);
        let (Ok(httparse::Status::Complete(len)), Some(status)) = (parsed, head.code) else {
            return Err(unwritten());
        };
        let mut respond = self.respond.borrow_mut();
        let fields = head.headers.iter().map(|field| (field.name, field.value));
        if (100..200).contains(&status) && status != 101 {
            let interim = response(status, fields).map_err(io::Error::other)?;
            respond.send_informational(interim).map_err(io::Error::other)?;
            return Ok(len);
        }
        let (head_out, answer) = if status == 101 {
            (tunnel_response(fields), Answer::Tunnel)
        } else {
            let has_content = !self.is_head && !matches!(status, 204 | 304);
            let framing = if has_content { framing(head.headers)? } else { Framing::None };
            let written = Written::new(framing);
            let answer = if written.is_done() { Answer::Done } else { Answer::Content };
            *self.written.borrow_mut() = written;
            (response(status, fields), answer)
        };
        let ends = answer == Answer::Done;
        let send = respond.send_response(head_out.map_err(io::Error::other)?, ends);
        *self.send.borrow_mut() = Some(send.map_err(io::Error::other)?);
        self.answer.set(answer);
        Ok(len)
    }

    async fn content(&self, bytes: &[u8]) -> io::Result<usize> {
        let part = self.written.borrow_mut().part(bytes, |trailers| {
            send_end(self.send.borrow_mut().as_mut().ok_or_else(unwritten)?, trailers)
        })?;
        let len = match part {
            Part::Coding(len) => len,
            Part::Content { left, ends } => {
                let len = self.data(bytes, left, ends).await?;
                self.written.borrow_mut().content(len);
                len
            }
        };
        if self.written.borrow().is_done() {
            self.answer.set(Answer::Done);
        }
        Ok(len)
    }

    /// Sends at most `left` bytes; `ends`: the last of them end the stream.
    async fn data(&self, bytes: &[u8], left: u64, ends: bool) -> io::Result<usize> {
        let length = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let piece = bytes.get(..length).unwrap_or_default();
        poll_fn(|cx| self.poll_room(cx)).await?;
        let ends = ends && left == length as u64;
        // Nobody waits for the last piece to have left.
        let owned = if ends { Bytes::copy_from_slice(piece) } else { self.in_flight.piece(piece) };
        let mut send = self.send.borrow_mut();
        let send = send.as_mut().ok_or_else(unwritten)?;
        send.send_data(owned, ends).map_err(io::Error::other)?;
        Ok(length)
    }

    fn poll_room(&self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        if self.ended.get().1 {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        if self.in_flight.poll_less(cx, HTTP2_IN_FLIGHT_BYTES_MAX).is_ready() {
            return Poll::Ready(Ok(()));
        }
        *self.writer.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }
}
