//! The issuers of tokens that JWT authorizers name, and their keys as they were last fetched. They
//! stand beside the APIs, since many may name one, and change without any call.

use std::collections::BTreeSet;

use ringgate_auth::jwt::{IssuerKeys, Jwks};
use ringgate_model::{Authorizer, Timestamp};
use ringgate_table::{IssuerImage, Part, PartKey};
use serde::{Deserialize, Serialize};

use crate::reply::Outcome;
use crate::shelf::{Shelf, decode, encode, entries, value};
use crate::{Error, Store, Transaction, keys};

/// What is known of an issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuerRecord {
    /// The JWK set, as it came when it last came.
    pub key_set: Option<String>,
    /// What stopped the last try, if something did.
    pub failure: Option<IssuerFailure>,
    /// When it was last tried.
    pub tried_at: Timestamp,
}

/// What did not come from an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IssuerFailure {
    /// Its discovery document.
    Discovery,
    /// Its JWK set.
    KeySet,
}

impl IssuerRecord {
    /// The keys: the last good ones, for as long as there are any.
    pub fn keys(&self) -> IssuerKeys {
        let read = self.key_set.as_deref().map(|text| Jwks::read(text.as_bytes()));
        match (read, self.failure) {
            (Some(Ok(jwks)), _) => IssuerKeys::Known(jwks),
            (_, Some(IssuerFailure::Discovery)) => IssuerKeys::DiscoveryFailed,
            _ => IssuerKeys::KeySetFailed,
        }
    }
}

/// The image of an issuer as the store has it.
pub(crate) fn image(store: &dyn Store, issuer: &str) -> Result<Option<Part>, Error> {
    Ok(record(store, issuer)?.map(|record| IssuerImage::new(issuer, record.keys()).into()))
}

/// Those of all of them.
pub(crate) fn images(store: &dyn Store) -> Result<Vec<Part>, Error> {
    let all = entries(store, keys::ISSUERS)?;
    let image = |(key, bytes): &(String, Vec<u8>)| {
        let record: IssuerRecord = decode(key, bytes)?;
        Ok(IssuerImage::new(name_in(key), record.keys()).into())
    };
    all.iter().map(image).collect()
}

/// Every issuer that is kept.
pub(crate) fn records(store: &dyn Store) -> Result<Vec<(String, IssuerRecord)>, Error> {
    let all = entries(store, keys::ISSUERS)?;
    all.iter().map(|(key, bytes)| Ok((name_in(key).to_owned(), decode(key, bytes)?))).collect()
}

/// What is known of one.
pub(crate) fn record(store: &dyn Store, issuer: &str) -> Result<Option<IssuerRecord>, Error> {
    value(store, &keys::issuer(issuer))
}

/// Keeps what is known of an issuer now, or forgets it.
pub(crate) fn put(
    store: &dyn Store,
    issuer: &str,
    record: Option<&IssuerRecord>,
) -> Result<Outcome, Error> {
    let bytes = record.map(encode).transpose()?;
    let writes = vec![(keys::issuer(issuer), bytes)];
    let revision = store.commit(Transaction { checks: Vec::new(), writes })?;
    let parts = vec![PartKey::Issuer(issuer.to_owned())];
    Ok(Outcome { parts, revision: Some(revision), ..Outcome::default() })
}

/// The issuers that an API's authorizers name.
pub(crate) fn of_authorizers(authorizers: &Shelf<Authorizer>) -> BTreeSet<String> {
    let configurations = authorizers.iter().filter_map(|it| it.jwt_configuration.as_ref());
    configurations.filter_map(|configuration| configuration.issuer.clone()).collect()
}

fn name_in(key: &str) -> &str {
    key.strip_prefix(keys::ISSUERS).unwrap_or_default()
}
