//! Who makes a request of the management port.

use std::net::IpAddr;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::USER_AGENT;
use hyper::http::request::Parts;
use ringgate_admin::StoreError;
use ringgate_auth::sigv4::{Claim, RequestParts, body_sha256};
use ringgate_iam::{Credential, CredentialError, Principal};
use ringgate_model::Scope;
use serde_json::Value;
use zeroize::Zeroizing;

use super::body;
use super::respond::Fault;
use super::server::App;
use super::wire::Wire;
use crate::audit::{Caller, Event};
use crate::{Control, Undone, control};

const TOKEN: &str = "x-amz-security-token";

/// A request whose signature is right, with its body.
#[derive(Debug)]
pub(super) struct Authenticated {
    pub(super) principal: Principal,
    /// Region of the credential scope, account of the key.
    pub(super) scope: Scope,
    /// Of the credential scope; none on the control socket.
    pub(super) service: Option<String>,
    pub(super) body: Bytes,
    /// What the audit log says of the caller.
    pub(super) caller: Caller,
}

/// Checks the signature of a request; one that is refused is counted and recorded.
pub(super) async fn by_signature(
    app: &App,
    parts: &Parts,
    body: Incoming,
    (wire, peer, request_id): (Wire, IpAddr, &str),
) -> Result<Authenticated, Fault> {
    let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let from = (peer.to_string(), agent);
    let (principal, (region, service), body) = match verify(app, parts, body, wire.services()).await
    {
        Ok(verified) => verified,
        Err(Refused::Otherwise(fault)) => return Err(fault),
        Err(Refused::Signature { fault, key, region }) => {
            app.control.counters.signatures_refused.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(code = fault.code, "refused");
            let home = &app.scope;
            let place = (home.account.as_str(), region.as_deref().unwrap_or(&home.region));
            let now = control::now();
            let caller = Caller::unknown(key.as_deref(), place, from, request_id, now);
            app.control.refused(refusal(parts, wire, &caller, &fault), true).await;
            return Err(fault);
        }
    };
    let scope = Scope::new(region, principal.account.as_str());
    let caller = Caller::new(&principal, &scope.region, from, request_id, control::now());
    Ok(Authenticated { principal, scope, service: Some(service), body, caller })
}

/// Why a request is not let in.
enum Refused {
    /// What it says of who sent it is not true, or not said.
    Signature { fault: Fault, key: Option<String>, region: Option<String> },
    /// Something else.
    Otherwise(Fault),
}

impl Refused {
    fn by(claim: Option<&Claim<'_>>, fault: Fault) -> Self {
        let key = claim.map(|claim| claim.access_key_id().to_owned());
        let region = claim.map(|claim| claim.scope().region.to_owned());
        Self::Signature { fault, key, region }
    }
}

/// Who sent a request, the region and the service it means, and its body.
async fn verify(
    app: &App,
    parts: &Parts,
    body: Incoming,
    services: &[&str],
) -> Result<(Principal, (String, String), Bytes), Refused> {
    let headers: Vec<(&str, &[u8])> =
        parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let request = RequestParts {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query(),
        headers: &headers,
    };
    // All that can be refused without the body is: a stranger's body is never read.
    let claim = Claim::read(request, services, control::now().0)
        .map_err(|refusal| Refused::by(None, refusal.into()))?;
    let token = parts.headers.get(TOKEN).map(|token| token.to_str().unwrap_or_default());
    let found = credential(app, claim.access_key_id(), token).await;
    let Credential { secret, principal } = found.map_err(|error| match error {
        CredentialError::Store(_) => Refused::Otherwise(error.into()),
        _ => Refused::by(Some(&claim), error.into()),
    })?;
    let body =
        body::read(body, app.limits.management_body_bytes).await.map_err(Refused::Otherwise)?;
    claim
        .verify(&secret, &body_sha256(&body))
        .map_err(|refusal| Refused::by(Some(&claim), refusal.into()))?;
    let scope = claim.scope();
    app.control.iam.used(&principal, scope.service, scope.region, control::now());
    Ok((principal, (scope.region.to_owned(), scope.service.to_owned()), body))
}

/// The record of a refused signature. The body was not believed, so nothing in it is repeated.
fn refusal(parts: &Parts, wire: Wire, caller: &Caller, fault: &Fault) -> Event {
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let name = ringgate_admin::named(method, path).map_or("Unknown", |named| named.name);
    let source = match wire {
        Wire::RestJson => "apigateway.amazonaws.com",
        Wire::Query => "iam.amazonaws.com",
        Wire::CloudTrail => "cloudtrail.amazonaws.com",
        Wire::Acm => "acm.amazonaws.com",
    };
    let read_only = method == "GET";
    // The rest of the message repeats the request.
    let message = fault.message.lines().next().unwrap_or_default();
    Event::new(caller, (source, name), read_only, Value::Null).failed(fault.code, message)
}

/// What a key stands for: an account's own, whatever token a client's environment adds to it; a
/// user's; or a session's, which has a token.
pub(super) async fn credential(
    app: &App,
    id: &str,
    token: Option<&str>,
) -> Result<Credential, CredentialError> {
    let Some(key) = app.control.keys.get(id) else {
        let (id, token) = (id.to_owned(), token.map(str::to_owned));
        let found =
            move |control: &Control| control.iam.credential(&id, token.as_deref(), control::now());
        let failed = |undone: Undone| StoreError::Unavailable(undone.to_string());
        return app.control.read(found).await.map_err(failed)?;
    };
    let account = key.account_id.as_ref().unwrap_or(&app.scope.account);
    let secret = Zeroizing::new(key.secret_access_key.clone());
    Ok(Credential { secret, principal: Principal::root(account, id) })
}
