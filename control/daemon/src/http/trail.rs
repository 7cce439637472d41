//! CloudTrail, as far as it reads the audit log.

use hyper::http::request::Parts;
use ringgate_iam::Circumstances;

use super::authenticate::Authenticated;
use super::aws_json;
use super::respond::{Fault, Reply};
use super::server::App;
use crate::{Control, audit};

const LOOKUP: &str = "LookupEvents";

/// Answers a call of cloudtrail.
pub(super) async fn answer(
    app: &App,
    parts: &Parts,
    it: Authenticated,
    circumstances: &Circumstances,
) -> Reply {
    let operation = aws_json::operation(parts);
    let refused = |fault| aws_json::refusal(parts, &fault);
    let action = format!("cloudtrail:{operation}");
    if let Err(error) = it.principal.authorize(&action, "*", circumstances, &[]) {
        let what = ("cloudtrail.amazonaws.com", operation);
        let event = audit::Event::new(&it.caller, what, true, serde_json::Value::Null);
        let event = event.failed("AccessDenied", &error.message);
        app.control.refused(event, false).await;
        return refused(Fault::new(400, "AccessDeniedException", error.message));
    }
    if operation != LOOKUP {
        let message = format!("ringgate does not support {operation} of CloudTrail yet");
        return refused(Fault::new(400, "UnsupportedOperationException", message));
    }
    let work =
        move |control: &Control| audit::lookup(control.audit.directory(), &it.scope, &it.body);
    match app.control.read(work).await {
        Ok(Ok(found)) => aws_json::answer(parts, &found),
        Ok(Err(error)) => {
            let status = if error.code == "InternalFailure" { 500 } else { 400 };
            refused(Fault::new(status, error.code, error.message))
        }
        Err(error) => refused(Fault::internal(error.to_string())),
    }
}
