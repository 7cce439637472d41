use ringgate_model::limits::{INTEGRATION_TIMEOUT_MS_MAX, INTEGRATION_TIMEOUT_MS_MIN};
use ringgate_model::{
    Integration, IntegrationType, PathPart, RouteKey, RouteMethod, UriPiece, UriTemplate,
};

use crate::node::{Member, Node};
use crate::report::Report;

use super::Document;
use super::extensions::{INTEGRATION, INTEGRATIONS};

const READ: [&str; 6] =
    ["type", "uri", "httpMethod", "payloadFormatVersion", "timeoutInMillis", "connectionType"];
/// Of HTTP APIs on AWS, not of Ringgate's yet.
const NOT_YET: [&str; 6] = [
    "connectionId",
    "credentials",
    "integrationSubtype",
    "requestParameters",
    "responseParameters",
    "tlsConfig",
];
/// Of REST and WebSocket APIs.
const OTHERS: [&str; 7] = [
    "cacheKeyParameters",
    "cacheNamespace",
    "contentHandling",
    "passthroughBehavior",
    "requestTemplates",
    "responses",
    "responseTransferMode",
];

/// `x-amazon-apigateway-integration`, in place or by `$ref`.
pub(super) fn read(
    document: &mut Document<'_>,
    member: &Member,
    key: &RouteKey,
) -> Option<Integration> {
    let node = follow(document, member)?;
    let report = &mut document.report;
    let problems = report.problems.len();
    let mut read = Integration {
        connection_type: Some("INTERNET".to_owned()),
        payload_format_version: Some("1.0".to_owned()),
        timeout_in_millis: Some(INTEGRATION_TIMEOUT_MS_MAX),
        ..Integration::default()
    };
    for member in report.members(node, INTEGRATION) {
        match member.name.as_str() {
            "type" => integration_type(report, member),
            "uri" => read.integration_uri = uri(report, member, key),
            "httpMethod" => read.integration_method = method(report, member),
            "payloadFormatVersion" => payload_format_version(report, member),
            "timeoutInMillis" => read.timeout_in_millis = timeout(report, member),
            "connectionType" => connection_type(report, member),
            name => refuse(report, member, name),
        }
    }
    for required in ["type", "uri", "httpMethod"] {
        // A type that is not built yet needs no more words, nor does a name told as misspelt.
        let Some(members) = node.members() else { break };
        let misspelt = members.iter().any(|member| meant(&member.name) == Some(required));
        if !misspelt && node.get(required).is_none() && is_http_proxy(node) {
            let hint = match required {
                "httpMethod" => "ANY passes the client's method on",
                "type" => "type: http_proxy",
                _ => "uri: http://127.0.0.1:9000/path",
            };
            let message = format!("the integration has no '{required}'");
            report.hinted(node.at, message, Some(hint.to_owned()));
        }
    }
    read.integration_type = IntegrationType::HttpProxy;
    (report.problems.len() == problems).then_some(read)
}

fn follow<'n, 'd: 'n>(document: &mut Document<'d>, member: &'n Member) -> Option<&'n Node> {
    let Some(reference) = member.value.get("$ref") else { return Some(&member.value) };
    let path = document.report.text(reference, "a reference")?;
    if let Some(other) =
        member.value.members().unwrap_or_default().iter().find(|m| m.name != "$ref")
    {
        let message = format!("'{}' has no effect beside a $ref", other.name);
        document.report.problem(other.at, message);
        return None;
    }
    let place = format!("#/components/{INTEGRATIONS}/");
    let node = path.starts_with(&place).then(|| document.resolve(path)).flatten();
    if node.is_none() {
        let message = format!("'{path}' names nothing");
        let shared = document.resolve(place.trim_end_matches('/'));
        let names = shared.and_then(Node::members).unwrap_or_default();
        let wanted = path.rsplit('/').next().unwrap_or_default();
        let hint = crate::report::closest(wanted, names.iter().map(|m| m.name.as_str()))
            .map_or(format!("expected {place}NAME"), |meant| {
                format!("did you mean '{place}{meant}'?")
            });
        document.report.hinted(reference.value.at, message, Some(hint));
    }
    node
}

fn is_http_proxy(node: &Node) -> bool {
    let kind = node.get("type").and_then(|member| member.value.text());
    kind.is_none_or(|kind| kind.eq_ignore_ascii_case("http_proxy"))
}

