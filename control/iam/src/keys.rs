//! The keys of the store. A user or role with all that belongs to it is one entry.

/// The key that session tokens are sealed with.
pub(crate) const SEALING_KEY: &str = "iam-node/sealing-key";

/// Everything of every account.
pub(crate) const ALL: &str = "iam/";

/// Users, roles or policies of an account; names know no case.
pub(crate) fn folder(account: &str, folder: &str) -> String {
    format!("iam/{account}/{folder}/")
}

/// One of them.
pub(crate) fn entity(account: &str, folder: &str, name: &str) -> String {
    format!("iam/{account}/{folder}/{}", name.to_ascii_lowercase())
}

/// Whose an access key is.
pub(crate) fn access_key(id: &str) -> String {
    format!("iam-access-keys/{id}")
}
