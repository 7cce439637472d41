//! The table images of custom domain names.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringgate_model::{ApiMapping, DomainName, RoutingRule, Scope};
use ringgate_table::DomainImage;
use serde::de::DeserializeOwned;

use crate::owned::{self, Owned};
use crate::shelf::{decode, entries};
use crate::{Error, Store, keys};

/// The image of a custom domain name. Where several regions or accounts have the same name, as on
/// AWS several regions may, traffic follows the first of them in ascending order: nothing but its
/// Host tells a request of one from those of another.
pub(crate) fn image(store: &dyn Store, name: &str) -> Result<Option<Arc<DomainImage>>, Error> {
    let own = |(key, _): &(String, Vec<u8>)| key.rsplit('/').next() == Some(name);
    let first = entries(store, keys::DOMAIN_NAMES)?.into_iter().find(own);
    let Some((key, bytes)) = first else { return Ok(None) };
    let domain: DomainName = decode(&key, &bytes)?;
    let scope = keys::scope_of(&key);
    let mappings = all::<ApiMapping>(store, &scope, name)?;
    let rules = all::<RoutingRule>(store, &scope, name)?;
    Ok(Some(Arc::new(DomainImage::new(&domain, &mappings, &rules))))
}

/// Those of every custom domain name of every scope.
pub(crate) fn images(store: &dyn Store) -> Result<Vec<Arc<DomainImage>>, Error> {
    let keys = entries(store, keys::DOMAIN_NAMES)?.into_iter().map(|(key, _)| key);
    let names: BTreeSet<String> =
        keys.filter_map(|key| key.rsplit('/').next().map(str::to_owned)).collect();
    names.iter().filter_map(|name| image(store, name).transpose()).collect()
}

fn all<T: Owned + DeserializeOwned>(
    store: &dyn Store,
    scope: &Scope,
    name: &str,
) -> Result<Vec<T>, Error> {
    let all = entries(store, &owned::below::<T>(scope, name).folder)?;
    all.iter().map(|(key, bytes)| decode(key, bytes)).collect()
}
