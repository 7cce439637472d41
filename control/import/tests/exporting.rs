//! APIs as documents, and back.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use ringgate_import::export::{Document, Exported, export};
use ringgate_import::openapi::{self, Options, read};
use ringgate_import::{Desired, diff_api};
use ringgate_model::{
    Api, AuthorizationType, Authorizer, AuthorizerType, Cors, Definition, Integration,
    IntegrationType, JwtConfiguration, Route, TlsConfig,
};

const INVOCATION: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
                          arn:aws:lambda:us-east-1:000000000000:function:f/invocations";

fn whole(api: &Api, definition: &Definition) -> Document {
    export(&Exported { api, definition, stage_name: None, include_extensions: true })
}

/// What an import makes of a document: ids are new.
fn applied(desired: &Desired) -> (Api, Definition) {
    let mut definition = Definition {
        cors: desired.cors.clone(),
        disable_execute_api_endpoint: desired.disable_execute_api_endpoint,
        ..Definition::default()
    };
    let mut named = BTreeMap::new();
    for (at, authorizer) in desired.authorizers.iter().enumerate() {
        let authorizer_id = format!("z{at}");
        named.insert(authorizer.name.clone(), authorizer_id.clone());
        definition.authorizers.push(Authorizer { authorizer_id, ..authorizer.clone() });
    }
    let mut shared: BTreeMap<String, String> = BTreeMap::new();
    for (at, route) in desired.routes.iter().enumerate() {
        let known = route.shared_integration.as_ref().and_then(|name| shared.get(name)).cloned();
        let id = known.unwrap_or_else(|| {
            let id = format!("y{at}");
            let integration = route.integration.clone();
            definition
                .integrations
                .extend(integration.map(|it| Integration { integration_id: id.clone(), ..it }));
            shared.extend(route.shared_integration.clone().map(|name| (name, id.clone())));
            id
        });
        definition.routes.push(Route {
            route_id: format!("x{at}"),
            route_key: route.route_key.clone(),
            operation_name: route.operation_name.clone(),
            target: route.integration.is_some().then(|| format!("integrations/{id}")),
            authorization_type: route.authorization_type.unwrap_or_default(),
            authorizer_id: route.authorizer_name.as_ref().map(|name| named[name].clone()),
            authorization_scopes: route.authorization_scopes.clone(),
            ..Route::default()
        });
    }
    let api = Api {
        name: desired.name.clone(),
        description: desired.description.clone(),
        version: desired.version.clone(),
        tags: desired.tags.clone(),
        ip_address_type: desired.ip_address_type.clone().unwrap_or_else(|| "ipv4".to_owned()),
        ..Api::default()
    };
    (api, definition)
}

/// Any text, and those that YAML readers fall over.
fn text() -> impl Strategy<Value = String> {
    let odd =
        ["no", "1.0", "~", "null", "a: b", "- a", "#", "'", "\"", "\\", "a\n\nb\t", "{a}", "é😀"];
    prop_oneof!["\\PC{1,20}", prop::sample::select(odd.map(str::to_owned).to_vec())]
}

fn integration() -> impl Strategy<Value = Integration> {
    let map = || prop::option::of(prop::collection::btree_map(text(), text(), 1..3));
    let http = ("http://[a-z]{1,5}/[a-z]{0,4}", map(), map(), 50u32..=30_000).prop_map(
        |(uri, request_parameters, by_status, timeout_ms)| Integration {
            integration_method: Some("ANY".to_owned()),
            integration_uri: Some(uri),
            connection_type: Some("INTERNET".to_owned()),
            payload_format_version: Some("1.0".to_owned()),
            timeout_in_millis: Some(timeout_ms),
            request_parameters,
            response_parameters: by_status.map(|map| BTreeMap::from([("200".to_owned(), map)])),
            ..Integration::default()
        },
    );
    let private = (text(), text()).prop_map(|(id, name)| Integration {
        integration_method: Some("GET".to_owned()),
        integration_uri: Some("arn:aws:servicediscovery:r:1:service/s".to_owned()),
        connection_type: Some("VPC_LINK".to_owned()),
        connection_id: Some(id),
        tls_config: Some(TlsConfig { server_name_to_verify: Some(name) }),
        payload_format_version: Some("1.0".to_owned()),
        timeout_in_millis: Some(30_000),
        ..Integration::default()
    });
    let lambda = (text(), prop::sample::select(vec!["1.0", "2.0"])).prop_map(|(text, version)| {
        Integration {
            integration_type: IntegrationType::AwsProxy,
            integration_method: Some("POST".to_owned()),
            integration_uri: Some(INVOCATION.to_owned()),
            connection_type: Some("INTERNET".to_owned()),
            payload_format_version: Some(version.to_owned()),
            timeout_in_millis: Some(30_000),
            description: Some(text.clone()),
            credentials_arn: Some(text),
            ..Integration::default()
        }
    });
    let service = text().prop_map(|text| Integration {
        integration_type: IntegrationType::AwsProxy,
        integration_method: Some("POST".to_owned()),
        integration_subtype: Some("SQS-SendMessage".to_owned()),
        connection_type: Some("INTERNET".to_owned()),
        payload_format_version: Some("1.0".to_owned()),
        timeout_in_millis: Some(30_000),
        request_parameters: Some([("QueueUrl".to_owned(), text)].into()),
        ..Integration::default()
    });
    prop_oneof![http, private, lambda, service]
}

