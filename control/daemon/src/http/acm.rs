//! AWS Certificate Manager: certificates that custom domain names present.

use hyper::http::request::Parts;
use ringgate_model::Scope;

use super::aws_json;
use super::respond::Reply;
use super::server::App;

/// Its name in credential scopes.
pub(super) const SERVICE: &str = "acm";
/// What its operations are called behind, in `X-Amz-Target`.
pub(super) const TARGET: &str = "CertificateManager";

/// Answers one call.
pub(super) async fn handle(_: &App, parts: &Parts, _: Scope, body: &[u8]) -> Reply {
    let operation = aws_json::target(parts).map_or("", |(_, operation)| operation);
    match aws_json::parameters(body) {
        Ok(_) => aws_json::refusal(parts, &aws_json::unknown_operation("acm", operation)),
        Err(fault) => aws_json::refusal(parts, &fault),
    }
}
