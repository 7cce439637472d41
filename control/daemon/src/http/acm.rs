//! AWS Certificate Manager: certificates that custom domain names present.

use hyper::http::request::Parts;
use ringgate_iam::Circumstances;
use serde::Deserialize;
use serde_json::Value;

use super::authenticate::Authenticated;
use super::aws_json;
use super::respond::{Fault, Reply, with_live};
use super::server::App;
use crate::audit::Event;
use crate::control::{AcmCall, Answered, event};

/// What stands before its operations in `X-Amz-Target`.
pub(super) const PREFIX: &str = "CertificateManager";

/// What a call is about. Nothing else of its parameters gets into the audit log, or anywhere.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct About {
    certificate_arn: Option<String>,
}

/// Answers one call.
pub(super) async fn answer(
    app: &App,
    parts: &Parts,
    it: Authenticated,
    circumstances: &Circumstances,
) -> Reply {
    let operation = aws_json::operation(parts).to_owned();
    let about: Option<About> = serde_json::from_slice(&it.body).ok();
    let certificate = about.and_then(|about| about.certificate_arn);
    let resource = certificate.clone().unwrap_or_else(|| {
        let (region, account) = (&it.scope.region, &it.scope.account);
        format!("arn:aws:acm:{region}:{account}:certificate/*")
    });
    let action = format!("acm:{operation}");
    if let Err(error) = it.principal.authorize(&action, &resource, circumstances, &[]) {
        let is_read = ringgate_admin::acm::is_read(&operation);
        let event = Event::new(&it.caller, (event::ACM, &operation), is_read, Value::Null);
        app.control.refused(event.failed("AccessDenied", &error.message), false).await;
        let fault = Fault::new(400, "AccessDeniedException", error.message);
        return aws_json::refusal(parts, &fault);
    }
    let call =
        AcmCall { scope: it.scope, operation, certificate, input: it.body, caller: it.caller };
    let Answered { answer, live } = match app.control.acm(call).await {
        Ok(answered) => answered,
        Err(undone) => {
            return aws_json::refusal(parts, &ringgate_admin::Error::from(undone).into());
        }
    };
    let reply = match answer.output {
        Ok(output) => aws_json::answer(parts, &output),
        Err(refusal) => {
            let status = if refusal.is_internal() { 500 } else { 400 };
            aws_json::refusal(parts, &Fault::new(status, refusal.code, refusal.message))
        }
    };
    with_live(reply, live)
}
