//! Who signed a request that came to another process of this node, and whether policies let it: the
//! host of functions asks, so that users and roles may call functions.

use bytes::Bytes;
use ringgate_auth::sigv4::{Claim, RequestParts};
use ringgate_iam::{Circumstances, Credential, PrincipalKind};
use serde::Deserialize;
use serde_json::json;

use super::authenticate::credential;
use super::respond::{Fault, Reply, json as reply};
use super::server::App;
use crate::control;

/// A request as it came there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Question {
    method: String,
    path: String,
    query: Option<String>,
    fields: Vec<(String, String)>,
    /// The service that the signature must name.
    service: String,
    /// None before the body is read: whether the key is anybody's.
    call: Option<Call>,
}

/// What who signed wants to do.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Call {
    body_sha256: [u8; 32],
    /// `lambda:InvokeFunction`
    action: String,
    /// An ARN.
    resource: String,
}

/// Answers with the account of who signed, or says it did, and whether that is the account itself.
///
/// # Errors
/// The key is nobody's; of a call, the signature is not right or no policy of who signed allows it.
pub(super) async fn admit(app: &App, body: &Bytes) -> Result<Reply, Fault> {
    let it: Question =
        serde_json::from_slice(body).map_err(|error| Fault::bad_request(error.to_string()))?;
    let headers: Vec<(&str, &[u8])> =
        it.fields.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let (method, path, query) = (it.method.as_str(), it.path.as_str(), it.query.as_deref());
    let request = RequestParts { method, path, query, headers: &headers };
    let now = control::now();
    let claim = Claim::read(request, &[&it.service], now.0)?;
    let Credential { secret, principal } =
        credential(app, claim.access_key_id(), claim.session_token()).await?;
    if let Some(call) = &it.call {
        claim.verify(&secret, &call.body_sha256)?;
        let scope = claim.scope();
        app.control.iam.used(&principal, scope.service, scope.region, now);
        let region = scope.region.to_owned();
        let circumstances = Circumstances { now, region, ..Circumstances::default() };
        principal
            .authorize(&call.action, &call.resource, &circumstances, &[])
            .map_err(|error| Fault::new(403, "AccessDeniedException", error.message))?;
    }
    let root = principal.kind == PrincipalKind::Root;
    Ok(reply(200, &json!({ "accountId": principal.account, "root": root })))
}