fn refuse(report: &mut Report, member: &Member, name: &str) {
    if NOT_YET.contains(&name) {
        report.problem(member.at, format!("'{name}' is not supported by Ringgate yet"));
    } else if OTHERS.contains(&name) {
        let message =
            format!("'{name}' is for REST and WebSocket APIs; an HTTP API has no such thing");
        report.hinted(member.at, message, Some("remove it".to_owned()));
    } else {
        report.unknown(member, INTEGRATION, known());
    }
}

fn known() -> impl Iterator<Item = &'static str> {
    READ.into_iter().chain(NOT_YET).chain(OTHERS)
}

/// What an unknown member was meant to be.
fn meant(name: &str) -> Option<&'static str> {
    if known().any(|known| known == name) { None } else { crate::report::closest(name, known()) }
}

fn integration_type(report: &mut Report, member: &Member) {
    let Some(text) = report.text(member, "http_proxy") else { return };
    let message = match text.to_ascii_lowercase().as_str() {
        "http_proxy" => return,
        "aws_proxy" => {
            "'aws_proxy' (Lambda and AWS services) is not supported by Ringgate yet".into()
        }
        "http" | "aws" | "mock" => {
            format!("'{text}' is for REST and WebSocket APIs; HTTP APIs take http_proxy")
        }
        _ => format!("'{text}' is no type of integration, expected http_proxy"),
    };
    report.problem(member.value.at, message);
}

fn uri(report: &mut Report, member: &Member, key: &RouteKey) -> Option<String> {
    let text = report.text(member, "a URL")?;
    let at = member.value.at;
    if text.starts_with("arn:") {
        report.problem(at, "an ARN is called by aws_proxy integrations only");
        return None;
    }
    let template = match UriTemplate::parse(text) {
        Ok(template) => template,
        Err(error) => {
            let hint = "a URI is like http://127.0.0.1:9000/pets/{id}".to_owned();
            report.hinted(at, format!("'{text}': {error}"), Some(hint));
            return None;
        }
    };
    let captured: Vec<&str> = match key {
        RouteKey::Default => Vec::new(),
        RouteKey::Path { parts, .. } => parts.iter().filter_map(PathPart::name).collect(),
    };
    for piece in &template.pieces {
        let UriPiece::Param(name) = piece else { continue };
        if !captured.contains(&name.as_str()) {
            let message =
                format!("'{key}' captures no '{name}': {{{name}}} is filled with nothing");
            let hint = crate::report::closest(name, captured.iter().copied());
            report.note(at, message, hint.map(|meant| format!("did you mean '{{{meant}}}'?")));
        }
    }
    Some(text.to_owned())
}

fn method(report: &mut Report, member: &Member) -> Option<String> {
    let text = report.text(member, "a method")?;
    if RouteMethod::parse(text).is_some() {
        return Some(text.to_owned());
    }
    let known = RouteMethod::ALL.map(RouteMethod::as_str);
    let upper = text.to_ascii_uppercase();
    let hint = match RouteMethod::parse(&upper) {
        Some(_) => format!("methods are written in upper case: {upper}"),
        None => format!("one of {}", known.join(", ")),
    };
    report.hinted(member.value.at, format!("'{text}' is no method"), Some(hint));
    None
}

fn payload_format_version(report: &mut Report, member: &Member) {
    let Some(text) = report.text(member, "1.0") else { return };
    let message = match text {
        "1.0" => return,
        "2.0" => "payload format 2.0 is for Lambda; http_proxy takes 1.0".to_owned(),
        _ => format!("'{text}' is no payload format, expected 1.0"),
    };
    report.problem(member.value.at, message);
}

fn timeout(report: &mut Report, member: &Member) -> Option<u32> {
    let range =
        format!("{INTEGRATION_TIMEOUT_MS_MIN} to {INTEGRATION_TIMEOUT_MS_MAX} milliseconds");
    let ms = report.integer(member, &range)?;
    let legal = u32::try_from(ms)
        .ok()
        .filter(|ms| (INTEGRATION_TIMEOUT_MS_MIN..=INTEGRATION_TIMEOUT_MS_MAX).contains(ms));
    if legal.is_none() {
        report.problem(member.value.at, format!("'timeoutInMillis': expected {range}, found {ms}"));
    }
    legal
}

fn connection_type(report: &mut Report, member: &Member) {
    let Some(text) = report.text(member, "INTERNET") else { return };
    let message = match text {
        "INTERNET" => return,
        "VPC_LINK" => "'VPC_LINK' is not supported by Ringgate yet".to_owned(),
        _ => format!("'{text}' is no connection type, expected INTERNET"),
    };
    report.problem(member.value.at, message);
}