fn authorizers() -> impl Strategy<Value = Vec<Authorizer>> {
    (text(), prop::option::of(0u32..=3600), any::<bool>()).prop_map(|(text, ttl_s, simple)| {
        let jwt = Authorizer {
            authorizer_id: "a1".to_owned(),
            name: "sigv4".to_owned(),
            authorizer_type: AuthorizerType::Jwt,
            identity_source: Some(vec!["$request.header.Authorization".to_owned()]),
            jwt_configuration: Some(JwtConfiguration {
                issuer: Some(text.clone()),
                audience: Some(vec![text.clone(), "b".to_owned()]),
            }),
            ..Authorizer::default()
        };
        let request = Authorizer {
            authorizer_id: "a2".to_owned(),
            name: text.clone(),
            authorizer_type: AuthorizerType::Request,
            identity_source: Some(vec![
                "$request.querystring.a".to_owned(),
                "$context.b".to_owned(),
            ]),
            authorizer_uri: Some(INVOCATION.to_owned()),
            authorizer_credentials_arn: Some(text.clone()),
            authorizer_payload_format_version: Some("2.0".to_owned()),
            authorizer_result_ttl_in_seconds: ttl_s,
            enable_simple_responses: Some(simple),
            identity_validation_expression: Some(text),
            ..Authorizer::default()
        };
        vec![jwt, request]
    })
}

/// Routes over the integrations `i0` to `i3` and the authorizers `a1` and `a2`.
fn routes() -> impl Strategy<Value = Vec<Route>> {
    let key = prop_oneof![
        4 => "(GET|ANY|POST|HEAD|OPTIONS) /[a-z]{1,2}(/\\{id\\})?(/\\{proxy\\+\\})?",
        1 => Just("$default".to_owned()),
    ];
    let asked = prop::sample::select(vec![
        (AuthorizationType::None, None),
        (AuthorizationType::AwsIam, None),
        (AuthorizationType::Jwt, Some("a1")),
        (AuthorizationType::Custom, Some("a2")),
    ]);
    let one = (prop::option::of(0usize..4), prop::option::of("[a-z]{1,5}"), asked, 0usize..3);
    prop::collection::btree_map(key, one, 0..7).prop_map(|all| {
        let routes = all.into_iter().enumerate();
        let route = |(at, (route_key, (integration, operation_name, asked, scopes)))| {
            let (authorization_type, authorizer_id): (_, Option<&str>) = asked;
            let scopes = (0..scopes).map(|at: usize| format!("s{at}")).collect();
            let has_scopes = |scopes: &Vec<_>| {
                authorization_type == AuthorizationType::Jwt && !scopes.is_empty()
            };
            Route {
                route_id: format!("r{at}"),
                route_key,
                operation_name,
                target: Option::map(integration, |at: usize| format!("integrations/i{at}")),
                authorization_type,
                authorizer_id: authorizer_id.map(str::to_owned),
                authorization_scopes: Some(scopes).filter(has_scopes),
                ..Route::default()
            }
        };
        routes.map(route).collect()
    })
}

fn apis() -> impl Strategy<Value = (Api, Definition)> {
    let integrations = prop::collection::vec(integration(), 4);
    let texts = (text(), prop::option::of(text()), prop::option::of("[0-9.]{1,5}"));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (texts, flags, routes(), integrations, authorizers()).prop_map(
        |((name, description, version), (cors, off, dual), routes, integrations, authorizers)| {
            let integrations = integrations.into_iter().enumerate().map(|(at, integration)| {
                Integration { integration_id: format!("i{at}"), ..integration }
            });
            let api = Api {
                api_endpoint: "http://x.execute-api.localhost:8080".to_owned(),
                tags: [("k".to_owned(), "v: w".to_owned())].into(),
                ip_address_type: if dual { "dualstack" } else { "ipv4" }.to_owned(),
                name,
                description,
                version,
                ..Api::default()
            };
            let definition = Definition {
                cors: cors.then(|| Cors {
                    allow_origins: Some(vec!["https://a.example".to_owned()]),
                    max_age: Some(-1),
                    allow_credentials: Some(true),
                    ..Cors::default()
                }),
                disable_execute_api_endpoint: off,
                routes,
                integrations: integrations.collect(),
                authorizers,
                ..Definition::default()
            };
            (api, definition)
        },
    )
}

