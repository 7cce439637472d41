//! Documents that are read, and what becomes of them.
#![allow(clippy::unwrap_used)]

use ringgate_import::openapi::{Options, Reading, read};
use ringgate_import::{Desired, DesiredRoute, DesiredStage};
use ringgate_model::{Cors, Integration, IntegrationType};

const PETS: &str = r#"
openapi: 3.0.3
info:
  title: pets
  description: All about pets
  version: 1.0
servers:
  - url: https://pets.example.com/{basePath}
tags:
  - name: team
    x-amazon-apigateway-tag-value: animals
  - name: ordinary
    description: groups operations
x-amazon-apigateway-importexport-version: "1.0"
x-amazon-apigateway-cors:
  allowOrigins: ["https://example.com", "https://*"]
  allowMethods: [GET, POST]
  allowHeaders: [Content-Type]
  exposeHeaders: [X-Total]
  maxAge: 600
  allowCredentials: true
x-amazon-apigateway-endpoint-configuration:
  disableExecuteApiEndpoint: true
x-internal-owner: somebody
paths:
  /pets:
    summary: the pets
    parameters: []
    get:
      operationId: listPets
      tags: [ordinary]
      parameters:
        - {name: limit, in: query, schema: {type: integer, x-amazon-apigateway-nonsense: 1}}
      responses:
        200:
          description: ok
          content: {application/json: {schema: {$ref: '#/components/schemas/Pets'}}}
      x-amazon-apigateway-integration: &backend
        type: http_proxy
        httpMethod: GET
        uri: http://127.0.0.1:9000/pets
        payloadFormatVersion: 1.0
        timeoutInMillis: 1500
        connectionType: INTERNET
    post:
      responses: {}
      x-amazon-apigateway-integration:
        <<: *backend
        httpMethod: POST
  /pets/{id}:
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-integration:
        $ref: '#/components/x-amazon-apigateway-integrations/one'
  /files/{proxy+}:
    get:
      x-amazon-apigateway-integration:
        type: HTTP_PROXY
        httpMethod: ANY
        uri: http://${stageVariables.host}/{proxy}
  /nothing:
    head:
      summary: answers 500
  /$default:
    x-amazon-apigateway-any-method:
      isDefaultRoute: true
      x-amazon-apigateway-integration: *backend
components:
  schemas:
    Pets: {type: array, items: {type: string}}
  x-amazon-apigateway-integrations:
    one:
      type: http_proxy
      httpMethod: ANY
      uri: http://127.0.0.1:9000/pets/{id}
"#;

fn integration(method: &str, uri: &str, timeout_ms: u32) -> Option<Integration> {
    Some(Integration {
        integration_type: IntegrationType::HttpProxy,
        integration_method: Some(method.to_owned()),
        integration_uri: Some(uri.to_owned()),
        payload_format_version: Some("1.0".to_owned()),
        connection_type: Some("INTERNET".to_owned()),
        timeout_in_millis: Some(timeout_ms),
        ..Integration::default()
    })
}

fn route(key: &str, integration: Option<Integration>) -> DesiredRoute {
    DesiredRoute { route_key: key.to_owned(), integration, ..DesiredRoute::default() }
}

fn notes(reading: &Reading) -> Vec<String> {
    reading.notes.iter().map(|note| format!("{}: {}", note.line, note.message)).collect()
}

#[test]
fn a_whole_document() {
    let reading = read(PETS, "pets.yaml", Options::default()).unwrap();
    let list = |text: &[&str]| Some(text.iter().map(|&t| t.to_owned()).collect());
    let backend = "http://127.0.0.1:9000/pets";
    let wanted = Desired {
        api_id: None,
        name: "pets".to_owned(),
        description: Some("All about pets".to_owned()),
        version: Some("1.0".to_owned()),
        cors: Some(Cors {
            allow_credentials: Some(true),
            allow_headers: list(&["Content-Type"]),
            allow_methods: list(&["GET", "POST"]),
            allow_origins: list(&["https://example.com", "https://*"]),
            expose_headers: list(&["X-Total"]),
            max_age: Some(600),
        }),
        disable_execute_api_endpoint: true,
        tags: [("team".to_owned(), "animals".to_owned())].into(),
        routes: vec![
            DesiredRoute {
                operation_name: Some("listPets".to_owned()),
                ..route("GET /pets", integration("GET", backend, 1500))
            },
            route("POST /pets", integration("POST", backend, 1500)),
            DesiredRoute {
                shared_integration: Some("one".to_owned()),
                ..route(
                    "ANY /pets/{id}",
                    integration("ANY", "http://127.0.0.1:9000/pets/{id}", 30_000),
                )
            },
            route(
                "GET /files/{proxy+}",
                integration("ANY", "http://${stageVariables.host}/{proxy}", 30_000),
            ),
            route("HEAD /nothing", None),
            route("$default", integration("GET", backend, 1500)),
        ],
        stage: DesiredStage::default(),
        ..Desired::default()
    };
    assert_eq!(reading.desired, wanted);
    assert_eq!(
        notes(&reading),
        [
            "7: 'servers' has no effect: the gateway's own addresses serve this API",
            "61: 'HEAD /nothing' has no x-amazon-apigateway-integration: it will answer 500",
            "68: 'schemas' has no effect: an HTTP API has no models",
        ]
    );
}

