//! The table images of custom domain names.

use std::collections::BTreeSet;

use ringgate_model::{ApiMapping, DomainName, RoutingRule, Scope};
use ringgate_table::{DomainImage, Part};
use serde::de::DeserializeOwned;

use crate::owned::{self, Owned};
use crate::shelf::{decode, entries};
use crate::{Error, Store, keys};

/// The image of a custom domain name. Where several regions or accounts have the same name, as on
/// AWS several regions may, traffic follows the first of them in ascending order: nothing but its
/// Host tells a request of one from those of another.
pub(crate) fn image(store: &dyn Store, name: &str) -> Result<Option<Part>, Error> {
    let first =
        entries(store, keys::DOMAIN_NAMES)?.into_iter().find(|(key, _)| name_in(key) == name);
    first.map(|(key, bytes)| read(store, &key, &bytes)).transpose()
}

/// Those of every custom domain name of every scope.
pub(crate) fn images(store: &dyn Store) -> Result<Vec<Part>, Error> {
    let mut seen = BTreeSet::new();
    let mut all = entries(store, keys::DOMAIN_NAMES)?;
    all.retain(|(key, _)| seen.insert(name_in(key).to_owned()));
    all.iter().map(|(key, bytes)| read(store, key, bytes)).collect()
}

fn name_in(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or_default()
}

fn read(store: &dyn Store, key: &str, bytes: &[u8]) -> Result<Part, Error> {
    let domain: DomainName = decode(key, bytes)?;
    let (scope, name) = (keys::scope_of(key), name_in(key));
    let mappings = all::<ApiMapping>(store, &scope, name)?;
    let rules = all::<RoutingRule>(store, &scope, name)?;
    Ok(DomainImage::new(&domain, &mappings, &rules).into())
}

fn all<T: Owned + DeserializeOwned>(
    store: &dyn Store,
    scope: &Scope,
    name: &str,
) -> Result<Vec<T>, Error> {
    let all = entries(store, &owned::below::<T>(scope, name).folder)?;
    all.iter().map(|(key, bytes)| decode(key, bytes)).collect()
}
