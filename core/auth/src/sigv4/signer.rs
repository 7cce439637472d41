use std::collections::BTreeSet;
use std::fmt;

use super::canonical::canonical_request;
use super::signing_key::sign;
use super::{ALGORITHM, CredentialScope, RequestParts, format_basic, string_to_sign};

/// What a request is signed with. Its `Debug` shows no secret.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// `AKIDEXAMPLE`
    pub access_key_id: &'a str,
    /// Its secret.
    pub secret_access_key: &'a str,
    /// Comes with temporary credentials.
    pub session_token: Option<&'a str>,
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish()
    }
}

/// The fields that make `request` a signed one, to be sent beside its own: `X-Amz-Date`,
/// `X-Amz-Security-Token` where there is a session token, and `Authorization`.
///
/// Every field of `request` is covered; `Host` must be among them, none of those above may. `now_s`
/// is the time in seconds since the epoch, `body_sha256` as from [`super::body_sha256`].
pub fn signed_fields(
    request: &RequestParts<'_>,
    body_sha256: &[u8; 32],
    credentials: &Credentials<'_>,
    (region, service): (&str, &str),
    now_s: u64,
) -> Vec<(&'static str, String)> {
    let date = format_basic(now_s);
    let mut fields = vec![("X-Amz-Date", date.clone())];
    fields.extend(credentials.session_token.map(|it| ("X-Amz-Security-Token", it.to_owned())));
    let own = fields.iter().map(|(name, value)| (*name, value.as_bytes()));
    let headers: Vec<(&str, &[u8])> = request.headers.iter().copied().chain(own).collect();
    let names: BTreeSet<String> =
        headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(";");
    let request = RequestParts { headers: &headers, ..*request };
    let canonical = canonical_request(&request, &names, body_sha256);
    let scope = CredentialScope { day: date.get(..8).unwrap_or_default(), region, service };
    let signature =
        sign(credentials.secret_access_key, &scope, &string_to_sign(&date, &scope, &canonical));
    let authorization = format!(
        "{ALGORITHM} Credential={}/{}, SignedHeaders={names}, Signature={signature}",
        credentials.access_key_id,
        scope.text(),
    );
    fields.push(("Authorization", authorization));
    fields
}
