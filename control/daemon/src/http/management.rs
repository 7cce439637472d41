use std::collections::BTreeSet;

use hyper::header::{HOST, HeaderName, REFERER, USER_AGENT};
use hyper::http::request::Parts;
use hyper::{Method, Request, body::Incoming};
use ringgate_iam::{Circumstances, Principal};
use ringgate_model::Scope;

use super::authenticate::{Authenticated, by_signature};
use super::authorize::{authorize, control_arn};
use super::respond::{Fault, Reply, answered, json, method_not_allowed};
use super::server::{App, Door};
use super::wire::Wire;
use super::{acm, body, functions, metrics, native, query, redirect, respond, trail};
use crate::audit::Caller;
use crate::{control, entropy};

const REGION: &str = "x-ringgate-region";
const ACCOUNT: &str = "x-ringgate-account";

/// Answers one request of either door.
pub(super) async fn handle(app: &App, door: Door, request: Request<Incoming>) -> Reply {
    let request_id = entropy::uuid();
    let reply = answer(app, door, request, &request_id).await;
    respond::identified(reply, &request_id)
}

async fn answer(app: &App, door: Door, request: Request<Incoming>, request_id: &str) -> Reply {
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
            return native::handle(app, &parts, body, request_id).await;
        }
        path if door != Door::ControlSocket && functions::is_theirs(path) => {
            return functions::pass_on(app, parts, body).await;
        }
        _ => {}
    }
    let wire = Wire::of(&parts);
    let authenticated = match door {
        Door::ControlSocket => by_header(app, &parts, body, request_id).await,
        Door::Management { peer } => {
            by_signature(app, &parts, body, (wire, peer, request_id)).await
        }
    };
    let it = match authenticated {
        Ok(it) => it,
        Err(fault) => return wire.refuse(&parts, &fault, request_id),
    };
    let circumstances = circumstances(door, &parts, &it.scope);
    match wire {
        Wire::RestJson => gateway(app, &parts, it, &circumstances).await,
        Wire::CloudTrail => trail::answer(app, &parts, it, &circumstances).await,
        Wire::Acm => acm::answer(app, &parts, it, &circumstances).await,
        Wire::Query => query::answer(app, &parts, it, circumstances, request_id).await,
    }
}

/// A call of API Gateway.
async fn gateway(
    app: &App,
    parts: &Parts,
    it: Authenticated,
    circumstances: &Circumstances,
) -> Reply {
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let mut request = control::Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: parts.uri.query().map(str::to_owned),
        body: it.body,
        arn: control_arn(&it.scope.region, path),
        scope: it.scope,
        caller: it.caller,
        principal: it.principal,
        circumstances: circumstances.clone(),
        roles: BTreeSet::new(),
    };
    let may = match authorize(&request.principal, method, &request.arn, circumstances) {
        Ok(()) => app.control.passed_roles(&request).await.map_err(Fault::from),
        Err(fault) => Err(fault),
    };
    match may {
        Ok(roles) => request.roles = roles,
        Err(fault) => {
            if let Some(event) = control::event::asked(&request) {
                let code = fault.code.strip_suffix("Exception").unwrap_or(fault.code);
                app.control.refused(event.failed(code, &fault.message), false).await;
            }
            return fault.into();
        }
    }
    answered(app.control.call(request).await)
}

/// What conditions of policies look at.
fn circumstances(door: Door, parts: &Parts, scope: &Scope) -> Circumstances {
    let text = |name: HeaderName| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    Circumstances {
        now: control::now(),
        source_ip: door.peer(),
        user_agent: text(USER_AGENT),
        referer: text(REFERER),
        secure_transport: false,
        region: scope.region.clone(),
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

/// The control socket: the caller is who owns this process and says where.
async fn by_header(
    app: &App,
    parts: &Parts,
    body: Incoming,
    request_id: &str,
) -> Result<Authenticated, Fault> {
    let scope = scope(app, parts)?;
    let body = body::read(body, app.limits.management_body_bytes).await?;
    let caller = local_caller(parts, &scope, request_id);
    let principal = Principal::root(&scope.account, "");
    Ok(Authenticated { principal, scope, service: None, body, caller })
}

/// What the audit log says of a caller on the control socket.
pub(super) fn local_caller(parts: &Parts, scope: &Scope, request_id: &str) -> Caller {
    let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let root = Principal::root(&scope.account, "");
    Caller::new(&root, &scope.region, (String::new(), agent), request_id, control::now())
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
