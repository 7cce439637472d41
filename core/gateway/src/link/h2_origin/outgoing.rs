use std::io::{self, ErrorKind};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::SendStream;
use ringgate_http1::Framing;
use ringgate_http2::limits::{FRAME_BYTES_MAX, ORIGIN_SEND_BUFFER_BYTES_MAX, REQUEST_FIELDS_MAX};
use ringgate_http2::trailers;

use crate::link::in_flight::InFlight;

/// Content that `h2` may hold unwritten before more is given to it: one more frame fits.
const IN_FLIGHT_BYTES_MAX: usize = ORIGIN_SEND_BUFFER_BYTES_MAX - FRAME_BYTES_MAX as usize;

/// A request's content: written as HTTP/1.1 codes it, it leaves as DATA, its trailers as HEADERS.
///
/// What is written has been checked: chunk lines and trailer sections come whole.
pub(super) struct Outgoing {
    send: SendStream<Bytes>,
    in_flight: InFlight,
    next: Next,
    /// Trailer lines, until all are there.
    section: Vec<u8>,
}

/// What is written next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// So many bytes of content.
    Length(u64),
    /// A chunk's size line.
    Size,
    /// The rest of a chunk, so many bytes; then its line end.
    Chunk(u64),
    /// The trailer section.
    Trailers,
    /// Nothing: all of it has been sent.
    Nothing,
}

impl Outgoing {
    /// After a head that says `framing`, by which the stream has ended where there is no content.
    pub(super) fn new(send: SendStream<Bytes>, framing: Framing) -> Self {
        let next = match framing {
            Framing::None | Framing::Length(0) | Framing::UntilClose => Next::Nothing,
            Framing::Length(bytes) => Next::Length(bytes),
            Framing::Chunked => Next::Size,
        };
        Self { send, in_flight: InFlight::default(), next, section: Vec::new() }
    }

    /// True once all of it has been given to `h2`.
    pub(super) fn is_done(&self) -> bool {
        self.next == Next::Nothing
    }

    /// Sends some of `bytes`: how many.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.next {
            Next::Length(left) => {
                let sent = ready!(self.poll_data(cx, bytes, left, true))?;
                let left = left.saturating_sub(sent as u64);
                self.next = if left == 0 { Next::Nothing } else { Next::Length(left) };
                Poll::Ready(Ok(sent))
            }
            Next::Size => Poll::Ready(self.size_line(bytes)),
            Next::Chunk(0) => {
                self.next = Next::Size;
                let ends = bytes.starts_with(b"\r\n");
                Poll::Ready(if ends { Ok(2) } else { Err(unwritten()) })
            }
            Next::Chunk(left) => {
                let sent = ready!(self.poll_data(cx, bytes, left, false))?;
                self.next = Next::Chunk(left.saturating_sub(sent as u64));
                Poll::Ready(Ok(sent))
            }
            Next::Trailers => Poll::Ready(self.trailer_lines(bytes)),
            Next::Nothing => Poll::Ready(Err(unwritten())),
        }
    }

    /// Sends at most `left` bytes, as many as the origin's window lets us; `ends`: the last of them
    /// end the stream.
    fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
        left: u64,
        ends: bool,
    ) -> Poll<io::Result<usize>> {
        ready!(self.in_flight.poll_less(cx, IN_FLIGHT_BYTES_MAX));
        let wanted = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let wanted = wanted.min(FRAME_BYTES_MAX as usize);
        self.send.reserve_capacity(wanted);
        let granted = match self.send.capacity() {
            0 => match ready!(self.send.poll_capacity(cx)) {
                Some(granted) => granted.map_err(io::Error::other)?,
                None => return Poll::Ready(Err(ErrorKind::BrokenPipe.into())),
            },
            granted => granted,
        };
        let piece = bytes.get(..granted.min(wanted)).unwrap_or_default();
        let ends = ends && piece.len() as u64 == left;
        let sent = self.send.send_data(self.in_flight.piece(piece), ends);
        Poll::Ready(sent.map(|()| piece.len()).map_err(io::Error::other))
    }

    fn size_line(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let end = memchr::memmem::find(bytes, b"\r\n").ok_or_else(unwritten)?;
        // Extensions were cut out.
        let digits = bytes.get(..end).and_then(|digits| std::str::from_utf8(digits).ok());
        let size = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
        self.next = match size.ok_or_else(unwritten)? {
            0 => Next::Trailers,
            size => Next::Chunk(size),
        };
        Ok(end + 2)
    }

    /// Whole trailer lines; the empty one ends the request.
    fn trailer_lines(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.section.extend_from_slice(bytes);
        if self.section != b"\r\n" && !self.section.ends_with(b"\r\n\r\n") {
            return Ok(bytes.len());
        }
        let mut slots = [httparse::EMPTY_HEADER; REQUEST_FIELDS_MAX];
        let parsed = httparse::parse_headers(&self.section, &mut slots);
        let Ok(httparse::Status::Complete((_, fields))) = parsed else { return Err(unwritten()) };
        let fields = trailers(fields.iter().map(|field| (field.name, field.value)));
        let fields = fields.map_err(io::Error::other)?;
        self.next = Next::Nothing;
        let sent = if fields.is_empty() {
            self.send.send_data(Bytes::new(), true)
        } else {
            self.send.send_trailers(fields)
        };
        sent.map(|()| bytes.len()).map_err(io::Error::other)
    }
}

/// Written was what is no content, or not in whole lines: a fault of ours.
fn unwritten() -> io::Error {
    ErrorKind::InvalidData.into()
}
