use std::pin::pin;
use std::rc::Rc;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::request::Parts;
use http::{Method, Request, StatusCode};
use ringgate_http1::write;
use ringgate_http2::{Framing, Refused, RequestHead, request_head};
use ringgate_runtime::{Buf, Either, Revoke, select};
use ringgate_websocket::{Asked, HandshakeFault};

use super::Shared;
use crate::connection::Connection;
use crate::connection::pump::give;
use crate::link::{Content, H2Client, H2Stream, Link};
use crate::worker::spawn_here;

/// An open stream, for the count; ends with its task, also when that panics.
pub(super) struct Open(Rc<Shared>);

impl Open {
    pub(super) fn new(shared: &Rc<Shared>) -> Self {
        shared.open.set(shared.open.get() + 1);
        // As long as streams are open, each has its own deadline.
        shared.watch.disarm();
        Self(shared.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let shared = &self.0;
        shared.open.set(shared.open.get().saturating_sub(1));
        if shared.open.get() == 0 {
            shared.watch.arm_idle(shared.core.waits.idle_ms);
        }
    }
}

/// Answers one stream in a task of its own, or refuses it at once.
pub(super) fn answer(open: Open, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
    let shared = &open.0;
    let core = &shared.core;
    let (parts, recv) = request.into_parts();
    let stream_id = respond.stream_id().as_u32();
    if !shared.guard.borrow_mut().request_is_whole(stream_id, &parts) {
        respond.send_reset(Reason::PROTOCOL_ERROR);
        return;
    }
    let mut head = core.small.take();
    let content = match request_head(&parts, recv.is_end_stream(), head.as_vec()) {
        Ok(RequestHead::Request(Framing::Chunked)) => Content::Chunked,
        Ok(RequestHead::Request(_)) => Content::Plain,
        Ok(RequestHead::Connect) => match key_of(&parts, core.random.websocket_key()) {
            Ok(key) => {
                write::field(head.as_vec(), "sec-websocket-key", &key);
                write::end(head.as_vec());
                Content::Plain
            }
            Err(fault) => return refuse(&open, head, respond, Some(fault.status())),
        },
        Err(Refused::Unserved { status, .. }) => {
            return refuse(&open, head, respond, Some(status));
        }
        Err(Refused::Malformed(_)) => return refuse(&open, head, respond, None),
    };
    let content = if recv.is_end_stream() { Content::Done } else { content };
    let is_head = parts.method == Method::HEAD;
    let stream = H2Stream::new((recv, respond), shared.guard.clone(), content, is_head);
    let core = core.clone();
    // Boxed here: what is spawned is moved more than once.
    spawn_here(&core, Box::pin(exchange(open, stream, head)));
}

/// The stream as a connection of one request; when the client resets it, its upstream learns.
async fn exchange(open: Open, stream: Rc<H2Stream>, input: Buf) {
    let shared = &open.0;
    let watch = shared.core.worker.watches.watch(H2Client(stream.clone()));
    let mut connection = Connection {
        core: shared.core.clone(),
        link: Link::H2(stream.clone()),
        watch: watch.clone(),
        revoke: Revoke::default(),
        peer: shared.peer.clone(),
        first: true,
        armed: true,
        input,
    };
    {
        let mut answered = pin!(connection.answer());
        let reset = pin!(stream.reset());
        if matches!(select(answered.as_mut(), reset).await, Either::Right(())) {
            watch.leave();
            answered.await;
        }
    }
    if stream.is_tunnel() || (stream.is_answered() && !stream.has_been_read()) {
        // The end of a tunnel is the end of the stream, not a reset, which would also destroy what
        // was sent last. And clients exist that take a reset of their own content for a failure of
        // the answer.
        connection.linger().await;
    }
    give(&shared.core, std::mem::take(&mut connection.input));
    stream.finish();
}

/// The key that an origin of HTTP/1.1 is sent for a WebSocket through this stream.
fn key_of(parts: &Parts, random: [u8; 16]) -> Result<[u8; 24], HandshakeFault> {
    let fields = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    Asked::from_connect("websocket", random, fields).map(|asked| *asked.key())
}

/// Answers with `status` alone, or resets a stream whose request is malformed.
fn refuse(open: &Open, head: Buf, mut respond: SendResponse<Bytes>, status: Option<u16>) {
    let core = &open.0.core;
    give(core, head);
    core.counters.refused_total.add(1);
    let Some(status) = status else { return respond.send_reset(Reason::PROTOCOL_ERROR) };
    let mut response = http::Response::new(());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    // A stream that is gone needs no answer.
    let _ = respond.send_response(response, true);
}
