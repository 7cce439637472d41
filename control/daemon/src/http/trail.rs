//! CloudTrail, as far as it reads the audit log.

use hyper::http::request::Parts;
use ringgate_iam::Circumstances;

use super::authenticate::Authenticated;
use super::respond::{Fault, Reply, amz_json};
use super::server::App;
use super::wire::TARGET;
use crate::audit;

const LOOKUP: &str = "LookupEvents";

/// Answers a call of cloudtrail.
pub(super) async fn answer(
    app: &App,
    parts: &Parts,
    it: Authenticated,
    circumstances: &Circumstances,
    request_id: &str,
) -> Reply {
    let operation = operation(parts).to_owned();
    let action = format!("cloudtrail:{operation}");
    if let Err(error) = it.principal.authorize(&action, "*", circumstances, &[]) {
        let what = ("cloudtrail.amazonaws.com", operation.as_str());
        let event = audit::Event::new(&it.caller, what, true, serde_json::Value::Null);
        let event = event.failed("AccessDenied", &error.message);
        app.control.refused(event, false).await;
        return Fault::new(400, "AccessDeniedException", error.message).json(request_id);
    }
    if operation != LOOKUP {
        let message = format!("ringgate does not support {operation} of CloudTrail yet");
        return Fault::new(400, "UnsupportedOperationException", message).json(request_id);
    }
    let directory = app.control.audit.directory().to_owned();
    let work = move || audit::lookup(&directory, &it.scope, &it.body);
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(found)) => amz_json(200, &found, request_id),
        Ok(Err(error)) => {
            let status = if error.code == "InternalFailure" { 500 } else { 400 };
            Fault::new(status, error.code, error.message).json(request_id)
        }
        Err(error) => Fault::internal(error.to_string()).json(request_id),
    }
}

/// `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents`
fn operation(parts: &Parts) -> &str {
    let target = parts.headers.get(TARGET).and_then(|target| target.to_str().ok());
    let name = target.and_then(|target| target.rsplit('.').next()).unwrap_or_default();
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric()) { name } else { "" }
}
