use std::collections::BTreeMap;

use ringgate_model::limits::{
    API_NAME_CHARS_MAX, DESCRIPTION_CHARS_MAX, TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_MAX,
    VERSION_CHARS_MAX,
};

use crate::Desired;
use crate::node::{Kind, Member};

use super::extensions::{Place, TAG_VALUE, check};
use super::{Document, extensions};

/// OpenAPI 3.1, section 4.8.2; `summary` is not in 3.0, and does no harm there.
const MEMBERS: [&str; 7] =
    ["title", "summary", "description", "termsOfService", "contact", "license", "version"];

/// `info`: what the API is called.
pub(super) fn read(document: &mut Document<'_>, info: &Member, desired: &mut Desired) {
    let report = &mut document.report;
    for member in report.members(&info.value, "info") {
        match member.name.as_str() {
            "title" => {
                let title = report.text(member, "the name of the API").unwrap_or_default();
                if title.is_empty() || title.chars().count() > API_NAME_CHARS_MAX {
                    let message = format!("'title': expected 1 to {API_NAME_CHARS_MAX} characters");
                    report.problem(member.value.at, message);
                }
                desired.name = title.to_owned();
            }
            "description" if !member.value.is_null() => {
                let Some(text) = report.text(member, "a text") else { continue };
                let kept: String = text.chars().take(DESCRIPTION_CHARS_MAX).collect();
                if kept.len() < text.len() {
                    let message =
                        format!("'description' is cut after {DESCRIPTION_CHARS_MAX} characters");
                    report.note(member.at, message, None);
                }
                desired.description = Some(kept).filter(|kept| !kept.is_empty());
            }
            "version" if !member.value.is_null() => {
                let Some(text) = report.text(member, "a text") else { continue };
                if text.chars().count() > VERSION_CHARS_MAX {
                    let message =
                        format!("'version': expected at most {VERSION_CHARS_MAX} characters");
                    report.problem(member.value.at, message);
                }
                desired.version = Some(text.to_owned()).filter(|text| !text.is_empty());
            }
            name if MEMBERS.contains(&name) || name.starts_with("x-") => {}
            _ => report.unknown(member, "'info'", MEMBERS),
        }
    }
    if info.value.members().is_some() && info.value.get("title").is_none() {
        report.problem(info.at, "'info' has no 'title', the name of the API");
    }
}

/// `tags`: those with an `x-amazon-apigateway-tag-value` are tags of the API.
pub(super) fn tags(document: &mut Document<'_>, member: &Member) -> BTreeMap<String, String> {
    let report = &mut document.report;
    let mut tags = BTreeMap::new();
    let Kind::List(nodes) = &member.value.kind else {
        report.mismatch(&member.value, "tags", "a list");
        return tags;
    };
    for node in nodes {
        for other in node.members().unwrap_or_default() {
            if other.name != TAG_VALUE && other.name.starts_with("x-") {
                check(report, other, Place::Tag);
            }
        }
        let Some(value) = node.get(TAG_VALUE) else { continue };
        let Some(name) = node.get("name").and_then(|name| name.value.text()) else {
            report.problem(node.at, format!("a tag with '{TAG_VALUE}' needs a 'name'"));
            continue;
        };
        let Some(text) = report.text(value, "a text") else { continue };
        let key_fits = (1..=TAG_KEY_CHARS_MAX).contains(&name.chars().count());
        if !key_fits || text.chars().count() > TAG_VALUE_CHARS_MAX || name.starts_with("aws:") {
            let message = format!(
                "a tag has a name of 1 to {TAG_KEY_CHARS_MAX} characters that does not begin with \
                 'aws:' and a value of at most {TAG_VALUE_CHARS_MAX}"
            );
            report.problem(node.at, message);
            continue;
        }
        if tags.insert(name.to_owned(), text.to_owned()).is_some() {
            report.problem(node.at, format!("the tag '{name}' stands twice"));
        }
    }
    if tags.len() > TAGS_MAX {
        report.problem(member.at, format!("{} tags, an API has at most {TAGS_MAX}", tags.len()));
    }
    tags
}

/// `x-amazon-apigateway-endpoint-configuration`: whether the default endpoint is off, and which
/// addresses it has.
pub(super) fn endpoint(document: &mut Document<'_>, configuration: &Member, desired: &mut Desired) {
    let report = &mut document.report;
    for member in report.members(&configuration.value, &configuration.name) {
        match member.name.as_str() {
            "disableExecuteApiEndpoint" => {
                desired.disable_execute_api_endpoint = report.boolean(member).unwrap_or_default();
            }
            "ipAddressType" => {
                desired.ip_address_type = report.text(member, "a text").map(str::to_owned);
            }
            "vpcEndpointIds" | "types" => {
                let message =
                    format!("'{}' is for REST APIs; an HTTP API has no such thing", member.name);
                report.warning(member.at, message, None);
            }
            _ => {
                let of = extensions::ENDPOINT_CONFIGURATION;
                report.unknown(member, of, ["disableExecuteApiEndpoint", "ipAddressType"]);
            }
        }
    }
}