proptest! {
    #[test]
    fn what_is_exported_is_read_to_the_same_again((api, definition) in apis()) {
        let document = whole(&api, &definition);
        let as_json = read(&document.to_json(), "f.json", Options::default());
        let as_yaml = read(&document.to_yaml(), "f.yaml", Options::default());
        let desired = as_json.unwrap().desired;
        prop_assert_eq!(&as_yaml.unwrap().desired, &desired, "{}", document.to_yaml());

        // Nothing of the API is lost, and nothing comes to it.
        let told = diff_api(Some(&api), Some(&definition), &desired);
        prop_assert!(told.is_empty(), "{}", told);

        // An API made from the document has other ids, and gives the same document.
        let (made, of) = applied(&desired);
        let made = Api { api_endpoint: api.api_endpoint.clone(), ..made };
        prop_assert_eq!(whole(&made, &of).to_json(), document.to_json());
    }

    #[test]
    fn without_extensions_no_word_of_aws_is_left((api, definition) in apis()) {
        let stage_name = Some("prod");
        let exported = Exported { api: &api, definition: &definition, stage_name,
                                  include_extensions: false };
        let document = export(&exported).to_yaml();
        prop_assert!(!document.contains("x-amazon"), "{}", document);
        let reading = openapi::import(&document, "f.yaml", Options::default());
        // What every method of a path has may stand beside its own routes.
        prop_assert!(reading.is_ok(), "{:?}", reading);
    }
}

fn route(key: &str, integration: &str) -> Route {
    Route {
        route_key: key.to_owned(),
        target: Some(format!("integrations/{integration}")),
        ..Route::default()
    }
}

/// What is written of [`a_document_reads_as_one_of_aws`].
const PETS: &str = r##"openapi: "3.0.1"
info:
  title: "pets"
  version: ""
servers:
- url: "http://a.execute-api.localhost:8080/{basePath}"
  variables:
    basePath:
      default: "prod"
paths:
  /$default:
    x-amazon-apigateway-any-method:
      isDefaultRoute: true
      responses:
        default:
          description: "Default response for ANY /$default"
      x-amazon-apigateway-integration:
        $ref: "#/components/x-amazon-apigateway-integrations/integration1"
  "/pets/{id}":
    parameters:
    - name: "id"
      in: "path"
      description: "Generated path parameter for id"
      required: true
      schema:
        type: "string"
    get:
      responses:
        default:
          description: "Default response for GET /pets/{id}"
      x-amazon-apigateway-integration:
        type: "http_proxy"
        httpMethod: "ANY"
        uri: "http://h/{id}"
        timeoutInMillis: 30000
    x-amazon-apigateway-any-method:
      responses:
        default:
          description: "Default response for ANY /pets/{id}"
      x-amazon-apigateway-integration:
        $ref: "#/components/x-amazon-apigateway-integrations/integration1"
components:
  x-amazon-apigateway-integrations:
    integration1:
      type: "http_proxy"
      httpMethod: "ANY"
      uri: "http://h/{id}"
      timeoutInMillis: 30000
x-amazon-apigateway-importexport-version: "1.0"
"##;

#[test]
fn a_document_reads_as_one_of_aws() {
    let integration = |id: &str| Integration {
        integration_id: id.to_owned(),
        integration_method: Some("ANY".to_owned()),
        integration_uri: Some("http://h/{id}".to_owned()),
        timeout_in_millis: Some(30_000),
        ..Integration::default()
    };
    let definition = Definition {
        routes: vec![
            route("GET /pets/{id}", "i1"),
            route("$default", "i2"),
            route("ANY /pets/{id}", "i2"),
        ],
        integrations: vec![integration("i1"), integration("i2")],
        ..Definition::default()
    };
    let api = Api {
        api_endpoint: "http://a.execute-api.localhost:8080".to_owned(),
        name: "pets".to_owned(),
        ..Api::default()
    };
    let stage_name = Some("prod");
    let exported =
        Exported { api: &api, definition: &definition, stage_name, include_extensions: true };
    assert_eq!(export(&exported).to_yaml(), PETS);

    let plain = Exported { include_extensions: false, ..exported };
    let text = export(&plain).to_yaml();
    let methods = ["get:", "put:", "post:", "delete:", "options:", "head:", "patch:"];
    assert!(methods.iter().all(|method| text.matches(method).count() == 1), "{text}");
    assert!(!text.contains("$default"));
}
