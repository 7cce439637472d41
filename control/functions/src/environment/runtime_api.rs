//! The Runtime API (2018-06-01) of one environment, on a loopback port of its own: "Using the
//! Lambda runtime API" of the developer guide.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};

use crate::limits::{ERROR_BYTES_MAX, HEAD_BYTES_MAX, RUNTIME_CONNECTIONS_MAX};

const PREFIX: &str = "/2018-06-01/runtime/";
pub(super) const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
/// In trailers of a stream, in Base64.
pub(super) const ERROR_BODY: &str = "lambda-runtime-function-error-body";
const MODE: &str = "lambda-runtime-function-response-mode";

/// What a runtime asks.
pub(super) enum Call {
    /// The next invocation.
    Next(oneshot::Sender<Task>),
    /// The answer to one.
    Response { id: String, streamed: bool, body: Incoming, reply: oneshot::Sender<Said> },
    /// One failed.
    Error { id: String, report: Report, reply: oneshot::Sender<Said> },
    /// The function cannot be initialized.
    InitError { report: Report, reply: oneshot::Sender<Said> },
}

/// An error as a runtime reports it.
pub(super) struct Report {
    pub(super) kind: Option<String>,
    /// JSON of type, message and stack trace.
    pub(super) body: Bytes,
}

/// An invocation as a runtime gets it.
pub(super) struct Task {
    pub(super) headers: HeaderMap,
    pub(super) payload: Bytes,
}

/// What a runtime is told.
#[derive(Clone, Copy)]
pub(super) enum Said {
    Accepted,
    BadId,
    TooLarge,
    Broken,
    /// Not what comes next.
    BadState,
}

type Reply = Response<Full<Bytes>>;

/// The server of one environment; it ends with it.
pub(super) struct RuntimeApi {
    pub(super) address: SocketAddr,
    pub(super) calls: mpsc::Receiver<Call>,
    server: JoinHandle<()>,
}

impl RuntimeApi {
    pub(super) async fn open() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (asked, calls) = mpsc::channel(RUNTIME_CONNECTIONS_MAX);
        let server = tokio::spawn(serve(listener, asked));
        Ok(Self { address, calls, server })
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, asked: mpsc::Sender<Call>) {
    let places = Arc::new(Semaphore::new(RUNTIME_CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        // Not worth refusing a connection for.
        let _ = stream.set_nodelay(true);
        let asked = asked.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let asked = asked.clone();
                async move { Ok::<_, Infallible>(answer(request, &asked).await) }
            });
            let mut server = http1::Builder::new();
            server.max_buf_size(HEAD_BYTES_MAX);
            // What a runtime does wrong is its own affair.
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
            drop(place);
        });
    }
}

async fn answer(request: Request<Incoming>, asked: &mpsc::Sender<Call>) -> Reply {
    let (parts, body) = request.into_parts();
    let Some(path) = parts.uri.path().strip_prefix(PREFIX) else { return nothing_here() };
    let path: Vec<&str> = path.split('/').collect();
    match (&parts.method, path.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => next(asked).await,
        (&Method::POST, ["invocation", id, "response"]) => {
            let mode = parts.headers.get(MODE).map(HeaderValue::as_bytes);
            let streamed = mode.is_some_and(|mode| mode.eq_ignore_ascii_case(b"streaming"));
            let id = (*id).to_owned();
            ask(asked, |reply| Call::Response { id, streamed, body, reply }).await
        }
        (&Method::POST, ["invocation", id, "error"]) => match report(&parts.headers, body).await {
            Some(report) => {
                let id = (*id).to_owned();
                ask(asked, |reply| Call::Error { id, report, reply }).await
            }
            None => said(Said::TooLarge),
        },
        (&Method::POST, ["init", "error"]) => match report(&parts.headers, body).await {
            Some(report) => ask(asked, |reply| Call::InitError { report, reply }).await,
            None => said(Said::TooLarge),
        },
        _ => nothing_here(),
    }
}

async fn next(asked: &mpsc::Sender<Call>) -> Reply {
    let (give, task) = oneshot::channel();
    if asked.send(Call::Next(give)).await.is_err() {
        return said(Said::BadState);
    }
    match task.await {
        Ok(Task { headers, payload }) => {
            let mut reply = Response::new(Full::new(payload));
            *reply.headers_mut() = headers;
            reply
        }
        Err(_) => said(Said::BadState),
    }
}

async fn ask(
    asked: &mpsc::Sender<Call>,
    call: impl FnOnce(oneshot::Sender<Said>) -> Call,
) -> Reply {
    let (reply, told) = oneshot::channel();
    if asked.send(call(reply)).await.is_err() {
        return said(Said::BadState);
    }
    said(told.await.unwrap_or(Said::BadState))
}

async fn report(headers: &HeaderMap, body: Incoming) -> Option<Report> {
    let kind = headers.get(ERROR_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = Limited::new(body, ERROR_BYTES_MAX).collect().await.ok()?.to_bytes();
    Some(Report { kind, body })
}

fn said(said: Said) -> Reply {
    let error = |kind: &str, message: &str| json!({ "errorType": kind, "errorMessage": message });
    let (status, body) = match said {
        Said::Accepted => (StatusCode::ACCEPTED, json!({ "status": "OK" })),
        Said::BadId => (StatusCode::BAD_REQUEST, error("InvalidRequestID", "Invalid request ID")),
        Said::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            error("RequestEntityTooLarge", "Exceeded maximum allowed payload size"),
        ),
        Said::Broken => (StatusCode::BAD_REQUEST, error("BrokenBody", "The body broke off")),
        Said::BadState => (
            StatusCode::FORBIDDEN,
            error("InvalidStateTransition", "This is not what comes next in this environment"),
        ),
    };
    reply(status, body.to_string())
}

fn nothing_here() -> Reply {
    let body = json!({ "errorType": "NotFound", "errorMessage": "There is no such path here" });
    reply(StatusCode::NOT_FOUND, body.to_string())
}

fn reply(status: StatusCode, body: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}
