use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::RecvStream;
use h2::client::ResponseFuture;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, TRAILER};
use http::response::Parts;
use ringgate_http2::{OriginGuard, connect_response_head, response_head, trailer_lines};
use ringgate_runtime::Buf;

use super::{Asks, OriginFault};
use crate::link::coded;

/// An answer as it is read, in HTTP/1.1.
#[derive(Default)]
pub(super) struct Incoming {
    asks: Asks,
    state: State,
    /// Of a head, what has not been read.
    head: Bytes,
    /// Content that has come and not been read.
    content: Bytes,
}

#[derive(Default)]
enum State {
    /// The request is not out.
    #[default]
    Unsent,
    /// There will be no answer.
    Failed(OriginFault),
    /// Before the final head.
    Head(ResponseFuture),
    /// In content.
    Content(RecvStream, Coding),
    /// All of it has been read, its end too.
    Ended,
}

/// How content is given to who reads it.
#[derive(Clone, Copy)]
enum Coding {
    /// As it comes: its head told the length, of which so much is to come.
    Plain(u64),
    /// In the chunked coding.
    Chunked,
    /// As the bytes of a tunnel.
    Tunnel,
}

impl Incoming {
    /// Of a request that was sent.
    pub(super) fn head(response: ResponseFuture, asks: Asks) -> Self {
        Self { asks, state: State::Head(response), ..Self::default() }
    }

    /// Of one that could not be.
    pub(super) fn failed(fault: OriginFault) -> Self {
        Self { state: State::Failed(fault), ..Self::default() }
    }

    /// The stream of an answer whose last byte has been read, but not its end; or of a tunnel.
    pub(super) fn take_unended(&mut self) -> Option<RecvStream> {
        let whole = matches!(self.state, State::Content(_, Coding::Plain(0) | Coding::Tunnel));
        match std::mem::take(&mut self.state) {
            State::Content(recv, _) if whole && !recv.is_end_stream() => Some(recv),
            _ => None,
        }
    }

