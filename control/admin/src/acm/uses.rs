//! Who presents a certificate.

use std::collections::BTreeSet;

use ringgate_model::{DomainName, Scope};

use crate::shelf::{decode, entries};
use crate::store::Entries;
use crate::{Error, Store, owned};

/// The custom domain names of a region and account that present the certificate of an ARN; and what
/// must still hold for that to be all of them.
pub(super) fn of_arn(
    store: &dyn Store,
    scope: &Scope,
    arn: &str,
) -> Result<(Vec<DomainName>, Entries), Error> {
    let (domains, checks) = domains(store, scope)?;
    let presents = |domain: &DomainName| arns(domain).any(|own| own == arn);
    Ok((domains.into_iter().filter(presents).collect(), checks))
}

/// Their names.
pub(crate) fn presenting(
    store: &dyn Store,
    scope: &Scope,
    arn: &str,
) -> Result<Vec<String>, Error> {
    let (users, _) = of_arn(store, scope, arn)?;
    Ok(users.into_iter().map(|domain| domain.domain_name).collect())
}

/// The ARNs of all certificates that are presented in a region and account.
pub(super) fn all(store: &dyn Store, scope: &Scope) -> Result<BTreeSet<String>, Error> {
    let (domains, _) = domains(store, scope)?;
    Ok(domains.iter().flat_map(arns).map(str::to_owned).collect())
}

fn domains(store: &dyn Store, scope: &Scope) -> Result<(Vec<DomainName>, Entries), Error> {
    let (mut domains, mut checks) = (Vec::new(), Vec::new());
    for (key, bytes) in entries(store, &owned::top::<DomainName>(scope).folder)? {
        domains.push(decode(&key, &bytes)?);
        checks.push((key, Some(bytes)));
    }
    Ok((domains, checks))
}

fn arns(domain: &DomainName) -> impl Iterator<Item = &str> {
    domain.domain_name_configurations.iter().flat_map(|it| {
        let arns = [&it.certificate_arn, &it.ownership_verification_certificate_arn];
        arns.into_iter().flatten().map(String::as_str)
    })
}
