use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ringgate_tls::{KeyUsages, X509};
use serde::Deserialize;
use serde_json::{Value, json};

use super::describe::{domain_name, key_algorithm, names, status};
use super::record::{self, Record};
use super::{Done, Refusal, Session, parameters, uses};

const ITEMS_MAX: usize = 1000;
/// AWS's default (API reference, `Filters`): other kinds of keys are shown to who asks for them.
const KEY_TYPES: [&str; 2] = ["RSA_1024", "RSA_2048"];
/// Names of a certificate that a summary shows (API reference, `CertificateSummary`).
const NAMES_SHOWN_MAX: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    certificate_statuses: Option<Vec<String>>,
    includes: Option<Filters>,
    next_token: Option<String>,
    max_items: Option<i64>,
    sort_by: Option<String>,
    sort_order: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filters {
    #[serde(default)]
    key_types: Vec<String>,
    #[serde(default)]
    key_usage: Vec<String>,
    #[serde(default)]
    extended_key_usage: Vec<String>,
}

/// A certificate in its place among the others.
struct Item {
    place: (u64, String),
    record: Record,
    read: X509,
}

/// `ListCertificates`
pub(super) fn list(session: &mut Session<'_>, input: &[u8]) -> Result<Done, Refusal> {
    let input: Input = parameters(input)?;
    let max = max_items(input.max_items)?;
    let descends = descends(&input)?;
    let filters = input.includes.unwrap_or_default();
    let now_s = session.now.0;
    let mut items = Vec::new();
    // What is not issued yet has no usages and no dates that it could be shown with.
    let issued = record::all(session)?.into_iter().filter(|(_, record)| !record.is_pending());
    for (arn, record) in issued {
        let read = record.read()?;
        let statuses = input.certificate_statuses.as_deref().unwrap_or_default();
        if filters.take(&read) && has(statuses, &[status(&read, now_s)]) {
            items.push(Item { place: (record.created_at_s, arn), record, read });
        }
    }
    items.sort_by(|a, b| a.place.cmp(&b.place));
    if descends {
        items.reverse();
    }
    if let Some(token) = input.next_token {
        let last = place(&token)?;
        items.retain(|item| if descends { item.place < last } else { item.place > last });
    }
    let more = items.len() > max;
    items.truncate(max);
    let used = uses::all(session.store, session.scope)?;
    let shown: Vec<_> = items.iter().map(|item| summary(item, &used, now_s)).collect();
    let mut output = json!({ "CertificateSummaryList": shown });
    if more && let (Some(last), Value::Object(members)) = (items.last(), &mut output) {
        members.insert("NextToken".to_owned(), token(&last.place).into());
    }
    Ok(Done::read(output))
}

impl Filters {
    fn take(&self, read: &X509) -> bool {
        let KeyUsages { key, extended } = &read.usages;
        let defaults = KEY_TYPES.map(str::to_owned);
        let types = if self.key_types.is_empty() { &defaults[..] } else { &self.key_types };
        let extended: Vec<&str> = extended.iter().map(|(name, _)| *name).collect();
        has(types, &[key_algorithm(read.key).unwrap_or_default()])
            && has(&self.key_usage, key)
            && has(&self.extended_key_usage, &extended)
    }
}

/// True where one of `own` is among `wanted`, or nothing is wanted.
fn has(wanted: &[String], own: &[&str]) -> bool {
    wanted.is_empty() || wanted.iter().any(|wanted| own.contains(&wanted.as_str()))
}

fn max_items(asked: Option<i64>) -> Result<usize, Refusal> {
    let Some(asked) = asked else { return Ok(ITEMS_MAX) };
    let fits = usize::try_from(asked).ok().filter(|asked| (1..=ITEMS_MAX).contains(asked));
    let rule = "have value between 1 and 1000";
    fits.ok_or_else(|| Refusal::constraint("maxItems", rule))
}

/// The two come together, or not at all (API reference).
fn descends(input: &Input) -> Result<bool, Refusal> {
    let wrong = |what: &str| Err(Refusal::new("InvalidArgsException", what));
    match (input.sort_by.as_deref(), input.sort_order.as_deref()) {
        (None, None) | (Some("CREATED_AT"), Some("ASCENDING")) => Ok(false),
        (Some("CREATED_AT"), Some("DESCENDING")) => Ok(true),
        (None, Some(_)) | (Some(_), None) => wrong("SortBy and SortOrder must be given together."),
        (Some("CREATED_AT"), Some(_)) => wrong("SortOrder must be ASCENDING or DESCENDING."),
        _ => wrong("SortBy must be CREATED_AT."),
    }
}

fn summary(item: &Item, used: &BTreeSet<String>, now_s: u64) -> Value {
    let Item { place: (_, arn), record, read } = item;
    let all = names(read);
    let usages = &read.usages;
    let (eligible, since) = match &record.request {
        Some(request) => ("ELIGIBLE", ("IssuedAt", request.issued_at_s)),
        None => ("INELIGIBLE", ("ImportedAt", Some(record.imported_at_s))),
    };
    json!({
        since.0: since.1,
        "CertificateArn": arn,
        "DomainName": domain_name(read),
        "SubjectAlternativeNameSummaries": all.get(..NAMES_SHOWN_MAX).unwrap_or(&all),
        "HasAdditionalSubjectAlternativeNames": all.len() > NAMES_SHOWN_MAX,
        "Status": status(read, now_s),
        "Type": if record.request.is_some() { "AMAZON_ISSUED" } else { "IMPORTED" },
        "KeyAlgorithm": key_algorithm(read.key),
        "KeyUsages": usages.key,
        "ExtendedKeyUsages": usages.extended.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        "InUse": used.contains(arn),
        "RenewalEligibility": eligible,
        "NotBefore": read.validity.not_before_s,
        "NotAfter": read.validity.not_after_s,
        "CreatedAt": record.created_at_s,
    })
}

fn token((created_at_s, arn): &(u64, String)) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{created_at_s}/{arn}"))
}

fn place(token: &str) -> Result<(u64, String), Refusal> {
    let read = || {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (created_at_s, arn) = text.split_once('/')?;
        Some((created_at_s.parse().ok()?, arn.to_owned()))
    };
    read().ok_or_else(|| Refusal::invalid("The NextToken is not valid."))
}
