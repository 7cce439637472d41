//! Documents as ImportApi reads them.
#![allow(clippy::unwrap_used)]

use ringgate_import::openapi::{BasePath, Options, Reading, import, read};
use ringgate_import::{DesiredRoute, Problem};
use ringgate_model::Limits;
use ringgate_model::{
    AuthorizationType, Authorizer, AuthorizerType, IntegrationType, JwtConfiguration,
};

const INVOCATION: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
                          arn:aws:lambda:us-east-1:000000000000:function:f/invocations";

fn imported(text: &str) -> Reading {
    import(text, "body", Options::default()).unwrap()
}

fn told(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|told| format!("{}: {}", told.line, told.message)).collect()
}

fn keys(reading: &Reading) -> Vec<&str> {
    reading.desired.routes.iter().map(|route| route.route_key.as_str()).collect()
}

fn texts(list: &[&str]) -> Option<Vec<String>> {
    Some(list.iter().map(|&text| text.to_owned()).collect())
}

const ASKED: &str = "
openapi: 3.0.1
info: {title: x}
security: [{jwt: [read]}]
paths:
  /inherits: {get: {}}
  /open: {get: {security: []}}
  /jwt: {get: {security: [{jwt: [write, admin]}]}}
  /function: {get: {security: [{fn: []}]}}
  /iam: {get: {security: [{sigv4: []}]}}
  /auth: {get: {security: [{jwt: []}], x-amazon-apigateway-auth: {type: aws_iam}}}
  /none: {get: {x-amazon-apigateway-auth: {type: NONE}}}
  /backend: {get: {security: [{key: []}]}}
  /optional: {get: {security: [{}, {jwt: []}]}}
components:
  securitySchemes:
    jwt:
      type: oauth2
      x-amazon-apigateway-authorizer:
        type: jwt
        identitySource: $request.header.Authorization
        jwtConfiguration: {issuer: 'https://issuer.example', audience: [one, two]}
    fn:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer:
        type: request
        identitySource: '$request.header.a, $request.querystring.b'
        authorizerUri: URI
        authorizerCredentials: arn:aws:iam::000000000000:role/r
        authorizerPayloadFormatVersion: 2.0
        authorizerResultTtlInSeconds: '300'
        enableSimpleResponses: true
        identityValidationExpression: x
    sigv4: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
    key: {type: apiKey, name: key, in: header}
    unused: {$ref: '#/components/securitySchemes/jwt'}
";

#[test]
fn who_may_call() {
    let reading = imported(&ASKED.replace("URI", INVOCATION));
    let jwt = Authorizer {
        name: "jwt".to_owned(),
        authorizer_type: AuthorizerType::Jwt,
        identity_source: texts(&["$request.header.Authorization"]),
        jwt_configuration: Some(JwtConfiguration {
            issuer: Some("https://issuer.example".to_owned()),
            audience: texts(&["one", "two"]),
        }),
        ..Authorizer::default()
    };
    let function = Authorizer {
        name: "fn".to_owned(),
        authorizer_type: AuthorizerType::Request,
        identity_source: texts(&["$request.header.a", "$request.querystring.b"]),
        authorizer_uri: Some(INVOCATION.to_owned()),
        authorizer_credentials_arn: Some("arn:aws:iam::000000000000:role/r".to_owned()),
        authorizer_payload_format_version: Some("2.0".to_owned()),
        authorizer_result_ttl_in_seconds: Some(300),
        enable_simple_responses: Some(true),
        identity_validation_expression: Some("x".to_owned()),
        ..Authorizer::default()
    };
    let unused = Authorizer { name: "unused".to_owned(), ..jwt.clone() };
    assert_eq!(reading.desired.authorizers, [jwt, function, unused]);

    let route = |path: &str, kind, name: Option<&str>, scopes: &[&str]| DesiredRoute {
        route_key: format!("GET {path}"),
        authorization_type: kind,
        authorizer_name: name.map(str::to_owned),
        authorization_scopes: texts(scopes).filter(|scopes| !scopes.is_empty()),
        ..DesiredRoute::default()
    };
    assert_eq!(
        reading.desired.routes,
        [
            route("/inherits", Some(AuthorizationType::Jwt), Some("jwt"), &["read"]),
            route("/open", Some(AuthorizationType::None), None, &[]),
            route("/jwt", Some(AuthorizationType::Jwt), Some("jwt"), &["write", "admin"]),
            route("/function", Some(AuthorizationType::Custom), Some("fn"), &[]),
            route("/iam", Some(AuthorizationType::AwsIam), None, &[]),
            route("/auth", Some(AuthorizationType::AwsIam), None, &[]),
            route("/none", Some(AuthorizationType::None), None, &[]),
            route("/backend", None, None, &[]),
            route("/optional", Some(AuthorizationType::Jwt), Some("jwt"), &[]),
        ]
    );
    assert_eq!(
        told(&reading.warnings),
        ["14: 'jwt' cannot be left to the client: every request must pass it"]
    );
}

