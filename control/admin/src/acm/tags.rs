use std::collections::BTreeMap;

use ringgate_model::limits::TAGS_MAX;
use serde::Deserialize;
use serde_json::json;

use super::record::{self, OfArn};
use super::{Done, Refusal, Session, parameters};
use crate::tags::{KEY, VALUE};

type Tags = BTreeMap<String, Option<String>>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    certificate_arn: Option<String>,
    tags: Option<Vec<Tag>>,
}

impl Input {
    fn read(self, session: &Session<'_>) -> Result<(record::Found, Vec<Tag>), Refusal> {
        let null = |member| Refusal::constraint(member, "not be null");
        let arn = self.certificate_arn.ok_or_else(|| null("certificateArn"))?;
        let tags = self.tags.ok_or_else(|| null("tags"))?;
        if tags.is_empty() {
            return Err(Refusal::constraint("tags", "have length greater than or equal to 1"));
        }
        Ok((record::find(session, &arn)?, tags))
    }
}

/// `AddTagsToCertificate`: replaces by key.
pub(super) fn add(session: &mut Session<'_>, input: &[u8]) -> Result<Done, Refusal> {
    let (found, added) = parameters::<Input>(input)?.read(session)?;
    let tags = merged(found.record.tags.clone(), added)?;
    write(session, found, tags)
}

/// `RemoveTagsFromCertificate`: one with a value goes only if the tag has that value (API
/// reference).
pub(super) fn remove(session: &mut Session<'_>, input: &[u8]) -> Result<Done, Refusal> {
    let (found, removed) = parameters::<Input>(input)?.read(session)?;
    let mut tags = found.record.tags.clone();
    for tag in removed {
        check(&tag)?;
        let key = tag.key.unwrap_or_default();
        if tag.value.is_none() || tags.get(&key) == Some(&tag.value) {
            tags.remove(&key);
        }
    }
    write(session, found, tags)
}

/// `ListTagsForCertificate`
pub(super) fn list(session: &mut Session<'_>, input: &[u8]) -> Result<Done, Refusal> {
    let found = parameters::<OfArn>(input)?.find(session)?;
    let shown = found.record.tags.iter().map(|(key, value)| match value {
        Some(value) => json!({ "Key": key, "Value": value }),
        None => json!({ "Key": key }),
    });
    Ok(Done::read(json!({ "Tags": shown.collect::<Vec<_>>() })))
}

/// `tags` with `added`, whose keys win.
pub(super) fn merged(mut tags: Tags, added: Vec<Tag>) -> Result<Tags, Refusal> {
    for tag in added {
        check(&tag)?;
        tags.insert(tag.key.unwrap_or_default(), tag.value);
    }
    if tags.len() > TAGS_MAX {
        let message = format!("A certificate has at most {TAGS_MAX} tags.");
        return Err(Refusal::new("TooManyTagsException", message));
    }
    Ok(tags)
}

fn write(session: &Session<'_>, found: record::Found, tags: Tags) -> Result<Done, Refusal> {
    let record = record::Record { tags, ..found.record.clone() };
    let revision = found.replace(session, &record)?;
    Ok(Done { output: json!({}), domains: Vec::new(), revision: Some(revision) })
}

fn check(tag: &Tag) -> Result<(), Refusal> {
    let key = tag.key.as_deref();
    let key = key.ok_or_else(|| Refusal::constraint("tags.member.key", "not be null"))?;
    for (member, text, rule) in
        [("tags.member.key", Some(key), &KEY), ("tags.member.value", tag.value.as_deref(), &VALUE)]
    {
        let broken = text.map(|text| rule.broken_by(text)).unwrap_or_default();
        if let Some(broken) = broken.first() {
            return Err(Refusal::constraint(member, broken));
        }
    }
    if key.starts_with("aws:") {
        // AWS's words (as getmoto/moto quotes them).
        let message = format!(
            "Invalid Tag Key: \"{key}\". AWS internal tags cannot be changed with this API"
        );
        return Err(Refusal::new("InvalidTagException", message));
    }
    Ok(())
}
