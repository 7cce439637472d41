use ringgate_model::RouteKey;

use crate::DesiredRoute;
use crate::limits::OPERATION_NAME_CHARS_MAX;
use crate::node::Member;

use super::extensions::{self, AUTH, INTEGRATION, Place};
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

/// An operation: the name of its route, who may call it and what it calls.
pub(super) fn read(
    document: &mut Document<'_>,
    operation: &Member,
    key: &RouteKey,
) -> DesiredRoute {
    let mut route = DesiredRoute { route_key: key.to_string(), ..DesiredRoute::default() };
    let (mut own, mut auth) = (None, None);
    for member in document.report.members(&operation.value, &operation.name) {
        match member.name.as_str() {
            "operationId" => route.operation_name = operation_name(document, member),
            "security" => own = Some(security::read(document, member)),
            AUTH => auth = security::auth(document, member),
            INTEGRATION => {
                let (shared, read) = integration::read(document, member, key);
                (route.shared_integration, route.integration) = (shared, read);
            }
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
    if operation.value.get(INTEGRATION).is_none() {
        let message = format!("'{key}' has no {INTEGRATION}: it will answer 500");
        document.report.note(operation.at, message, None);
    }
    if let Some(asked) = auth.or_else(|| own.unwrap_or_else(|| document.security.clone())) {
        route.authorization_type = Some(asked.authorization_type);
        route.authorizer_name = asked.authorizer_name;
        route.authorization_scopes = asked.scopes;
    }
    route
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
