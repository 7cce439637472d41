use std::io::{self, ErrorKind};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::SendStream;
use ringgate_http1::Framing;
use ringgate_http2::limits::{FRAME_BYTES_MAX, ORIGIN_SEND_BUFFER_BYTES_MAX};

use crate::link::in_flight::InFlight;
use crate::link::written::{Part, Written, send_end};

/// Content that `h2` may hold unwritten before more is given to it: one more frame fits.
const IN_FLIGHT_BYTES_MAX: usize = ORIGIN_SEND_BUFFER_BYTES_MAX - FRAME_BYTES_MAX as usize;

/// A request's content: written as HTTP/1.1 codes it, it leaves as DATA, its trailers as HEADERS.
pub(super) struct Outgoing {
    send: SendStream<Bytes>,
    in_flight: InFlight,
    written: Written,
}

impl Outgoing {
    /// After a head that says `framing`, by which the stream has ended where there is no content.
    pub(super) fn new(send: SendStream<Bytes>, framing: Framing) -> Self {
        Self { send, in_flight: InFlight::default(), written: Written::new(framing) }
    }

    /// The bytes of a tunnel, which end when [`Self::end_tunnel`] says so.
    pub(super) fn tunnel(send: SendStream<Bytes>) -> Self {
        Self { send, in_flight: InFlight::default(), written: Written::tunnel() }
    }

    /// Ends the stream of a tunnel; other content has told its own end.
    pub(super) fn end_tunnel(&mut self) {
        if self.written.end_tunnel() {
            // A stream that is gone needs no end.
            let _ = self.send.send_data(Bytes::new(), true);
        }
    }

    /// True once all of it has been given to `h2`.
    pub(super) fn is_done(&self) -> bool {
        self.written.is_done()
    }

    /// Sends some of `bytes`: how many.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let part = self.written.part(bytes, |trailers| send_end(&mut self.send, trailers))?;
        Poll::Ready(Ok(match part {
            Part::Coding(len) => len,
            Part::Content { left, ends } => {
                let len = ready!(self.poll_data(cx, bytes, left, ends))?;
                self.written.content(len);
                len
            }
        }))
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
}
