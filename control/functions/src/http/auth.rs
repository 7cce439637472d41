use hyper::http::request::Parts;
use ringgate_auth::sigv4::{Claim, Refusal, RequestParts, body_sha256};

use super::control::Control;
use crate::{ApiError, Key, Keys, clock};

/// The service name that a credential scope must have here.
const SERVICES: [&str; 1] = ["lambda"];

/// A request whose head says that it was signed.
pub(super) struct Signed<'r> {
    claim: Claim<'r>,
    /// None: perhaps control knows it.
    key: Option<&'r Key>,
}

impl<'r> Signed<'r> {
    /// Looks at the head alone: a stranger's body is not read.
    pub(super) fn read(
        parts: &'r Parts,
        headers: &'r [(&'r str, &'r [u8])],
        (keys, control): (&'r Keys, &Control),
    ) -> Result<Self, ApiError> {
        let request = RequestParts {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query(),
            headers,
        };
        let claim = Claim::read(request, &SERVICES, clock::now_ms() / 1000).map_err(refused)?;
        let key = keys.get(claim.access_key_id());
        if key.is_none() && !control.is_there() {
            return Err(refused(Refusal::unrecognized()));
        }
        Ok(Self { claim, key })
    }

    /// The region that the request means.
    pub(super) fn region(&self) -> &str {
        self.claim.scope().region
    }

    /// True where the key is the host's own.
    pub(super) fn is_by_own_key(&self) -> bool {
        self.key.is_some()
    }

    /// Compares the signature with the host's own key; false where it is of another.
    pub(super) fn verify(&self, body: &[u8]) -> Result<bool, ApiError> {
        let Some(key) = self.key else { return Ok(false) };
        self.claim.verify(&key.secret, &body_sha256(body)).map_err(refused)?;
        Ok(true)
    }
}

fn refused(refusal: Refusal) -> ApiError {
    tracing::debug!(code = refusal.code(), "refused");
    ApiError::new(refusal.status(), refusal.code(), refusal.message)
}
