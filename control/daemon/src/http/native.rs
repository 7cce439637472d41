//! Ringgate's own API, on the control socket only: `/ringgate/v1/…`.

use hyper::body::Incoming;
use hyper::http::request::Parts;
use ringgate_admin::Store;
use ringgate_import::Desired;
use ringgate_model::Scope;
use serde::Deserialize;
use serde_json::{Value, json};

use super::respond::{Fault, Reply, json as reply, method_not_allowed};
use super::server::App;
use super::{body, callers, management};
use crate::Attached;
use crate::control::Answered;

pub(super) const PREFIX: &str = "/ringgate/v1/";

pub(super) async fn handle(app: &App, parts: &Parts, body: Incoming, request_id: &str) -> Reply {
    let result = match (parts.uri.path(), parts.method.as_str()) {
        ("/ringgate/v1/status", "GET" | "HEAD") => Ok(status(app).await),
        ("/ringgate/v1/status", _) => Ok(method_not_allowed("GET, HEAD")),
        ("/ringgate/v1/meters", "GET" | "HEAD") => Ok(meters(app).await),
        ("/ringgate/v1/meters", _) => Ok(method_not_allowed("GET, HEAD")),
        ("/ringgate/v1/upgrade", "POST") => Ok(upgrade(app).await),
        ("/ringgate/v1/upgrade", _) => Ok(method_not_allowed("POST")),
        ("/ringgate/v1/apply", "POST") => apply(app, parts, body, request_id).await,
        ("/ringgate/v1/apply", _) => Ok(method_not_allowed("POST")),
        ("/ringgate/v1/keys", "GET" | "HEAD") => Ok(keys(app)),
        ("/ringgate/v1/keys", "POST") => create_key(app, parts, body, request_id).await,
        ("/ringgate/v1/keys", _) => Ok(method_not_allowed("GET, HEAD, POST")),
        ("/ringgate/v1/callers", "POST") => {
            match body::read(body, app.limits.management_body_bytes).await {
                Ok(body) => callers::admit(app, &body).await,
                Err(fault) => Err(fault),
            }
        }
        ("/ringgate/v1/callers", _) => Ok(method_not_allowed("POST")),
        (path, _) => Err(Fault::new(404, "NotFoundException", format!("There is no {path} here."))),
    };
    result.unwrap_or_else(Reply::from)
}

/// 200 when an attached data plane serves a table, else 503.
pub(super) fn ready(app: &App) -> Reply {
    let publisher = &app.control.publisher;
    let served = publisher.served();
    let body = json!({
        "ready": served.is_some(),
        "generation": served,
        "dataPlanes": publisher.attached_count(),
    });
    reply(if served.is_some() { 200 } else { 503 }, &body)
}

async fn status(app: &App) -> Reply {
    let control = &app.control;
    let attached = control.publisher.attached().await;
    let data_planes: Vec<Value> = attached.iter().map(data_plane).collect();
    reply(
        200,
        &json!({
            "control": {
                "version": env!("CARGO_PKG_VERSION"),
                "pid": std::process::id(),
                "uptimeMs": u64::try_from(control.started.elapsed().as_millis()).unwrap_or(0),
                "storeRevision": control.store.revision(),
                "generation": control.publisher.generation(),
                "apis": control.publisher.api_count(),
                "region": app.scope.region,
                "accountId": app.scope.account,
                "management": app.management,
                "targetApiId": app.target_api_id,
            },
            "dataPlanes": data_planes,
        }),
    )
}

fn data_plane(attached: &Attached) -> Value {
    let hello = &attached.hello;
    json!({
        "version": hello.version,
        "pid": hello.pid,
        "workers": hello.workers,
        "driver": hello.driver,
        "driverReason": hello.driver_reason,
        "http": hello.http,
        "https": hello.https,
        "accessLogs": serde_json::from_str::<Value>(&hello.access_logs).unwrap_or_default(),
        "draining": hello.draining,
        "ackedGeneration": attached.acked,
        "refused": attached.refused.as_ref().map(|(_, reason)| reason),
        "applyMicros": attached.apply_micros,
        "stats": attached.stats,
    })
}

