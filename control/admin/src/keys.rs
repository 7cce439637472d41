//! The keys of the store. Everything of one API lies in one range, but for the frozen definitions:
//! they are large, and only a stage that is pinned to one ever reads it.

use ringgate_model::Scope;

/// Remembers the API of `ringgate up --target`.
pub(crate) const TARGET: &str = "up/target";

/// One entry per API and scope; see [`index`].
pub(crate) const SCOPES: &str = "scopes/";

/// True for what can be the id of an API. Anything else must not become part of a key: the id
/// `x/stages` would reach into the API `x`.
pub(crate) fn is_api_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The API itself: [`crate::workspace::Record`].
pub(crate) fn api(api_id: &str) -> String {
    format!("apis/{api_id}/api")
}

/// Everything of one API.
pub(crate) fn everything(api_id: &str) -> String {
    format!("apis/{api_id}/")
}

/// The folder of one kind of resource: `apis/{id}/routes/`.
pub(crate) fn folder(api_id: &str, kind: &str) -> String {
    format!("apis/{api_id}/{kind}/")
}

/// What a deployment froze: [`ringgate_model::Definition`].
pub(crate) fn definition(api_id: &str, deployment_id: &str) -> String {
    format!("definitions/{api_id}/{deployment_id}")
}

/// All that deployments of one API froze.
pub(crate) fn definitions(api_id: &str) -> String {
    format!("definitions/{api_id}/")
}

/// The index of the APIs of a scope; the API's id follows.
pub(crate) fn index(scope: &Scope) -> String {
    format!("{SCOPES}{}/{}/apis/", scope.region, scope.account)
}

/// Below it the issuers of tokens, by their URLs.
pub(crate) const ISSUERS: &str = "issuers/";

/// Where an issuer stands.
pub(crate) fn issuer(issuer: &str) -> String {
    format!("{ISSUERS}{issuer}")
}

/// Below it the roles that APIs name, by API and ARN.
pub(crate) const ROLE_SESSIONS: &str = "role-sessions/";

/// Where a role of an API stands.
pub(crate) fn role_session(api_id: &str, arn: &str) -> String {
    format!("{ROLE_SESSIONS}{api_id}/{arn}")
}

/// Every custom domain name of every scope.
pub(crate) const DOMAIN_NAMES: &str = "domainnames/";

/// What is known of the account at an ACME authority.
pub(crate) const ACME_ACCOUNT: &str = "acme/account";

/// Challenges of ACME that wait to be asked for, by token.
pub(crate) const ACME_CHALLENGES: &str = "acme/challenges/";
/// Those that are asked for in a handshake of TLS, by name.
pub(crate) const ACME_TLS_CHALLENGES: &str = "acme/tls-challenges/";

/// Truststores of custom domain names, by region, account and name.
pub(crate) const TRUSTSTORES: &str = "truststores";

/// Certificates, by region and account.
pub(crate) const CERTIFICATES: &str = "certificates";

/// The folder of a kind of resource that belongs to a scope; `domainnames/{region}/{account}/`.
pub(crate) fn owned(scope: &Scope, kind: &str) -> String {
    format!("{kind}/{}/{}/", scope.region, scope.account)
}

/// The scope that the key of such a resource names.
pub(crate) fn scope_of(key: &str) -> Scope {
    let mut parts = key.split('/').skip(1);
    Scope::new(parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// The API that an index key names.
pub(crate) fn indexed_api(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or_default()
}
