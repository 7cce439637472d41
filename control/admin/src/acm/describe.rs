use ringgate_model::{ControlArn, Taggable};
use ringgate_tls::{PublicKeyKind, X509};
use serde_json::{Value, json};

use super::record::{OfArn, Record};
use super::{Done, Refusal, Session, parameters, uses};

/// `DescribeCertificate`
pub(super) fn describe(session: &mut Session<'_>, input: &[u8]) -> Result<Done, Refusal> {
    let found = parameters::<OfArn>(input)?.find(session)?;
    let read = found.record.read()?;
    let (users, _) = uses::of_arn(session, &found.arn)?;
    let region = &session.scope.region;
    let users = users.into_iter().map(|domain| {
        let resource = Taggable::DomainName(domain.domain_name);
        ControlArn { region: region.clone(), resource }.to_string()
    });
    let usages = &read.usages;
    let shown = json!({
        "CertificateArn": found.arn,
        "DomainName": domain_name(&read),
        "SubjectAlternativeNames": names(&read),
        "Serial": read.serial_text(),
        "Subject": read.subject,
        "Issuer": read.issuer_name.as_deref().unwrap_or(&read.issuer),
        "CreatedAt": found.record.created_at_s,
        "ImportedAt": found.record.imported_at_s,
        "Status": status(&read, session.now.0),
        "NotBefore": read.validity.not_before_s,
        "NotAfter": read.validity.not_after_s,
        "KeyAlgorithm": key_algorithm(read.key),
        "SignatureAlgorithm": read.signature_algorithm,
        "InUseBy": users.collect::<Vec<_>>(),
        "Type": "IMPORTED",
        "KeyUsages": usages.key.iter().map(|name| json!({ "Name": name })).collect::<Vec<_>>(),
        "ExtendedKeyUsages": usages
            .extended
            .iter()
            .map(|(name, oid)| json!({ "Name": name, "OID": oid }))
            .collect::<Vec<_>>(),
        "RenewalEligibility": "INELIGIBLE",
        // Nobody here puts a certificate into a log; the model knows no third word.
        "Options": { "CertificateTransparencyLoggingPreference": "DISABLED" },
    });
    Ok(Done::read(json!({ "Certificate": shown })))
}

/// `GetCertificate`
pub(super) fn get(session: &mut Session<'_>, input: &[u8]) -> Result<Done, Refusal> {
    let Record { certificate, chain, .. } = parameters::<OfArn>(input)?.find(session)?.record;
    let mut output = json!({ "Certificate": certificate });
    if !chain.is_empty()
        && let Value::Object(members) = &mut output
    {
        members.insert("CertificateChain".to_owned(), chain.into());
    }
    Ok(Done::read(output))
}

/// The common name, else the first DNS name.
pub(super) fn domain_name(read: &X509) -> Option<&str> {
    read.common_name.as_deref().or_else(|| read.dns_names.first().map(String::as_str))
}

/// Every name it is for, the main one first.
pub(super) fn names(read: &X509) -> Vec<&str> {
    let main = domain_name(read).filter(|main| read.dns_names.iter().any(|name| name == main));
    let others = read.dns_names.iter().map(String::as_str).filter(|name| Some(*name) != main);
    main.into_iter().chain(others).collect()
}

pub(super) fn status(read: &X509, now_s: u64) -> &'static str {
    if now_s > read.validity.not_after_s { "EXPIRED" } else { "ISSUED" }
}

/// `KeyAlgorithm`; `None` for a key that custom domain names cannot have.
pub(super) fn key_algorithm(key: PublicKeyKind) -> Option<&'static str> {
    match key {
        PublicKeyKind::Rsa(2048) => Some("RSA_2048"),
        PublicKeyKind::Rsa(3072) => Some("RSA_3072"),
        PublicKeyKind::Rsa(4096) => Some("RSA_4096"),
        PublicKeyKind::Ec("prime256v1") => Some("EC_prime256v1"),
        PublicKeyKind::Ec("secp384r1") => Some("EC_secp384r1"),
        PublicKeyKind::Ec("secp521r1") => Some("EC_secp521r1"),
        _ => None,
    }
}