#[test]
fn json_is_read_too_whatever_wrote_it() {
    // Tabs, a surrogate pair and a name over 1024 characters are all beyond YAML parsers.
    let long = format!("x-{}", "k".repeat(2000));
    let text = format!(
        "\u{feff}{{\n\t\"openapi\":\t\"3.1.0\",\r\n\t\"info\": {{\"title\": \"\\ud83d\\ude00\", \
         \"{long}\": null}},\n\t\"paths\": {{\"$default\": {{\"x-amazon-apigateway-any-method\": \
         {{\"x-amazon-apigateway-integration\": {{\"type\": \"http_proxy\", \"httpMethod\": \
         \"ANY\", \"uri\": \"http:\\/\\/[::1]:9000\", \"timeoutInMillis\": 50}}}}}}}}\n}}"
    );
    let desired = read(&text, "x.json", Options::default()).unwrap().desired;
    assert_eq!(desired.name, "😀");
    assert_eq!(desired.routes, [route("$default", integration("ANY", "http://[::1]:9000", 50))]);
}

#[test]
fn yaml_in_braces_is_read_where_the_name_says_yaml() {
    let text = "{openapi: 3.0.0, info: {title: x}, paths: {}}";
    assert_eq!(read(text, "x.yaml", Options::default()).unwrap().desired.name, "x");
    let problems = read(text, "x.json", Options::default()).unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "x.json:1:2: not JSON: expected a name in double quotes, found 'o'"
    );
}

#[test]
fn schemes_without_an_authorizer_are_the_backends_business() {
    let text = "
openapi: 3.0.0
info: {title: x}
security: [{bearer: []}]
paths:
  /a: {get: {}}
  /b: {get: {security: []}}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
";
    let reading = read(text, "x", Options::default()).unwrap();
    let told = notes(&reading);
    assert!(told[0].starts_with("4: the security scheme 'bearer' has no x-amazon-apigateway-auth"));
    assert_eq!(told.len(), 3);
}

#[test]
fn a_parameter_that_the_route_does_not_capture_is_noted() {
    let text = "
openapi: 3.0.0
info: {title: x}
paths:
  /a/{petId}:
    get:
      x-amazon-apigateway-integration:
        {type: http_proxy, httpMethod: GET, uri: 'http://h/{petID}'}
";
    let reading = read(text, "x", Options::default()).unwrap();
    let note = &reading.notes[0];
    assert_eq!((note.line, note.column), (8, 50));
    assert_eq!(note.hint.as_deref(), Some("did you mean '{petId}'?"));
}

#[test]
fn a_long_description_is_cut() {
    let text = format!(
        "openapi: 3.0.0\ninfo: {{title: x, description: {}}}\npaths: {{}}",
        "é".repeat(2000)
    );
    let reading = read(&text, "x", Options::default()).unwrap();
    assert_eq!(reading.desired.description.unwrap().chars().count(), 1024);
    assert_eq!(reading.notes.len(), 1);
}

#[test]
fn desired_travels_as_json() {
    let desired = read(PETS, "pets.yaml", Options::default()).unwrap().desired;
    let json = serde_json::to_string(&desired).unwrap();
    assert_eq!(serde_json::from_str::<Desired>(&json).unwrap(), desired);
    assert!(serde_json::from_str::<Desired>(r#"{"name":"x","routes":[],"rotes":[]}"#).is_err());
}
