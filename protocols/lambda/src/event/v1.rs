//! Payload format 1.0. What a request does not have is null.

use crate::choices;
use crate::event::body::Body;
use crate::event::context::{
    domain_prefix, write_client_cert, write_list_or_null, write_map, write_or_null,
};
use crate::event::fields::Fields;
use crate::event::query::{Query, last, list};
use crate::event::{Question, authorizer, path};
use crate::json::Json;
use crate::request::{Authorizer, Context, Format, Iam, Request};

pub(super) fn write(
    json: &mut Json<'_>,
    request: &Request<'_>,
    context: &Context<'_>,
    question: Option<&Question<'_>>,
) {
    let fields = Fields::of(request, context);
    let query = Query::parse(request.query);
    let body = Body::new(request.body, fields.get("content-type"));
    json.open(b'{');
    json.member("version", "1.0");
    if let Some(question) = question {
        let sources = question.identity_sources.join(",");
        json.member("type", "REQUEST");
        json.member("methodArn", question.arn);
        json.member("identitySource", &sources);
        json.member("authorizationToken", &sources);
    }
    json.member("resource", resource(context));
    json.key("path");
    path::write(json, prefix(context), request.path, false);
    json.member("httpMethod", request.method);
    json.key("headers");
    fields.write(json, Format::V1, last);
    json.key("multiValueHeaders");
    fields.write(json, Format::V1, list);
    if query.is_empty() {
        json.member_value("queryStringParameters", b"null");
        json.member_value("multiValueQueryStringParameters", b"null");
    } else {
        json.key("queryStringParameters");
        query.write(json, last);
        json.key("multiValueQueryStringParameters");
        query.write(json, list);
    }
    write_context(json, request, context, &fields);
    write_map_or_null(json, "pathParameters", context.path_parameters, true);
    write_map_or_null(json, "stageVariables", context.stage_variables, false);
    if question.is_none() {
        json.key("body");
        if body.is_empty() {
            json.value(b"null");
        } else {
            body.write(json);
        }
        body.write_encoding(json);
    }
    json.close(b'}');
}

fn write_context(
    json: &mut Json<'_>,
    request: &Request<'_>,
    context: &Context<'_>,
    fields: &Fields<'_>,
) {
    json.key("requestContext");
    json.open(b'{');
    json.member("accountId", context.account_id);
    json.member("apiId", context.api_id);
    authorizer::write_v1(json, context.authorizer.as_ref());
    json.member("domainName", context.domain_name);
    json.member("domainPrefix", domain_prefix(context));
    json.member("extendedRequestId", context.request_id);
    json.member("httpMethod", request.method);
    write_identity(json, request, context, fields);
    json.key("path");
    path::write(json, prefix(context), request.path, true);
    json.member("protocol", choices::PROTOCOL_V1);
    json.member("requestId", context.request_id);
    json.member("requestTime", context.time);
    json.member_value("requestTimeEpoch", context.time_ms.to_string().as_bytes());
    json.member("resourceId", context.route_key);
    json.member("resourcePath", resource(context));
    json.member("stage", context.stage);
    json.close(b'}');
}

fn write_identity(
    json: &mut Json<'_>,
    request: &Request<'_>,
    context: &Context<'_>,
    fields: &Fields<'_>,
) {
    let iam: Option<&Iam<'_>> = match &context.authorizer {
        Some(Authorizer::Iam(iam)) => Some(iam),
        _ => None,
    };
    let cognito = iam.and_then(|iam| iam.cognito_identity.as_ref());
    json.key("identity");
    json.open(b'{');
    write_or_null(json, "accessKey", iam.map(|iam| iam.access_key));
    write_or_null(json, "accountId", iam.map(|iam| iam.account_id));
    write_or_null(json, "caller", iam.map(|iam| iam.caller_id));
    if let Some(certificate) = &context.client_cert {
        write_client_cert(json, certificate);
    }
    write_list_or_null(json, "cognitoAmr", cognito.map(|identity| identity.amr));
    json.member_value("cognitoAuthenticationProvider", b"null");
    json.member_value("cognitoAuthenticationType", b"null");
    write_or_null(json, "cognitoIdentityId", cognito.map(|identity| identity.identity_id));
    write_or_null(json, "cognitoIdentityPoolId", cognito.map(|identity| identity.identity_pool_id));
    write_or_null(json, "principalOrgId", iam.and_then(|iam| iam.principal_org_id));
    json.member("sourceIp", &request.source_ip.to_string());
    write_or_null(json, "user", iam.map(|iam| iam.user_id));
    json.key("userAgent");
    json.string(fields.get("user-agent").unwrap_or_default());
    write_or_null(json, "userArn", iam.map(|iam| iam.user_arn));
    json.close(b'}');
}

fn write_map_or_null(
    json: &mut Json<'_>,
    name: &'static str,
    map: &[(&str, &str)],
    is_encoded: bool,
) {
    if map.is_empty() {
        json.member_value(name, b"null");
    } else {
        write_map(json, name, map, is_encoded);
    }
}

/// The route's path, or `$default`.
fn resource<'r>(context: &Context<'r>) -> &'r str {
    context.route_key.split_once(' ').map_or(context.route_key, |(_, path)| path)
}

fn prefix<'r>(context: &Context<'r>) -> &'r str {
    choices::prefix_v1(context.stage, context.mapping_key)
}
