//! Who presents a certificate.

use std::collections::BTreeSet;

use ringgate_model::DomainName;

use super::{Refusal, Session};
use crate::owned;
use crate::shelf::{decode, entries};
use crate::store::Entries;

/// The custom domain names of the caller's region and account that present the certificate of an
/// ARN; and what must still hold for that to be all of them.
pub(super) fn of_arn(
    session: &Session<'_>,
    arn: &str,
) -> Result<(Vec<DomainName>, Entries), Refusal> {
    let (domains, checks) = domains(session)?;
    let presents = |domain: &DomainName| arns(domain).any(|own| own == arn);
    Ok((domains.into_iter().filter(presents).collect(), checks))
}

/// The ARNs of all certificates that are presented in the caller's region and account.
pub(super) fn all(session: &Session<'_>) -> Result<BTreeSet<String>, Refusal> {
    let (domains, _) = domains(session)?;
    Ok(domains.iter().flat_map(arns).map(str::to_owned).collect())
}

fn domains(session: &Session<'_>) -> Result<(Vec<DomainName>, Entries), Refusal> {
    let (mut domains, mut checks) = (Vec::new(), Vec::new());
    for (key, bytes) in entries(session.store, &owned::top::<DomainName>(session.scope).folder)? {
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
