//! Who signed a request that came to another process of this node, and whether policies let it: the
//! host of functions asks, so that users and roles may call functions.

use bytes::Bytes;
use ringgate_auth::sigv4::{Claim, Refusal, RequestParts};
use ringgate_iam::{Circumstances, Credential, CredentialError};
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
    /// Hexadecimal.
    body_sha256: String,
    /// The service that the signature must name.
    service: String,
    /// `lambda:InvokeFunction`
    action: String,
    /// An ARN.
    resource: String,
}

/// Answers with the account of who signed and the region it means.
///
/// # Errors
/// The signature is not right, or no policy of who signed allows it.
pub(super) async fn admit(app: &App, body: &Bytes) -> Result<Reply, Fault> {
    let it: Question =
        serde_json::from_slice(body).map_err(|error| Fault::bad_request(error.to_string()))?;
    let hash = sha256(&it.body_sha256)
        .ok_or_else(|| Fault::bad_request("bodySha256 must be 64 hexadecimal digits"))?;
    let headers: Vec<(&str, &[u8])> =
        it.fields.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let (method, path, query) = (it.method.as_str(), it.path.as_str(), it.query.as_deref());
    let request = RequestParts { method, path, query, headers: &headers };
    let now = control::now();
    let claim = Claim::read(request, &[&it.service], now.0)?;
    let Credential { secret, principal } =
        credential(app, claim.access_key_id(), claim.session_token()).await.map_err(fault)?;
    claim.verify(&secret, &hash)?;
    let scope = claim.scope();
    app.control.iam.used(&principal, scope.service, scope.region, now);
    let region = scope.region.to_owned();
    let circumstances = Circumstances { now, region: region.clone(), ..Circumstances::default() };
    principal
        .authorize(&it.action, &it.resource, &circumstances, &[])
        .map_err(|error| Fault::new(403, "AccessDeniedException", error.message))?;
    Ok(reply(200, &json!({ "accountId": principal.account, "region": region })))
}

fn fault(error: CredentialError) -> Fault {
    match error {
        CredentialError::Invalid => Refusal::unrecognized().into(),
        CredentialError::Expired => Fault::new(403, "ExpiredTokenException", error.to_string()),
        CredentialError::Store(_) => Fault::internal(error.to_string()),
    }
}

fn sha256(digits: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in out.iter_mut().enumerate() {
        let from = at.checked_mul(2)?;
        *byte = u8::from_str_radix(digits.get(from..from.checked_add(2)?)?, 16).ok()?;
    }
    Some(out)
}
