use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use ringgate_model::Scope;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use super::auth::Signed;
use super::body;
use super::respond::{Reply, failed, json};
use crate::api::{self, Operation};
use crate::limits::{
    BODIES_KIB_MAX, BODY_ROOM_WAIT_MS_MAX, CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_FIELDS_MAX,
    HEAD_WAIT_MS_MAX,
};
use crate::{ApiError, Host, entropy};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// A request that was signed with the host's key, or by who may make it.
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) operation: Operation,
    /// Still percent-encoded.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) scope: Scope,
    /// A policy of who signed it allows it; false for the account itself, which has none.
    pub(crate) by_identity: bool,
    /// The memory of the body, for as long as it is needed.
    pub(crate) held: OwnedSemaphorePermit,
}

/// Accepts until `stop` says true, then returns; connections go on under `graceful`.
pub(crate) async fn serve(
    host: Arc<Host>,
    listener: TcpListener,
    graceful: Arc<GracefulShutdown>,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let bodies = Arc::new(Semaphore::new(BODIES_KIB_MAX as usize));
    loop {
        // A full house leaves clients in the backlog instead of taking and dropping them.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, most likely: others must be closed first.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // Not worth refusing a connection for.
        let _ = stream.set_nodelay(true);
        let (host, bodies) = (Arc::clone(&host), Arc::clone(&bodies));
        let watcher = graceful.watcher();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let (host, bodies) = (Arc::clone(&host), Arc::clone(&bodies));
                async move { Ok::<_, Infallible>(answer(host, bodies, request).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_millis(HEAD_WAIT_MS_MAX))
                .max_headers(HEAD_FIELDS_MAX)
                .max_buf_size(HEAD_BYTES_MAX)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = watcher.watch(connection).await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
}

async fn answer(
    host: Arc<Host>,
    bodies: Arc<Semaphore>,
    request: hyper::Request<Incoming>,
) -> Reply {
    let id = entropy::uuid();
    let mut reply = match request.uri().path() {
        "/health" => health(&host),
        _ => match signed(&host, &bodies, request, id.clone()).await {
            Ok(request) => api::handle(&host, request).await.unwrap_or_else(|error| failed(&error)),
            Err(error) => failed(&error),
        },
    };
    if let Ok(id) = HeaderValue::try_from(id) {
        reply.headers_mut().insert(REQUEST_ID, id);
    }
    reply
}

/// The one path that is not signed.
fn health(host: &Host) -> Reply {
    let (environments, waiting) = host.load();
    let load = serde_json::json!({
        "status": "ok", "environments": environments, "waitingInvocations": waiting,
    });
    json(200, &load)
}

/// The request with its body, once it is known that who signed it may make it.
async fn signed(
    host: &Host,
    bodies: &Arc<Semaphore>,
    request: hyper::Request<Incoming>,
    id: String,
) -> Result<Request, ApiError> {
    let (parts, body) = request.into_parts();
    let headers: Vec<(&str, &[u8])> =
        parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let signed = Signed::read(&parts, &headers, (&host.keys, &host.control))?;
    let operation = Operation::find(&parts.method, parts.uri.path());
    let limit = api::body_bytes_max(operation.as_ref());
    let scope = Scope::new(signed.region(), host.scope.account.as_str());
    if !signed.is_by_own_key() {
        host.control.knows(&parts, &scope).await?;
    }
    let held = room(bodies, &body, limit).await?;
    let body = body::read(body, limit).await?;
    let by_own_key = signed.verify(&body)?;
    drop(headers);
    let operation = operation.ok_or_else(|| {
        let why = format!("Lambda has no operation {} {}.", parts.method, parts.uri.path());
        ApiError::new(404, "UnknownOperationException", why)
    })?;
    let query = parts.uri.query().unwrap_or_default();
    let by_account = by_own_key || {
        let (action, resource) = api::target(&operation, query, &body, &scope)?;
        host.control.admit(&parts, &body, (&action, &resource), &scope).await?
    };
    Ok(Request {
        id,
        operation,
        query: query.to_owned(),
        headers: parts.headers,
        body,
        scope,
        by_identity: !by_account,
        held,
    })
}

/// Memory for a body, which strangers get none of.
async fn room(
    bodies: &Arc<Semaphore>,
    body: &Incoming,
    limit: usize,
) -> Result<OwnedSemaphorePermit, ApiError> {
    let said = body.size_hint().upper().and_then(|bytes| usize::try_from(bytes).ok());
    let kib = said.map_or(limit, |said| said.min(limit)) / 1024 + 1;
    let held = Arc::clone(bodies).acquire_many_owned(u32::try_from(kib).unwrap_or(1));
    let held = timeout(Duration::from_millis(BODY_ROOM_WAIT_MS_MAX), held).await;
    let held = held.map_err(|_| ApiError::throttled("ConcurrentInvocationLimitExceeded"))?;
    held.map_err(|error| ApiError::internal(error.to_string()))
}
