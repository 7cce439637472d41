//! What a gateway does with a connection, without an origin.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, Request, Response, StatusCode};
use ringgate_http2::{
    Guard, PipeIo, Refused, RequestHead, request_head, server_builder, trailer_lines,
};

use super::executor::Executor;

/// How a request is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum App {
    /// Reads the content and answers 200 with this many bytes.
    Answer(usize),
    /// Neither reads nor answers.
    Stall,
}

/// A request as the server saw it.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) stream: u32,
    /// The head in HTTP/1.1.
    pub(crate) head: String,
    pub(crate) written: Option<Result<RequestHead, Refused>>,
    /// Bytes of content that were read.
    pub(crate) body: Cell<usize>,
    /// The trailers in HTTP/1.1.
    pub(crate) trailers: RefCell<String>,
    pub(crate) status: Cell<u16>,
    pub(crate) error: RefCell<Option<h2::Error>>,
}

/// What client and server look at.
#[derive(Clone, Default)]
pub(crate) struct Shared {
    pub(crate) guard: Rc<RefCell<Option<Guard>>>,
    pub(crate) seen: Rc<RefCell<Vec<Rc<Seen>>>>,
    /// How `h2`'s connection ended.
    pub(crate) end: Rc<RefCell<Option<Result<(), h2::Error>>>>,
}

pub(crate) async fn serve(io: PipeIo, executor: Executor, app: App, shared: Shared) {
    let end = serve_all(io, executor, app, &shared).await;
    *shared.end.borrow_mut() = Some(end);
}

async fn serve_all(
    io: PipeIo,
    executor: Executor,
    app: App,
    shared: &Shared,
) -> Result<(), h2::Error> {
    let mut connection = server_builder(10_240).handshake::<_, Bytes>(io).await?;
    while let Some(accepted) = connection.accept().await {
        let (request, mut respond) = accepted?;
        let (parts, body) = Request::into_parts(request);
        let stream = respond.stream_id().as_u32();
        let whole =
            shared.guard.borrow_mut().as_mut().is_none_or(|g| g.request_is_whole(stream, &parts));
        let mut head = Vec::new();
        let written = if whole {
            request_head(&parts, body.is_end_stream(), &mut head)
        } else {
            Err(Refused::Malformed("h2 left fields out"))
        };
        let head = latin1(&head);
        let seen = Rc::new(Seen { stream, head, written: Some(written), ..Seen::default() });
        shared.seen.borrow_mut().push(Rc::clone(&seen));
        let guard = Rc::clone(&shared.guard);
        match written {
            Err(Refused::Malformed(_)) => respond.send_reset(Reason::PROTOCOL_ERROR),
            Err(Refused::Unserved { status, .. }) => {
                seen.status.set(status);
                let mut response = Response::new(());
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
                respond.send_response(response, true)?;
            }
            Ok(_) => executor.spawn(async move {
                let error = answer(app, guard, body, respond, &seen).await.err();
                *seen.error.borrow_mut() = error;
            }),
        }
    }
    Ok(())
}

async fn answer(
    app: App,
    guard: Rc<RefCell<Option<Guard>>>,
    body: RecvStream,
    mut respond: SendResponse<Bytes>,
    seen: &Seen,
) -> Result<(), h2::Error> {
    let App::Answer(bytes) = app else {
        poll_fn(|cx| respond.poll_reset(cx)).await?;
        drop(body);
        return Ok(());
    };
    let trailers = read_all(body, &seen.body).await?.unwrap_or_default();
    let mut lines = Vec::new();
    let whole =
        guard.borrow_mut().as_mut().is_none_or(|g| g.trailers_are_whole(seen.stream, &trailers));
    if !whole || trailer_lines(&trailers, &mut lines).is_err() {
        respond.send_reset(Reason::PROTOCOL_ERROR);
        return Ok(());
    }
    *seen.trailers.borrow_mut() = latin1(&lines);
    seen.status.set(200);
    let stream = respond.send_response(Response::new(()), bytes == 0)?;
    if bytes > 0 { write_all(stream, bytes).await } else { Ok(()) }
}

/// Each byte a character, so that none is lost.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

async fn read_all(
    mut body: RecvStream,
    read: &Cell<usize>,
) -> Result<Option<HeaderMap>, h2::Error> {
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        read.set(read.get() + data.len());
    }
    body.trailers().await
}

/// Sends zeros as far as windows and buffers let it.
async fn write_all(mut stream: SendStream<Bytes>, mut bytes: usize) -> Result<(), h2::Error> {
    while bytes > 0 {
        stream.reserve_capacity(bytes.min(16 * 1024));
        let Some(capacity) = poll_fn(|cx| stream.poll_capacity(cx)).await else { return Ok(()) };
        let count = capacity?.min(bytes);
        bytes -= count;
        stream.send_data(Bytes::from(vec![0; count]), bytes == 0)?;
    }
    Ok(())
}
