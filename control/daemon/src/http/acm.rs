//! AWS Certificate Manager: certificates that custom domain names present.

use bytes::Bytes;
use hyper::http::request::Parts;
use ringgate_model::Scope;

use super::aws_json;
use super::respond::{Fault, Reply, with_live};
use super::server::App;
use crate::control::Answered;

/// Its name in credential scopes.
pub(super) const SERVICE: &str = "acm";
/// What its operations are called behind, in `X-Amz-Target`.
pub(super) const TARGET: &str = "CertificateManager";

/// Answers one call.
pub(super) async fn handle(app: &App, parts: &Parts, scope: Scope, body: Bytes) -> Reply {
    let operation = aws_json::target(parts).map_or("", |(_, operation)| operation).to_owned();
    let Answered { answer, live } = match app.control.acm(scope, operation, body).await {
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