#[test]
fn every_member_of_an_integration() {
    let text = "
openapi: 3.1.0
info: {title: x}
paths:
  /lambda:
    get:
      x-amazon-apigateway-integration: &lambda
        type: AWS_PROXY
        uri: arn:aws:lambda:us-east-1:000000000000:function:f
        payloadFormatVersion: '2.0'
        credentials: arn:aws:iam::000000000000:role/r
        description: calls f
  /queue:
    post:
      x-amazon-apigateway-integration:
        type: aws_proxy
        integrationSubtype: SQS-SendMessage
        requestParameters: {QueueUrl: q, MessageBody: $request.body}
  /private:
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: ANY
        uri: arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/b/c
        connectionType: VPC_LINK
        connectionId: abc123
        tlsConfig: {serverNameToVerify: example.com}
        responseParameters: {200: {'overwrite:header.a': b}, 404: {'remove:header.c': ''}}
";
    let reading = imported(text);
    assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
    let all: Vec<_> =
        reading.desired.routes.iter().map(|r| r.integration.clone().unwrap()).collect();
    let [lambda, queue, private] = all.as_slice() else { unreachable!() };
    assert_eq!(lambda.integration_type, IntegrationType::AwsProxy);
    assert_eq!(lambda.integration_method.as_deref(), Some("POST"));
    assert_eq!(lambda.payload_format_version.as_deref(), Some("2.0"));
    assert_eq!(lambda.credentials_arn.as_deref(), Some("arn:aws:iam::000000000000:role/r"));
    assert_eq!(lambda.description.as_deref(), Some("calls f"));
    assert_eq!(queue.integration_subtype.as_deref(), Some("SQS-SendMessage"));
    assert_eq!(queue.request_parameters.as_ref().unwrap()["MessageBody"], "$request.body");
    assert_eq!(private.connection_type.as_deref(), Some("VPC_LINK"));
    assert_eq!(private.connection_id.as_deref(), Some("abc123"));
    let tls = private.tls_config.as_ref().unwrap();
    assert_eq!(tls.server_name_to_verify.as_deref(), Some("example.com"));
    assert_eq!(private.response_parameters.as_ref().unwrap()["404"]["remove:header.c"], "");
}

#[test]
fn what_is_not_for_http_apis_is_left_out_with_a_warning() {
    let text = "
openapi: 3.0.1
info: {title: x, titel: y}
x-amazon-apigateway-policy: {}
x-amazon-apigateway-binary-media-types: ['*/*']
x-amazon-apigateway-invented: 1
x-other: 1
paths:
  /a:
    x-amazon-apigateway-integration: {}
    get:
      x-amazon-apigateway-request-validator: all
      x-amazon-apigateway-integration:
        {type: http_proxy, httpMethod: GET, uri: 'http://h/', passthroughBehavior: never}
components: {schemas: {A: {}}}
";
    let reading = imported(text);
    assert_eq!(keys(&reading), ["GET /a"]);
    assert_eq!(
        told(&reading.warnings),
        [
            "3: 'info' has no member 'titel'",
            "4: 'x-amazon-apigateway-policy' is for REST APIs; an HTTP API has no such thing",
            "5: 'x-amazon-apigateway-binary-media-types' is for REST APIs; an HTTP API has no such \
             thing",
            "6: AWS has no member 'x-amazon-apigateway-invented'",
            "10: 'x-amazon-apigateway-integration' cannot stand in a path",
            "12: 'x-amazon-apigateway-request-validator' is for REST APIs; an HTTP API has no such \
             thing",
            "14: 'passthroughBehavior' is for REST and WebSocket APIs; an HTTP API has no such \
             thing",
        ]
    );
    assert_eq!(told(&reading.notes), ["15: 'schemas' has no effect: an HTTP API has no models"]);
    // The strict reader refuses what the other one warns of.
    assert_eq!(told(&read(text, "f", Options::default()).unwrap_err()), told(&reading.warnings));
}

#[test]
fn a_required_name_misspelt_is_no_warning() {
    let text = "
openapi: 3.0.1
info: {title: x}
paths:
  /a:
    get:
      x-amazon-apigateway-integration: {type: http_proxy, htpMethod: GET, uri: 'http://h/'}
";
    let problems = import(text, "body", Options::default()).unwrap_err();
    assert_eq!(told(&problems), ["7: x-amazon-apigateway-integration has no member 'htpMethod'"]);
}

