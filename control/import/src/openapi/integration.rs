use std::collections::BTreeMap;

use ringgate_model::limits::INTEGRATION_TIMEOUT_MS_MIN;
use ringgate_model::{
    Integration, IntegrationType, PathPart, RouteKey, RouteMethod, TlsConfig, UriPiece,
    UriTemplate, closest,
};

use crate::limits::PROBLEMS_MAX;
use crate::node::{Member, Node};
use crate::report::Report;

use super::Document;
use super::extensions::{INTEGRATION, INTEGRATIONS};

const READ: [&str; 13] = [
    "type",
    "uri",
    "httpMethod",
    "payloadFormatVersion",
    "timeoutInMillis",
    "connectionType",
    "connectionId",
    "credentials",
    "description",
    "integrationSubtype",
    "requestParameters",
    "responseParameters",
    "tlsConfig",
];
const REQUIRED: [&str; 3] = ["type", "uri", "httpMethod"];
/// Of REST and WebSocket APIs.
const OTHERS: [&str; 8] = [
    "cacheKeyParameters",
    "cacheNamespace",
    "contentHandling",
    "integrationTarget",
    "passthroughBehavior",
    "requestTemplates",
    "responses",
    "responseTransferMode",
];

/// `x-amazon-apigateway-integration`, in place or by `$ref`; with the name it has in `components`,
/// if that is where it is.
pub(super) fn read(
    document: &mut Document<'_>,
    member: &Member,
    key: &RouteKey,
) -> (Option<String>, Option<Integration>) {
    match follow(document, member) {
        None => (None, None),
        Some((shared, node)) => (shared, read_node(&mut document.report, node, key)),
    }
}

fn read_node(report: &mut Report, node: &Node, key: &RouteKey) -> Option<Integration> {
    let problems = report.problems.len();
    let integration_type = integration_type(report, node);
    let mut read = Integration {
        integration_type: integration_type.unwrap_or_default(),
        connection_type: Some(connection_type(report, node)),
        payload_format_version: Some("1.0".to_owned()),
        timeout_in_millis: Some(report.limits.timeout_ms_default()),
        ..Integration::default()
    };
    let mut misspelt = Vec::new();
    for member in report.members(node, INTEGRATION) {
        match member.name.as_str() {
            "type" | "connectionType" => {}
            "uri" => read.integration_uri = uri(report, member, key, &read),
            "httpMethod" => read.integration_method = method(report, member),
            "payloadFormatVersion" => {
                read.payload_format_version = payload_format_version(report, member, &read);
            }
            "timeoutInMillis" => read.timeout_in_millis = timeout(report, member),
            "connectionId" => read.connection_id = text(report, member),
            "credentials" => read.credentials_arn = text(report, member),
            "description" => read.description = text(report, member),
            "integrationSubtype" => read.integration_subtype = text(report, member),
            "requestParameters" => {
                read.request_parameters = Some(report.text_map(member)).filter(|m| !m.is_empty());
            }
            "responseParameters" => read.response_parameters = by_status(report, member),
            "tlsConfig" => read.tls_config = tls(report, member),
            _ => misspelt.extend(refuse(report, member, node)),
        }
    }
    if read.integration_type == IntegrationType::AwsProxy {
        // Lambda's Invoke and the services' calls are POSTs, and AWS asks for no more words.
        read.integration_method.get_or_insert_with(|| "POST".to_owned());
    }
    required(report, node, &read, &misspelt);
    (report.problems.len() == problems && integration_type.is_some()).then_some(read)
}

