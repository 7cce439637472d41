use std::sync::atomic::Ordering;

use hyper::header::HOST;
use hyper::http::request::Parts;
use hyper::{Method, Request, body::Incoming};
use ringgate_auth::sigv4::{Claim, Refusal, RequestParts, body_sha256};
use ringgate_model::Scope;

use super::respond::{Fault, Reply, answered, json, method_not_allowed};
use super::server::{App, Door};
use super::{acm, aws_json, body, functions, metrics, native, redirect, respond};
use crate::control;

const REGION: &str = "x-ringgate-region";
const ACCOUNT: &str = "x-ringgate-account";

/// Answers one request of either door.
pub(super) async fn handle(app: &App, door: Door, request: Request<Incoming>) -> Reply {
    let (parts, body) = request.into_parts();
    if door != Door::ControlSocket
        && let Some(location) = elsewhere(app, &parts)
    {
        return respond::temporary_redirect(&location);
    }
    match parts.uri.path() {
        "/health" => return read_only(&parts, json(200, &serde_json::json!({"status": "ok"}))),
        "/ready" => return read_only(&parts, native::ready(app)),
        "/metrics" if door.is_local() => {
            return read_only(&parts, respond::metrics(metrics::text(app).await));
        }
        path if door == Door::ControlSocket && path.starts_with(native::PREFIX) => {
            return native::handle(app, &parts, body).await;
        }
        path if door != Door::ControlSocket && functions::is_theirs(path) => {
            return functions::pass_on(app, parts, body).await;
        }
        _ => {}
    }
    let scoped = match door {
        Door::ControlSocket => by_header(app, &parts, body).await,
        Door::Management { .. } => by_signature(app, &parts, body).await,
    };
    match scoped {
        Ok((scope, body)) if service(&parts) == acm::SERVICE => {
            acm::handle(app, &parts, scope, body).await
        }
        Ok((scope, body)) => {
            let request = control::Request {
                method: parts.method.as_str().to_owned(),
                path: parts.uri.path().to_owned(),
                query: parts.uri.query().map(str::to_owned),
                body,
                scope,
            };
            answered(app.control.call(request).await)
        }
        Err(fault) if aws_json::target(&parts).is_some() => aws_json::refusal(&parts, &fault),
        Err(fault) => fault.into(),
    }
}

/// The service that a request is for, by its name in credential scopes.
fn service(parts: &Parts) -> &'static str {
    match aws_json::target(parts) {
        Some((acm::TARGET, _)) => acm::SERVICE,
        _ => "apigateway",
    }
}

/// A request meant for an API, sent to the wrong port.
fn elsewhere(app: &App, parts: &Parts) -> Option<String> {
    let host = parts.uri.authority().map(|authority| authority.as_str());
    let host = host.or_else(|| parts.headers.get(HOST)?.to_str().ok());
    let path_and_query = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    redirect::to_traffic(host, path_and_query, app.traffic_port)
}

fn read_only(parts: &Parts, reply: Reply) -> Reply {
    match parts.method {
        Method::GET | Method::HEAD => reply,
        _ => method_not_allowed("GET, HEAD"),
    }
}

/// The management port: region from the credential scope, account from the key.
async fn by_signature(
    app: &App,
    parts: &Parts,
    body: Incoming,
) -> Result<(Scope, bytes::Bytes), Fault> {
    let refused = |reason: Refusal| {
        app.control.counters.signatures_refused.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(code = reason.code(), "refused");
        Fault::from(reason)
    };
    let headers: Vec<(&str, &[u8])> =
        parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let request = RequestParts {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query(),
        headers: &headers,
    };
    // All that can be refused without the body is: a stranger's body is never read.
    let claim = Claim::read(request, &[service(parts)], control::now().0).map_err(refused)?;
    let key = app.control.keys.get(claim.access_key_id());
    let key = key.ok_or_else(|| refused(Refusal::unrecognized()))?;
    let body = body::read(body, app.limits.management_body_bytes).await?;
    claim.verify(&key.secret_access_key, &body_sha256(&body)).map_err(refused)?;
    let account = key.account_id.as_ref().unwrap_or(&app.scope.account);
    Ok((Scope::new(claim.scope().region, account), body))
}

/// The control socket: the caller is who owns this process and says where.
async fn by_header(
    app: &App,
    parts: &Parts,
    body: Incoming,
) -> Result<(Scope, bytes::Bytes), Fault> {
    let scope = scope(app, parts)?;
    Ok((scope, body::read(body, app.limits.management_body_bytes).await?))
}

/// The scope of a request on the control socket.
pub(super) fn scope(app: &App, parts: &Parts) -> Result<Scope, Fault> {
    let text = |name: &str, wanted: &str, is_char: fn(u8) -> bool, default: &str| {
        let Some(value) = parts.headers.get(name) else { return Ok(default.to_owned()) };
        let value = value.to_str().unwrap_or_default();
        let fits = !value.is_empty() && value.len() <= 64 && value.bytes().all(is_char);
        if fits {
            return Ok(value.to_owned());
        }
        Err(Fault::bad_request(format!("{name} must be {wanted}, not '{value}'.")))
    };
    let is_region = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let region = text(REGION, "a region like us-east-1", is_region, &app.scope.region)?;
    let is_digit = |b: u8| b.is_ascii_digit();
    let account = text(ACCOUNT, "twelve digits", is_digit, &app.scope.account)?;
    if account.len() != 12 {
        let message = format!("{ACCOUNT} must be twelve digits, not '{account}'.");
        return Err(Fault::bad_request(message));
    }
    Ok(Scope { region, account })
}
