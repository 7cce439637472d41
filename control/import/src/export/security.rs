use std::collections::BTreeMap;

use ringgate_model::{AuthorizationType, Authorizer, AuthorizerType, Definition, Route};
use serde_json::{Map, Value, json};

use crate::openapi::extensions::{AUTHORIZER, AUTHTYPE};

use super::{present, put};

/// What the scheme of IAM is called, unless an authorizer is.
const SIGV4: &str = "sigv4";

/// The security schemes of an API.
pub(super) struct Schemes<'a> {
    authorizers: BTreeMap<&'a str, &'a Authorizer>,
    /// The name of IAM's, if a route asks for it.
    sigv4: Option<String>,
}

impl<'a> Schemes<'a> {
    pub(super) fn of(definition: &'a Definition) -> Self {
        let all = definition.authorizers.iter();
        let authorizers = all.map(|one| (one.authorizer_id.as_str(), one)).collect();
        let iam = |route: &Route| route.authorization_type == AuthorizationType::AwsIam;
        let taken = |name: &str| definition.authorizers.iter().any(|one| one.name == name);
        let sigv4 = definition.routes.iter().any(iam).then(|| {
            let mut name = SIGV4.to_owned();
            while taken(&name) {
                name.push('-');
            }
            name
        });
        Self { authorizers, sigv4 }
    }

    /// `security` of a route, if anyone is asked.
    pub(super) fn security(&self, route: &Route) -> Option<Value> {
        let name = match route.authorization_type {
            AuthorizationType::None => return None,
            AuthorizationType::AwsIam => self.sigv4.as_deref()?,
            AuthorizationType::Custom | AuthorizationType::Jwt => {
                &self.authorizers.get(route.authorizer_id.as_deref()?)?.name
            }
        };
        let scopes = route.authorization_scopes.as_deref().unwrap_or_default();
        Some(json!([{ name: scopes }]))
    }

    /// `components.securitySchemes`, by name.
    pub(super) fn shown(&self, include_extensions: bool) -> Map<String, Value> {
        let mut named: BTreeMap<&str, Value> = BTreeMap::new();
        for authorizer in self.authorizers.values() {
            let mut scheme = scheme(authorizer);
            if include_extensions {
                put(&mut scheme, AUTHORIZER, extension(authorizer));
            }
            named.insert(&authorizer.name, scheme.into());
        }
        if let Some(name) = &self.sigv4 {
            let mut scheme = api_key("header", "Authorization");
            if include_extensions {
                put(&mut scheme, AUTHTYPE, json!("awsSigv4"));
            }
            named.insert(name, scheme.into());
        }
        let mut shown = Map::new();
        for (name, scheme) in named {
            put(&mut shown, name, scheme);
        }
        shown
    }
}

/// The scheme as OpenAPI has it, of the types that AWS writes.
fn scheme(authorizer: &Authorizer) -> Map<String, Value> {
    if authorizer.authorizer_type == AuthorizerType::Jwt {
        let mut scheme = Map::new();
        put(&mut scheme, "type", json!("oauth2"));
        put(&mut scheme, "flows", json!({}));
        return scheme;
    }
    let first = authorizer.identity_source.iter().flatten().next();
    let source = first.map(String::as_str).unwrap_or_default();
    match (source.strip_prefix("$request.querystring."), source.strip_prefix("$request.header.")) {
        (Some(name), _) => api_key("query", name),
        (_, Some(name)) => api_key("header", name),
        _ => api_key("header", "Authorization"),
    }
}

fn api_key(place: &str, name: &str) -> Map<String, Value> {
    let mut scheme = Map::new();
    put(&mut scheme, "type", json!("apiKey"));
    put(&mut scheme, "name", json!(name));
    put(&mut scheme, "in", json!(place));
    scheme
}

/// One text as AWS writes it, unless one of the sources could not be told from two in it.
fn sources(authorizer: &Authorizer) -> Value {
    let Some(sources) = &authorizer.identity_source else { return Value::Null };
    let plain = |source: &String| !source.contains(',') && source.trim() == source;
    if sources.iter().all(plain) { json!(sources.join(", ")) } else { json!(sources) }
}

fn extension(authorizer: &Authorizer) -> Value {
    let kind = match authorizer.authorizer_type {
        AuthorizerType::Jwt => "jwt",
        AuthorizerType::Request => "request",
    };
    present([
        ("type", json!(kind)),
        ("jwtConfiguration", json!(authorizer.jwt_configuration)),
        ("identitySource", sources(authorizer)),
        ("identityValidationExpression", json!(authorizer.identity_validation_expression)),
        ("authorizerUri", json!(authorizer.authorizer_uri)),
        ("authorizerCredentials", json!(authorizer.authorizer_credentials_arn)),
        ("authorizerPayloadFormatVersion", json!(authorizer.authorizer_payload_format_version)),
        ("authorizerResultTtlInSeconds", json!(authorizer.authorizer_result_ttl_in_seconds)),
        ("enableSimpleResponses", json!(authorizer.enable_simple_responses)),
    ])
}