/// `told` are the names that stand there misspelt.
fn required(report: &mut Report, node: &Node, read: &Integration, told: &[&str]) {
    // What is no object has been told.
    if node.members().is_none() {
        return;
    }
    let proxy = read.integration_type == IntegrationType::HttpProxy;
    let known = node.get("type").is_none_or(|kind| kind.value.text().and_then(kind_of).is_some());
    for (name, hint) in [
        ("type", "type: http_proxy, or type: aws_proxy"),
        ("uri", "uri: http://127.0.0.1:9000/path"),
        ("httpMethod", "ANY passes the client's method on"),
    ] {
        let wanted =
            known && (proxy || (name == "uri" && node.get("integrationSubtype").is_none()));
        if wanted && !told.contains(&name) && node.get(name).is_none() {
            let hint = match (proxy, name) {
                (false, "uri") => "uri: the ARN of a function",
                _ => hint,
            };
            let message = format!("the integration has no '{name}'");
            report.hinted(node.at, message, Some(hint.to_owned()));
        }
    }
}

type Followed<'n> = (Option<String>, &'n Node);

fn follow<'n, 'd: 'n>(document: &mut Document<'d>, member: &'n Member) -> Option<Followed<'n>> {
    let Some(reference) = member.value.get("$ref") else { return Some((None, &member.value)) };
    let path = document.report.text(reference, "a reference")?;
    if let Some(other) =
        member.value.members().unwrap_or_default().iter().find(|m| m.name != "$ref")
    {
        let message = format!("'{}' has no effect beside a $ref", other.name);
        document.report.problem(other.at, message);
        return None;
    }
    let place = format!("#/components/{INTEGRATIONS}/");
    let name = path.strip_prefix(&place).unwrap_or_default();
    let node = if name.is_empty() { None } else { document.resolve(path) };
    let Some(node) = node else {
        let message = format!("'{path}' names nothing");
        let shared = document.resolve(place.trim_end_matches('/'));
        let names = shared.and_then(Node::members).unwrap_or_default();
        let wanted = path.rsplit('/').next().unwrap_or_default();
        let hint = closest(wanted, names.iter().map(|m| m.name.as_str()))
            .map_or(format!("expected {place}NAME"), |meant| {
                format!("did you mean '{place}{meant}'?")
            });
        document.report.hinted(reference.value.at, message, Some(hint));
        return None;
    };
    document.charge(reference.value.at, node).then(|| (Some(name.to_owned()), node))
}

/// A member that is none of an HTTP API's: a warning, unless it is a required one misspelt, which
/// is a problem; gives the name that was meant then.
fn refuse(report: &mut Report, member: &Member, node: &Node) -> Option<&'static str> {
    let name = member.name.as_str();
    if OTHERS.contains(&name) {
        let message =
            format!("'{name}' is for REST and WebSocket APIs; an HTTP API has no such thing");
        report.warning(member.at, message, Some("remove it".to_owned()));
        return None;
    }
    // What was meant takes long to find out: not for more than is told.
    if report.problems.len() + report.warnings.len() < PROBLEMS_MAX
        && let Some(meant) = closest(name, known()).filter(|meant| REQUIRED.contains(meant))
        && node.get(meant).is_none()
    {
        let hint = format!("did you mean '{meant}'?");
        report.hinted(member.at, format!("{INTEGRATION} has no member '{name}'"), Some(hint));
        return Some(meant);
    }
    report.unknown(member, INTEGRATION, known());
    None
}

fn known() -> impl Iterator<Item = &'static str> {
    READ.into_iter().chain(OTHERS)
}

fn text(report: &mut Report, member: &Member) -> Option<String> {
    report.text(member, "a text").map(str::to_owned)
}

fn kind_of(text: &str) -> Option<IntegrationType> {
    match text.to_ascii_lowercase().as_str() {
        "http_proxy" => Some(IntegrationType::HttpProxy),
        "aws_proxy" => Some(IntegrationType::AwsProxy),
        _ => None,
    }
}

