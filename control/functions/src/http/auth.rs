use hyper::http::request::Parts;
use ringgate_auth::sigv4::{Claim, Refusal, RequestParts, body_sha256};
use ringgate_model::Scope;

use crate::{ApiError, Key, Keys, clock};

/// The service name that a credential scope must have here.
const SERVICES: [&str; 1] = ["lambda"];

/// A request whose head says that it was signed with a key of the host.
pub(super) struct Signed<'r> {
    claim: Claim<'r>,
    key: &'r Key,
}

impl<'r> Signed<'r> {
    /// Looks at the head alone: a stranger's body is never read.
    pub(super) fn read(
        parts: &'r Parts,
        headers: &'r [(&'r str, &'r [u8])],
        keys: &'r Keys,
    ) -> Result<Self, ApiError> {
        let request = RequestParts {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query(),
            headers,
        };
        let claim = Claim::read(request, &SERVICES, clock::now_ms() / 1000).map_err(refused)?;
        let key = keys.get(claim.access_key_id());
        let key = key.ok_or_else(|| refused(Refusal::unrecognized()))?;
        Ok(Self { claim, key })
    }

    /// Compares the signature. Gives region and account of the request.
    pub(super) fn verify(&self, body: &[u8], account: &str) -> Result<Scope, ApiError> {
        self.claim.verify(&self.key.secret, &body_sha256(body)).map_err(refused)?;
        Ok(Scope::new(self.claim.scope().region, account))
    }
}

fn refused(refusal: Refusal) -> ApiError {
    tracing::debug!(code = refusal.code(), "refused");
    ApiError::new(refusal.status(), refusal.code(), refusal.message)
}
