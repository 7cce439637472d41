use ringgate_model::{ControlArn, Taggable};
use ringgate_tls::{PublicKeyKind, X509};
use serde_json::{Map, Value, json};

use super::record::{OfArn, Record, Requested};
use super::{Done, Refusal, Session, parameters, uses};

/// `DescribeCertificate`
pub(super) fn describe(session: &mut Session<'_>, input: &[u8]) -> Result<Done, Refusal> {
    let found = parameters::<OfArn>(input)?.find(session)?;
    let (users, _) = uses::of_arn(session.store, session.scope, &found.arn)?;
    let region = &session.scope.region;
    let users = users.into_iter().map(|domain| {
        let resource = Taggable::DomainName(domain.domain_name);
        ControlArn { region: region.clone(), resource }.to_string()
    });
    let users: Vec<String> = users.collect();
    let request = found.record.request.as_ref();
    let mut shown = match request {
        Some(request) if found.record.is_pending() => pending(&found.arn, request),
        _ => issued(&found.arn, &found.record, session.now.0)?,
    };
    if let Value::Object(members) = &mut shown {
        members.insert("InUseBy".to_owned(), json!(users));
        if let Some(request) = request {
            members.extend(requested(request));
            members.remove("ImportedAt");
        }
        members.insert("CreatedAt".to_owned(), found.record.created_at_s.into());
    }
    Ok(Done::read(json!({ "Certificate": shown })))
}

/// What is so of a certificate that was requested, whether it is issued or not.
fn requested(request: &Requested) -> Map<String, Value> {
    let is_issued = request.issued_at_s.is_some();
    let status = if is_issued { "SUCCESS" } else { "PENDING_VALIDATION" };
    let option = |name: &String| {
        json!({ "DomainName": name, "ValidationDomain": name, "ValidationMethod": "HTTP",
            "ValidationStatus": status })
    };
    let mut members = Map::new();
    let options: Vec<Value> = request.names.iter().map(option).collect();
    members.insert("DomainValidationOptions".to_owned(), options.into());
    members.insert("Type".to_owned(), "AMAZON_ISSUED".into());
    members.insert("RenewalEligibility".to_owned(), "ELIGIBLE".into());
    if let Some(at_s) = request.issued_at_s {
        members.insert("IssuedAt".to_owned(), at_s.into());
    }
    members
}

fn pending(arn: &str, request: &Requested) -> Value {
    json!({
        "CertificateArn": arn,
        "DomainName": request.names.first(),
        "SubjectAlternativeNames": request.names,
        "Status": "PENDING_VALIDATION",
        "KeyAlgorithm": request.key_algorithm,
        "Options": { "CertificateTransparencyLoggingPreference": "DISABLED" },
    })
}

fn issued(arn: &str, record: &Record, now_s: u64) -> Result<Value, Refusal> {
    let read = record.read()?;
    let usages = &read.usages;
    Ok(json!({
        "CertificateArn": arn,
        "DomainName": domain_name(&read),
        "SubjectAlternativeNames": names(&read),
        "Serial": read.serial_text(),
        "Subject": read.subject,
        "Issuer": read.issuer_name.as_deref().unwrap_or(&read.issuer),
        "ImportedAt": record.imported_at_s,
        "Status": status(&read, now_s),
        "NotBefore": read.validity.not_before_s,
        "NotAfter": read.validity.not_after_s,
        "KeyAlgorithm": key_algorithm(read.key),
        "SignatureAlgorithm": read.signature_algorithm,
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
    }))
}

/// `GetCertificate`
pub(super) fn get(session: &mut Session<'_>, input: &[u8]) -> Result<Done, Refusal> {
    let found = parameters::<OfArn>(input)?.find(session)?;
    if found.record.is_pending() {
        let message = format!("The certificate {} has not been issued yet.", found.arn);
        return Err(Refusal::new("RequestInProgressException", message));
    }
    let Record { certificate, chain, .. } = found.record;
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
pub(crate) fn key_algorithm(key: PublicKeyKind) -> Option<&'static str> {
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

/// The kind of key that a `KeyAlgorithm` names, of those that are made here.
pub(crate) fn key_kind(algorithm: &str) -> Option<PublicKeyKind> {
    match algorithm {
        "RSA_2048" => Some(PublicKeyKind::Rsa(2048)),
        "EC_prime256v1" => Some(PublicKeyKind::Ec("prime256v1")),
        "EC_secp384r1" => Some(PublicKeyKind::Ec("secp384r1")),
        _ => None,
    }
}
