use std::fmt;

use serde::{Deserialize, Serialize};

/// The region and account that a piece of state belongs to. Nothing is visible across scopes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// `us-east-1`: from the credential scope of the request.
    pub region: String,
    /// Twelve digits: the account of the key that signed the request.
    pub account: String,
}

impl Scope {
    /// A scope of this region and account, both taken as given.
    pub fn new(region: impl Into<String>, account: impl Into<String>) -> Self {
        Self { region: region.into(), account: account.into() }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.region, self.account)
    }
}