#[test]
fn base_paths() {
    let document = |servers: &str| {
        format!(
            "openapi: 3.0.1\ninfo: {{title: x}}\nservers: {servers}\npaths:\n  /: {{get: {{}}}}\n  \
             /e/{{f}}: {{get: {{}}}}\n  /$default: {{x-amazon-apigateway-any-method: {{}}}}\n"
        )
    };
    let variable = "[{url: 'https://h/{basePath}', variables: {basePath: {default: a/b/c}}}]";
    let plain = ["GET /", "GET /e/{f}", "$default"];
    for (servers, base_path, wanted) in [
        (variable, BasePath::Ignore, plain),
        (variable, BasePath::Prepend, ["GET /a/b/c", "GET /a/b/c/e/{f}", "$default"]),
        (variable, BasePath::Split, ["GET /b/c", "GET /b/c/e/{f}", "$default"]),
        ("[{url: 'https://h/v1/'}]", BasePath::Prepend, ["GET /v1", "GET /v1/e/{f}", "$default"]),
        ("[{url: 'https://h/v1/'}]", BasePath::Split, plain),
        ("[{url: /v1}]", BasePath::Prepend, ["GET /v1", "GET /v1/e/{f}", "$default"]),
        ("[{url: 'https://h'}]", BasePath::Prepend, plain),
        ("[]", BasePath::Prepend, plain),
    ] {
        let options = Options { base_path, ..Options::default() };
        let reading = import(&document(servers), "body", options).unwrap();
        assert_eq!(keys(&reading), wanted, "{servers} {base_path:?}");
    }
    let options = Options { base_path: BasePath::Prepend, ..Options::default() };
    for (servers, wanted) in [
        ("{}", "3: 'servers': expected a list, found an object"),
        ("[{}]", "3: the server has no 'url'"),
        ("[{url: '/{v}', variables: {v: {}}}]", "3: the variable 'v' has no 'default'"),
        ("[{url: '/a b'}]", "5: '/': "),
        (&format!("[{{url: '/{}'}}]", "a".repeat(4096)), "3: the server's URL has over 4096 bytes"),
        (
            &format!(
                "[{{url: '/{}', variables: {{v: {{default: v1v1v1v1}}}}}}]",
                "{v}".repeat(600)
            ),
            "3: the server's URL has over 4096 bytes",
        ),
    ] {
        let problems = import(&document(servers), "body", options).unwrap_err();
        assert!(told(&problems)[0].starts_with(wanted), "{problems:?}");
    }
}

#[test]
fn scopes_are_counted_where_they_stand() {
    let scopes: Vec<String> = (0..11).map(|number| format!("s{number}")).collect();
    let asked = ASKED.replace("URI", INVOCATION);
    let many = |of: &str| {
        asked.replace(&format!("[{{{of}: []}}]"), &format!("[{{{of}: [{}]}}]", scopes.join(", ")))
    };
    let problems = import(&many("jwt"), "body", Options::default()).unwrap_err();
    assert!(
        told(&problems)[0].contains("'jwt': a route asks for at most 10 scopes"),
        "{problems:?}"
    );
    imported(&many("key"));
}

/// Filled in one after another, fifty lines would make a text that no machine holds.
#[test]
fn a_default_of_a_variable_names_no_other() {
    let names: Vec<String> = (10..40).map(|number| format!("v{number}")).collect();
    let next = |at: usize| names.get(at + 1).map_or("end", String::as_str);
    let variables: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(at, name)| format!("{name}: {{default: '{{{0}}}{{{0}}}'}}", next(at)))
        .collect();
    let text = format!(
        "openapi: 3.0.1\ninfo: {{title: x}}\nservers: [{{url: '/{{v10}}', variables: {{{}}}}}]\n\
         paths:\n  /: {{get: {{}}}}\n",
        variables.join(", ")
    );
    let options = Options { base_path: BasePath::Prepend, ..Options::default() };
    let problems = import(&text, "body", options).unwrap_err();
    assert!(told(&problems)[0].starts_with("5: '/': "), "{problems:?}");
}

#[test]
fn a_path_may_be_a_reference() {
    let text = "
openapi: 3.1.0
info: {title: x}
paths:
  /a: {$ref: '#/components/pathItems/one', put: {}}
  /b: {$ref: '#/paths/~1a'}
components: {pathItems: {one: {get: {}}}}
";
    assert_eq!(keys(&imported(text)), ["PUT /a", "GET /a", "GET /b"]);
}

#[test]
fn as_many_routes_as_a_setting_allows() {
    let paths: String = (0..301).map(|at| format!("  /p{at}: {{get: {{}}}}\n")).collect();
    let text = format!("openapi: 3.0.0\ninfo: {{title: x}}\npaths:\n{paths}");
    let options = Options {
        limits: Limits { routes_per_api: 301, ..Limits::default() },
        ..Options::default()
    };
    assert_eq!(import(&text, "body", options).unwrap().desired.routes.len(), 301);
}

#[test]
fn endpoints() {
    let text = "
openapi: 3.0.0
info: {title: x}
paths: {}
x-amazon-apigateway-endpoint-configuration:
  {disableExecuteApiEndpoint: true, ipAddressType: dualstack, vpcEndpointIds: [a]}
";
    let reading = imported(text);
    assert!(reading.desired.disable_execute_api_endpoint);
    assert_eq!(reading.desired.ip_address_type.as_deref(), Some("dualstack"));
    assert_eq!(reading.warnings.len(), 1);
}

#[test]
fn a_document_of_one_long_line_is_read_in_time() {
    let paths: Vec<String> = (0..250_000).map(|at| format!("\"x-{at}\":1")).collect();
    let text = format!(
        "{{\"openapi\":\"3.0.0\",\"info\":{{\"title\":\"x\"}},\"paths\":{{{}}}}}",
        paths.join(",")
    );
    assert!(imported(&text).desired.routes.is_empty());
}
