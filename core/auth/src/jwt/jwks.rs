use serde::{Deserialize, Serialize};

use super::Algorithms;
use super::jwk::Jwk;
use super::keys::Keys;
use super::limits::{JSON_BOUNDS, JWKS_BYTES_MAX, JWKS_KEYS_MAX};
use crate::json::{Members, Value};

/// The keys of an issuer that can verify tokens, as a table can carry them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<Jwk>,
    /// How many keys of the document are of no use here and were left out.
    pub ignored: u32,
}

/// Why a document is no JWK set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// Longer than [`JWKS_BYTES_MAX`].
    #[error("the JWK set has {0} bytes, more than the {JWKS_BYTES_MAX} that are read")]
    TooLarge(usize),
    /// Not the JSON of one object, or with a member named twice.
    #[error("the JWK set cannot be read: {0}")]
    Json(&'static str),
    /// No list in `keys`, or something in it that is no object.
    #[error("a JWK set has a member 'keys', a list of objects (RFC 7517 section 5)")]
    NoKeys,
    /// More than [`JWKS_KEYS_MAX`] keys.
    #[error("the JWK set has {0} keys, more than the {JWKS_KEYS_MAX} that are kept")]
    TooMany(usize),
}

impl Jwks {
    /// Reads a JWK set (RFC 7517 section 5). Keys of unknown types, for other uses, incomplete, too
    /// weak, too large or not on their curve are left out, as section 5 wants it, and counted.
    ///
    /// # Errors
    /// [`JwksError`] when it is no JWK set or past a limit.
    pub fn read(document: &[u8]) -> Result<Self, JwksError> {
        if document.len() > JWKS_BYTES_MAX {
            return Err(JwksError::TooLarge(document.len()));
        }
        let members = Members::read(document, JSON_BOUNDS).map_err(JwksError::Json)?;
        let Some(Value::List(keys)) = members.get("keys") else { return Err(JwksError::NoKeys) };
        if keys.len() > JWKS_KEYS_MAX {
            return Err(JwksError::TooMany(keys.len()));
        }
        let mut jwks = Self::default();
        for key in keys {
            let Value::Object(members) = key else { return Err(JwksError::NoKeys) };
            match Jwk::read(members).filter(Keys::can_prepare) {
                Some(jwk) => jwks.keys.push(jwk),
                None => jwks.ignored = jwks.ignored.saturating_add(1),
            }
        }
        Ok(jwks)
    }

    /// Whether any of the keys can verify a token by an algorithm of the set: an issuer whose keys
    /// are all of no use is worth a word to whoever names it.
    pub fn serves(&self, algorithms: Algorithms) -> bool {
        self.keys.iter().flat_map(Jwk::algorithms).any(|algorithm| algorithms.contains(algorithm))
    }
}
