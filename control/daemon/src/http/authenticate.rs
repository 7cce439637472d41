//! Who makes a request of the management port.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use ringgate_auth::sigv4::{Claim, Refusal, RequestParts, body_sha256};
use ringgate_iam::{Credential, CredentialError, Principal};
use ringgate_model::Scope;
use zeroize::Zeroizing;

use super::body;
use super::respond::Fault;
use super::server::App;
use crate::control;

const TOKEN: &str = "x-amz-security-token";

/// A request whose signature is right, with its body.
#[derive(Debug)]
pub(super) struct Authenticated {
    pub(super) principal: Principal,
    /// Region of the credential scope, account of the key.
    pub(super) scope: Scope,
    /// The service of the credential scope.
    pub(super) service: String,
    pub(super) body: Bytes,
}

/// Checks the signature of a request; `services` are the names that its scope may have.
pub(super) async fn by_signature(
    app: &App,
    parts: &Parts,
    body: Incoming,
    services: &[&str],
) -> Result<Authenticated, Fault> {
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
    let claim = Claim::read(request, services, control::now().0).map_err(refused)?;
    let token = parts.headers.get(TOKEN).map(|token| token.to_str().unwrap_or_default());
    let credential =
        credential(app, claim.access_key_id(), token).map_err(|error| match error {
            CredentialError::Invalid => refused(Refusal::unrecognized()),
            CredentialError::Expired => {
                app.control.counters.signatures_refused.fetch_add(1, Ordering::Relaxed);
                Fault::new(403, "ExpiredTokenException", error.to_string())
            }
            CredentialError::Store(error) => Fault::internal(error.to_string()),
        })?;
    let body = body::read(body).await?;
    claim.verify(&credential.secret, &body_sha256(&body)).map_err(refused)?;
    let principal = credential.principal;
    let (region, service) = (claim.scope().region, claim.scope().service.to_owned());
    app.control.iam.used(&principal, &service, region, control::now());
    let scope = Scope::new(region, principal.account.as_str());
    Ok(Authenticated { principal, scope, service, body })
}

/// What a key stands for: an account's own, whatever token a client's environment adds to it; a
/// user's; or a session's, which has a token.
fn credential(app: &App, id: &str, token: Option<&str>) -> Result<Credential, CredentialError> {
    let Some(key) = app.control.keys.get(id) else {
        return app.control.iam.credential(id, token, control::now());
    };
    let account = key.account_id.as_ref().unwrap_or(&app.scope.account);
    let secret = Zeroizing::new(key.secret_access_key.clone());
    Ok(Credential { secret, principal: Principal::root(account, id) })
}