/// None: there is none, or it is wrong and told.
fn integration_type(report: &mut Report, node: &Node) -> Option<IntegrationType> {
    let member = node.get("type")?;
    let text = report.text(member, "http_proxy or aws_proxy")?;
    let kind = kind_of(text);
    if kind.is_none() {
        let message = match text.to_ascii_lowercase().as_str() {
            "http" | "aws" | "mock" => format!(
                "'{text}' is for REST and WebSocket APIs; HTTP APIs take http_proxy and aws_proxy"
            ),
            _ => {
                format!("'{text}' is no type of integration, expected http_proxy or aws_proxy")
            }
        };
        report.problem(member.value.at, message);
    }
    kind
}

fn connection_type(report: &mut Report, node: &Node) -> String {
    let member = node.get("connectionType");
    let text = member.and_then(|member| report.text(member, "INTERNET or VPC_LINK"));
    if let (Some(member), Some(text)) = (member, text)
        && !["INTERNET", "VPC_LINK"].contains(&text)
    {
        let message = format!("'{text}' is no connection type, expected INTERNET or VPC_LINK");
        report.problem(member.value.at, message);
    }
    text.unwrap_or("INTERNET").to_owned()
}

fn uri(
    report: &mut Report,
    member: &Member,
    key: &RouteKey,
    integration: &Integration,
) -> Option<String> {
    let text = report.text(member, "a URL or an ARN")?;
    let at = member.value.at;
    let private = integration.connection_type.as_deref() == Some("VPC_LINK");
    if private || integration.integration_type == IntegrationType::AwsProxy {
        // An ARN of a kind that the operations judge, who know every kind.
        return Some(text.to_owned());
    }
    if text.starts_with("arn:") {
        let message = "an ARN is called by aws_proxy integrations, or through a VPC link";
        report.problem(at, message);
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
            let hint = closest(name, captured.iter().copied());
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

fn payload_format_version(
    report: &mut Report,
    member: &Member,
    integration: &Integration,
) -> Option<String> {
    let text = report.text(member, "1.0 or 2.0")?;
    let lambda = integration.integration_type == IntegrationType::AwsProxy;
    let message = match text {
        "1.0" => return Some(text.to_owned()),
        "2.0" if lambda => return Some(text.to_owned()),
        "2.0" => "payload format 2.0 is for Lambda; http_proxy takes 1.0".to_owned(),
        _ if lambda => format!("'{text}' is no payload format, expected 1.0 or 2.0"),
        _ => format!("'{text}' is no payload format, expected 1.0"),
    };
    report.problem(member.value.at, message);
    None
}

fn timeout(report: &mut Report, member: &Member) -> Option<u32> {
    let max = report.limits.timeout_ms_max();
    let range = format!("{INTEGRATION_TIMEOUT_MS_MIN} to {max} milliseconds");
    let ms = report.integer(member, &range)?;
    let legal = u32::try_from(ms).ok().filter(|ms| (INTEGRATION_TIMEOUT_MS_MIN..=max).contains(ms));
    if legal.is_none() {
        report.problem(member.value.at, format!("'timeoutInMillis': expected {range}, found {ms}"));
    }
    legal
}

/// `responseParameters`: by status code.
fn by_status(
    report: &mut Report,
    member: &Member,
) -> Option<BTreeMap<String, BTreeMap<String, String>>> {
    let statuses = report.members(&member.value, &member.name);
    let all = statuses.iter().map(|status| (status.name.clone(), report.text_map(status)));
    Some(all.collect()).filter(|all: &BTreeMap<_, _>| !all.is_empty())
}

fn tls(report: &mut Report, member: &Member) -> Option<TlsConfig> {
    let mut read = TlsConfig::default();
    for part in report.members(&member.value, &member.name) {
        match part.name.as_str() {
            "serverNameToVerify" => read.server_name_to_verify = text(report, part),
            "insecureSkipVerification" => {
                let message =
                    "'insecureSkipVerification' is for REST APIs; an HTTP API has no such thing";
                report.warning(part.at, message, Some("remove it".to_owned()));
            }
            _ => report.unknown(part, &member.name, ["serverNameToVerify"]),
        }
    }
    Some(read).filter(|read| *read != TlsConfig::default())
}
