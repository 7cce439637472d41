use ringgate_model::limits::{CERTIFICATES_MAX, DOMAIN_NAME_CHARS_MAX};
use serde::Deserialize;
use serde_json::json;

use super::describe::key_kind;
use super::import::uuid;
use super::record::{self, Record, Requested};
use super::tags::{self, Tag};
use super::{Done, Refusal, Session, parameters};

/// Names of one certificate (AWS: 10, and up to 100 on demand).
const NAMES_MAX: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    domain_name: Option<String>,
    subject_alternative_names: Option<Vec<String>>,
    validation_method: Option<String>,
    idempotency_token: Option<String>,
    key_algorithm: Option<String>,
    tags: Option<Vec<Tag>>,
}

/// `RequestCertificate`: it is obtained by ACME, and proved by HTTP-01.
pub(super) fn request(session: &mut Session<'_>, input: &[u8]) -> Result<Done, Refusal> {
    let input: Input = parameters(input)?;
    if !session.options.acme {
        return Err(invalid("No authority issues certificates here: give --acme-directory."));
    }
    let names = names(&input)?;
    if input.validation_method.as_deref().is_some_and(|method| method != "HTTP") {
        return Err(invalid("ValidationMethod must be HTTP: names are proved by HTTP-01."));
    }
    let key_algorithm = input.key_algorithm.unwrap_or_else(|| "RSA_2048".to_owned());
    if key_kind(&key_algorithm).is_none() {
        return Err(invalid("KeyAlgorithm must be RSA_2048, EC_prime256v1 or EC_secp384r1."));
    }
    let all = record::all(session)?;
    let token = input.idempotency_token;
    let is_same = |record: &Record| {
        record.request.as_ref().is_some_and(|request| {
            token.is_some() && request.idempotency_token == token && request.names == names
        })
    };
    if let Some((arn, _)) = all.iter().find(|(_, record)| is_same(record)) {
        return Ok(Done::read(json!({ "CertificateArn": arn })));
    }
    if all.len() >= CERTIFICATES_MAX {
        let message = format!("At most {CERTIFICATES_MAX} certificates are kept.");
        return Err(Refusal::new("LimitExceededException", message));
    }
    let arn = record::arn_of(session.scope, &uuid(session.entropy));
    let now_s = session.now.0;
    let requested = Requested {
        names,
        key_algorithm,
        idempotency_token: token,
        due_s: now_s,
        failures: 0,
        failure: None,
        issued_at_s: None,
    };
    let record = Record::requested(
        requested,
        now_s,
        tags::merged(Default::default(), input.tags.unwrap_or_default())?,
    );
    let revision = record::create(session, &arn, &record)?;
    Ok(Done {
        output: json!({ "CertificateArn": arn }),
        domains: Vec::new(),
        revision: Some(revision),
    })
}

/// All of them, the main one first.
fn names(input: &Input) -> Result<Vec<String>, Refusal> {
    let main = input.domain_name.as_deref();
    let main = main.ok_or_else(|| Refusal::constraint("domainName", "not be null"))?;
    let others = input.subject_alternative_names.as_deref().unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    for name in [main].into_iter().chain(others.iter().map(String::as_str)) {
        let name = name.to_ascii_lowercase();
        if name.starts_with("*.") {
            let code = "InvalidDomainValidationOptionsException";
            return Err(Refusal::new(code, "HTTP-01 proves no wildcard names."));
        }
        if !is_dns_name(&name) {
            return Err(invalid(&format!("'{name}' is no DNS name.")));
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > NAMES_MAX {
        let message = format!("A certificate has at most {NAMES_MAX} names.");
        return Err(Refusal::new("LimitExceededException", message));
    }
    Ok(names)
}

fn is_dns_name(name: &str) -> bool {
    let legal = |label: &str| {
        let inner = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (1..=63).contains(&label.len()) && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    name.len() <= DOMAIN_NAME_CHARS_MAX && name.contains('.') && name.split('.').all(legal)
}

fn invalid(message: &str) -> Refusal {
    Refusal::new("InvalidParameterException", message)
}