    /// Appends some of the answer to `buf`; nothing at its end.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut Buf,
        stream_id: u32,
        guard: &RefCell<OriginGuard>,
    ) -> Poll<Result<(), OriginFault>> {
        loop {
            if !self.head.is_empty() {
                let now = self.head.len().min(buf.spare().max(1));
                buf.extend(&self.head.split_to(now));
                return Poll::Ready(Ok(()));
            }
            match &mut self.state {
                State::Unsent => return Poll::Pending,
                State::Failed(fault) => return Poll::Ready(Err(fault.clone())),
                State::Head(response) => {
                    let (mut parts, recv) = ready!(poll_head(cx, response))?;
                    if !guard.borrow_mut().head_is_whole(stream_id, &parts.headers) {
                        return Poll::Ready(Err(malformed("a malformed or overlong head")));
                    }
                    self.take_head(&mut parts, recv)?;
                }
                State::Content(recv, coding) if !self.content.is_empty() => {
                    give_data(recv, coding, &mut self.content, buf);
                    return Poll::Ready(Ok(()));
                }
                State::Content(recv, _) => match ready!(recv.poll_data(cx)) {
                    Some(data) => self.content = data.map_err(of_stream)?,
                    None => {
                        let trailers = ready!(recv.poll_trailers(cx)).map_err(of_stream)?;
                        let is_whole = |trailers: &HeaderMap| {
                            guard.borrow_mut().trailers_are_whole(stream_id, trailers)
                        };
                        if !trailers.as_ref().is_none_or(is_whole) {
                            return Poll::Ready(Err(malformed("malformed or overlong trailers")));
                        }
                        return Poll::Ready(self.give_end(trailers.as_ref(), buf));
                    }
                },
                State::Ended => return Poll::Ready(Ok(())),
            }
        }
    }

    /// Ready once a read would give something, an end or an error too. Of a tunnel.
    pub(super) fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let State::Content(recv, _) = &mut self.state {
            while self.content.is_empty() {
                match ready!(recv.poll_data(cx)) {
                    Some(Ok(data)) => self.content = data,
                    Some(Err(error)) => {
                        self.state = State::Failed(of_stream(error));
                        break;
                    }
                    None => break,
                }
            }
        }
        Poll::Ready(())
    }

    /// A head has come; with `recv` it is the final one.
    fn take_head(
        &mut self,
        parts: &mut Parts,
        recv: Option<RecvStream>,
    ) -> Result<(), OriginFault> {
        let ends = recv.as_ref().is_some_and(RecvStream::is_end_stream);
        if self.asks.trailers && !ends && parts.headers.contains_key(TRAILER) {
            // Only behind the chunked coding is there a place for the trailers it announces.
            parts.headers.remove(CONTENT_LENGTH);
        }
        let mut head = Vec::new();
        let accept = self.asks.accept.filter(|_| recv.is_some() && parts.status.is_success());
        match accept {
            Some(accept) => connect_response_head(parts, &accept, &mut head),
            None => response_head(parts, ends, self.asks.head, &mut head),
        }
        .map_err(|refused| malformed(refused.reason()))?;
        self.head = head.into();
        if let Some(recv) = recv {
            let status = parts.status.as_u16();
            let coding = match content_length(&parts.headers) {
                _ if accept.is_some() => Coding::Tunnel,
                _ if self.asks.head || matches!(status, 204 | 304) => Coding::Plain(0),
                Some(length) => Coding::Plain(length),
                // The head says that the length is 0.
                None if ends => Coding::Plain(0),
                None => Coding::Chunked,
            };
            self.state = State::Content(recv, coding);
        }
        Ok(())
    }

    /// The end of the content, with its trailers where they are wanted.
    fn give_end(&mut self, trailers: Option<&HeaderMap>, buf: &mut Buf) -> Result<(), OriginFault> {
        let ended = std::mem::replace(&mut self.state, State::Ended);
        if !matches!(ended, State::Content(_, Coding::Chunked)) {
            return Ok(());
        }
        buf.extend(b"0\r\n");
        if let Some(trailers) = trailers.filter(|_| self.asks.trailers) {
            trailer_lines(trailers, buf.as_vec()).map_err(|refused| malformed(refused.reason()))?;
        }
        buf.extend(b"\r\n");
        Ok(())
    }
}

/// The next head: an interim one, or the final one with its content.
fn poll_head(
    cx: &mut Context<'_>,
    response: &mut ResponseFuture,
) -> Poll<Result<(Parts, Option<RecvStream>), OriginFault>> {
    if let Poll::Ready(Some(interim)) = response.poll_informational(cx) {
        let interim = interim.map_err(of_stream)?;
        return Poll::Ready(Ok((interim.into_parts().0, None)));
    }
    let (parts, recv) = ready!(Pin::new(response).poll(cx)).map_err(of_stream)?.into_parts();
    Poll::Ready(Ok((parts, Some(recv))))
}

/// Puts as much content into `buf` as fits; the origin may send as much again.
fn give_data(recv: &mut RecvStream, coding: &mut Coding, content: &mut Bytes, buf: &mut Buf) {
    let given = coded::give(content, matches!(coding, Coding::Chunked), buf);
    if let Coding::Plain(left) = coding {
        *left = left.saturating_sub(given as u64);
    }
    // A stream that is gone has no window.
    let _ = recv.flow_control().release_capacity(given);
}

/// It was checked, by `h2` and by `response_head`.
fn content_length(fields: &HeaderMap) -> Option<u64> {
    fields.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn of_stream(error: h2::Error) -> OriginFault {
    OriginFault::of_stream(&error)
}

fn malformed(reason: &str) -> OriginFault {
    OriginFault::Broken(format!("the origin's answer is malformed: {reason}"))
}
