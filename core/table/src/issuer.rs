use std::sync::{Arc, OnceLock};

use ringgate_auth::jwt::{IssuerKeys, Keys};
use serde::{Deserialize, Serialize};

/// An issuer of tokens and its keys, which control fetched: what JWT authorizers that name it
/// verify tokens with. It serves all of them, and changes when its keys do.
#[derive(Debug, Serialize, Deserialize)]
pub struct IssuerImage {
    issuer: Box<str>,
    keys: IssuerKeys,
    /// Derived.
    #[serde(skip)]
    prepared: OnceLock<Arc<Keys>>,
}

impl IssuerImage {
    /// The image of an issuer, by its URL to the letter.
    pub fn new(issuer: &str, keys: IssuerKeys) -> Self {
        Self { issuer: issuer.into(), keys, prepared: OnceLock::new() }
    }

    /// Its URL.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What is known of its keys.
    pub fn keys(&self) -> &IssuerKeys {
        &self.keys
    }

    /// The keys as they verify tokens; made ready once, by whoever asks first: the loader.
    pub fn prepared(&self) -> &Arc<Keys> {
        self.prepared.get_or_init(|| Arc::new(Keys::prepare(&self.keys)))
    }
}

impl PartialEq for IssuerImage {
    fn eq(&self, other: &Self) -> bool {
        self.issuer == other.issuer && self.keys == other.keys
    }
}

impl Eq for IssuerImage {}
