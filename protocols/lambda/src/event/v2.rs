//! Payload format 2.0. What a request does not have is left out.

use crate::choices;
use crate::event::body::Body;
use crate::event::context::{domain_prefix, write_client_cert, write_list, write_map};
use crate::event::fields::Fields;
use crate::event::query::{Query, joined};
use crate::event::{Question, authorizer, path};
use crate::json::Json;
use crate::request::{Context, Format, Request};

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
    json.member("version", "2.0");
    if let Some(question) = question {
        json.member("type", "REQUEST");
        json.member("routeArn", question.arn);
        json.key("identitySource");
        write_list(json, question.identity_sources);
    }
    json.member("routeKey", context.route_key);
    write_path(json, "rawPath", request, context);
    json.member("rawQueryString", request.query);
    fields.write_cookies(json);
    json.key("headers");
    fields.write(json, Format::V2, joined);
    if !query.is_empty() {
        json.key("queryStringParameters");
        query.write(json, joined);
    }
    write_context(json, request, context, &fields);
    if question.is_none() && !body.is_empty() {
        json.key("body");
        body.write(json);
    }
    if !context.path_parameters.is_empty() {
        write_map(json, "pathParameters", context.path_parameters, true);
    }
    if !context.stage_variables.is_empty() {
        write_map(json, "stageVariables", context.stage_variables, false);
    }
    if question.is_none() {
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
    if let Some(certificate) = &context.client_cert {
        json.key("authentication");
        json.open(b'{');
        write_client_cert(json, certificate);
        json.close(b'}');
    }
    if let Some(found) = &context.authorizer {
        authorizer::write_v2(json, found);
    }
    json.member("domainName", context.domain_name);
    json.member("domainPrefix", domain_prefix(context));
    json.key("http");
    json.open(b'{');
    json.member("method", request.method);
    write_path(json, "path", request, context);
    json.member("protocol", request.protocol);
    json.member("sourceIp", &request.source_ip.to_string());
    json.key("userAgent");
    json.string(fields.get("user-agent").unwrap_or_default());
    json.close(b'}');
    json.member("requestId", context.request_id);
    json.member("routeKey", context.route_key);
    json.member("stage", context.stage);
    json.member("time", context.time);
    json.member_value("timeEpoch", context.time_ms.to_string().as_bytes());
    json.close(b'}');
}

fn write_path(
    json: &mut Json<'_>,
    name: &'static str,
    request: &Request<'_>,
    context: &Context<'_>,
) {
    json.key(name);
    path::write(json, choices::prefix_v2(context.stage), request.path, true);
}
