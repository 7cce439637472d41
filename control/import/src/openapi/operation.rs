use ringgate_model::{Integration, RouteKey};

use crate::limits::OPERATION_NAME_CHARS_MAX;
use crate::node::Member;

use super::extensions::{self, INTEGRATION, Place};
use super::{Document, integration, security};

const MEMBERS: [&str; 12] = [
    "tags",
    "summary",
    "description",
    "externalDocs",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "deprecated",
    "security",
    "servers",
];

/// An operation: the name of its route and what it calls.
pub(super) fn read(
    document: &mut Document<'_>,
    operation: &Member,
    key: &RouteKey,
) -> (Option<String>, Option<Integration>) {
    let (mut name, mut target) = (None, None);
    for member in document.report.members(&operation.value, &operation.name) {
        match member.name.as_str() {
            "operationId" => name = operation_name(document, member),
            "security" => security::check(document, member),
            INTEGRATION => target = Some(integration::read(document, member, key)),
            "isDefaultRoute" => {
                document.report.boolean(member);
            }
            other if other.starts_with("x-") => {
                extensions::check(&mut document.report, member, Place::Operation);
            }
            other if MEMBERS.contains(&other) => {}
            _ => document.report.unknown(member, "an operation", MEMBERS),
        }
    }
    if let (None, Some(security)) = (operation.value.get("security"), document.root.get("security"))
    {
        security::check(document, security);
    }
    if target.is_none() {
        let message = format!("'{key}' has no {INTEGRATION}: it will answer 500");
        document.report.note(operation.at, message, None);
    }
    (name, target.flatten())
}

fn operation_name(document: &mut Document<'_>, member: &Member) -> Option<String> {
    let name = document.report.text(member, "a text")?;
    if name.chars().count() > OPERATION_NAME_CHARS_MAX {
        let message = format!(
            "'operationId' is over {OPERATION_NAME_CHARS_MAX} characters: it names no route"
        );
        document.report.note(member.at, message, None);
        return None;
    }
    Some(name.to_owned()).filter(|name| !name.is_empty())
}