/// What stages and routes have done since the data planes began. A latency is a list of how many
/// requests took so many microseconds, so that the difference of two lists has its own quantiles.
async fn meters(app: &App) -> Reply {
    let readings = app.control.publisher.meters().await;
    let shown = readings.iter().map(|(of, reading)| {
        json!({
            "apiId": of.api_id,
            "stage": of.stage,
            "routeKey": of.route_key,
            "requests": reading.counts.requests,
            "clientErrors": reading.counts.client_errors,
            "serverErrors": reading.counts.server_errors,
            "dataProcessedBytes": reading.counts.data_processed_bytes,
            "latencyUs": reading.latency,
            "integrationLatencyUs": reading.integration_latency,
        })
    });
    reply(200, &json!({ "meters": shown.collect::<Vec<Value>>() }))
}

/// 200 when a new process has taken the place of every data plane, 409 when one goes on.
async fn upgrade(app: &App) -> Reply {
    let all = app.control.publisher.upgrade().await;
    let done = !all.is_empty() && all.iter().all(|one| one.outcome.is_ok());
    let shown = all.iter().map(|one| {
        let mut shown = json!({ "pid": one.hello.pid, "version": one.hello.version });
        match &one.outcome {
            Ok(successor) => shown["successor"] = json!(successor),
            Err(reason) => shown["error"] = json!(reason),
        }
        shown
    });
    let shown: Vec<Value> = shown.collect();
    reply(if done { 200 } else { 409 }, &json!({ "dataPlanes": shown }))
}

async fn apply(app: &App, parts: &Parts, body: Incoming, request_id: &str) -> Result<Reply, Fault> {
    let dry_run = match parts.uri.query() {
        None | Some("" | "dryRun=false") => false,
        Some("dryRun=true") => true,
        Some(query) => {
            let message = format!("The query must be dryRun=true or dryRun=false, not '{query}'.");
            return Err(Fault::bad_request(message));
        }
    };
    let scope = management::scope(app, parts)?;
    let desired: Desired = parse(&body::read(body, app.limits.management_body_bytes).await?)?;
    let caller = management::local_caller(parts, &scope, request_id);
    let Answered { answer, live } = app.control.apply(scope, desired, dry_run, caller).await?;
    Ok(reply(
        200,
        &json!({
            "apiId": answer.api_id,
            "created": answer.created,
            "diff": answer.diff,
            "live": live.map(|live| live.to_string()),
            "revision": answer.revision,
        }),
    ))
}

fn keys(app: &App) -> Reply {
    let keys = app.control.keys.all();
    let listed: Vec<Value> = keys
        .iter()
        .map(|(id, key)| {
            json!({
                "accessKeyId": id,
                "accountId": key.account_id.as_ref().unwrap_or(&app.scope.account),
                "root": key.root,
                "wellKnown": key.is_well_known(),
            })
        })
        .collect();
    reply(200, &json!({ "keys": listed }))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateKey {
    account_id: Option<String>,
}

async fn create_key(
    app: &App,
    parts: &Parts,
    body: Incoming,
    request_id: &str,
) -> Result<Reply, Fault> {
    let body = body::read(body, app.limits.management_body_bytes).await?;
    let wanted: CreateKey = if body.is_empty() { CreateKey::default() } else { parse(&body)? };
    if let Some(account) = &wanted.account_id
        && (account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()))
    {
        let message = format!("accountId must be twelve digits, not '{account}'.");
        return Err(Fault::bad_request(message));
    }
    let account = wanted.account_id.as_ref().unwrap_or(&app.scope.account);
    let scope = Scope::new(app.scope.region.as_str(), account.as_str());
    let caller = management::local_caller(parts, &scope, request_id);
    let made = app.control.create_key(wanted.account_id, caller).await;
    let mut made = made.map_err(ringgate_admin::Error::from)??;
    made.key.account_id.get_or_insert_with(|| app.scope.account.clone());
    Ok(reply(201, &made))
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    serde_json::from_slice(body)
        .map_err(|error| Fault::new(400, "SerializationException", format!("The body: {error}")))
}
