use ringgate_model::limits::AUTHORIZER_TTL_S_MAX;
use ringgate_model::{Authorizer, AuthorizerType, JwtConfiguration};

use crate::node::{Kind, Member};
use crate::report::Report;

use super::extensions::AUTHORIZER;

const MEMBERS: [&str; 9] = [
    "type",
    "authorizerUri",
    "authorizerCredentials",
    "authorizerPayloadFormatVersion",
    "authorizerResultTtlInSeconds",
    "enableSimpleResponses",
    "identitySource",
    "identityValidationExpression",
    "jwtConfiguration",
];

/// `x-amazon-apigateway-authorizer` of the security scheme `name`. None: it is none, and that is
/// told.
pub(super) fn read(report: &mut Report, name: &str, member: &Member) -> Option<Authorizer> {
    let problems = report.problems.len();
    let authorizer_type = authorizer_type(report, member)?;
    let mut read = Authorizer { name: name.to_owned(), authorizer_type, ..Authorizer::default() };
    for member in report.members(&member.value, AUTHORIZER) {
        match member.name.as_str() {
            "type" => {}
            "authorizerUri" => read.authorizer_uri = text(report, member),
            "authorizerCredentials" => read.authorizer_credentials_arn = text(report, member),
            "authorizerPayloadFormatVersion" => {
                read.authorizer_payload_format_version = text(report, member);
            }
            "authorizerResultTtlInSeconds" => {
                read.authorizer_result_ttl_in_seconds = ttl_s(report, member);
            }
            "enableSimpleResponses" => read.enable_simple_responses = report.boolean(member),
            "identitySource" => read.identity_source = sources(report, member),
            "identityValidationExpression" => {
                read.identity_validation_expression = text(report, member);
            }
            "jwtConfiguration" => read.jwt_configuration = Some(jwt(report, member)),
            "providerARNs" => {
                let message = "'providerARNs' is for REST APIs; an HTTP API asks a pool as a JWT \
                               issuer";
                report.warning(member.at, message, Some("remove it".to_owned()));
            }
            _ => report.unknown(member, AUTHORIZER, MEMBERS),
        }
    }
    if authorizer_type == AuthorizerType::Request
        && read.authorizer_payload_format_version.is_none()
    {
        let message = "the authorizer has no 'authorizerPayloadFormatVersion'";
        let hint = "authorizerPayloadFormatVersion: '2.0'".to_owned();
        report.hinted(member.at, message, Some(hint));
    }
    (report.problems.len() == problems).then_some(read)
}

fn authorizer_type(report: &mut Report, authorizer: &Member) -> Option<AuthorizerType> {
    if authorizer.value.members().is_none() {
        report.mismatch(&authorizer.value, AUTHORIZER, "an object");
        return None;
    }
    let Some(member) = authorizer.value.get("type") else {
        let message = "the authorizer has no 'type'";
        report.hinted(authorizer.at, message, Some("type: jwt, or type: request".to_owned()));
        return None;
    };
    let text = report.text(member, "jwt or request")?;
    // One of these left out would leave its routes open: no warning, a refusal.
    let message = match text.to_ascii_lowercase().as_str() {
        "jwt" => return Some(AuthorizerType::Jwt),
        "request" => return Some(AuthorizerType::Request),
        "token" | "cognito_user_pools" => {
            format!("'{text}' authorizers are for REST APIs; HTTP APIs take jwt and request")
        }
        _ => format!("'{text}' is no type of authorizer, expected jwt or request"),
    };
    report.problem(member.value.at, message);
    None
}

fn text(report: &mut Report, member: &Member) -> Option<String> {
    report.text(member, "a text").map(str::to_owned)
}

/// AWS's own documents write the number as a text too.
fn ttl_s(report: &mut Report, member: &Member) -> Option<u32> {
    let range = format!("a number of seconds, 0 to {AUTHORIZER_TTL_S_MAX}");
    let text = report.text(member, &range)?;
    let legal = text.parse().ok().filter(|ttl_s| *ttl_s <= AUTHORIZER_TTL_S_MAX);
    if legal.is_none() {
        report.mismatch(&member.value, &member.name, &range);
    }
    legal
}

/// One text, several with commas between them, or a list.
fn sources(report: &mut Report, member: &Member) -> Option<Vec<String>> {
    if matches!(member.value.kind, Kind::List(_)) {
        return report.texts(member).filter(|sources| !sources.is_empty());
    }
    let text = report.text(member, "a text like $request.header.Authorization")?;
    let sources = text.split(',').map(str::trim).filter(|source| !source.is_empty());
    Some(sources.map(str::to_owned).collect()).filter(|sources: &Vec<_>| !sources.is_empty())
}

fn jwt(report: &mut Report, member: &Member) -> JwtConfiguration {
    let mut read = JwtConfiguration::default();
    for member in report.members(&member.value, &member.name) {
        match member.name.as_str() {
            "issuer" => read.issuer = text(report, member),
            "audience" => read.audience = report.texts(member).filter(|list| !list.is_empty()),
            _ => report.unknown(member, "jwtConfiguration", ["issuer", "audience"]),
        }
    }
    read
}
