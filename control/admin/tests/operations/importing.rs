//! ImportApi, ReimportApi and ExportApi.

use serde_json::{Value, json};

use crate::gateway::{Gateway, Reply, id_of};

fn document(paths: Value) -> Value {
    json!({ "openapi": "3.0.1", "info": { "title": "pets", "version": "1" }, "paths": paths })
}

fn operation(uri: &str) -> Value {
    json!({ "x-amazon-apigateway-integration":
        { "type": "http_proxy", "httpMethod": "ANY", "uri": uri } })
}

fn put(gateway: &Gateway, target: &str, document: &Value) -> Reply {
    let text = document.as_str().map_or_else(|| document.to_string(), str::to_owned);
    gateway.send("PUT", target, json!({ "body": text }))
}

/// Ids by another member.
fn ids(
    gateway: &Gateway,
    at: &str,
    by: &str,
    id: &str,
) -> std::collections::BTreeMap<String, String> {
    let reply = gateway.get(at);
    reply.column(by).into_iter().zip(reply.column(id)).collect()
}

fn jwt(document: &mut Value, kind: Value) {
    document["components"] = json!({ "securitySchemes": { "gate": {
        "type": "oauth2", "x-amazon-apigateway-authorizer": kind } } });
}

fn issuer() -> Value {
    json!({ "type": "jwt", "identitySource": "$request.header.Authorization",
        "jwtConfiguration": { "issuer": "https://i.example" } })
}

#[test]
fn an_import_makes_an_api_in_one_transaction() {
    let gateway = Gateway::new();
    let mut wanted = document(json!({ "/a": { "get": operation("http://a") } }));
    wanted["tags"] = json!([{ "name": "_custom_id_", "x-amazon-apigateway-tag-value": "petshop" }]);
    wanted["components"] = json!({ "schemas": {} });
    wanted["x-amazon-apigateway-policy"] = json!({});
    let made = put(&gateway, "/v2/apis", &wanted);
    assert_eq!((made.status, made.answer.revision), (201, Some(1)));
    assert_eq!(made.text("apiId"), "petshop");
    assert_eq!(made.text("name"), "pets");
    assert_eq!(made.text("apiEndpoint"), "http://petshop.execute-api.localhost:8080");
    let line = "line 1, column";
    let info = made.body["importInfo"][0].as_str().unwrap();
    assert!(info.starts_with(line) && info.contains("'schemas' has no effect"), "{info}");
    let warning = made.body["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with(line) && warning.contains("is for REST APIs"), "{warning}");
    assert_eq!(gateway.get("/v2/apis/petshop/routes").column("routeKey"), ["GET /a"]);
    assert!(gateway.get("/v2/apis/petshop/stages").column("stageName").is_empty(), "as on AWS");
    assert!(gateway.get("/v2/apis/petshop").body.get("warnings").is_none());
}

#[test]
fn what_is_refused_changes_nothing() {
    let gateway = Gateway::new();
    let before = document(json!({ "/a": { "get": operation("http://a") } }));
    let api = format!("/v2/apis/{}", put(&gateway, "/v2/apis", &before).text("apiId"));
    let stored = gateway.dump();
    let link = json!({ "type": "http_proxy", "httpMethod": "ANY", "connectionType": "VPC_LINK",
        "connectionId": "gone", "uri": "arn:aws:servicediscovery:r:1:service/s" });
    let link = json!({ "get": { "x-amazon-apigateway-integration": link } });
    let unknown = document(json!({ "/a": { "x-amazon-apigateway-invented": 1 } }));
    let twins = json!({ "/{a}": { "get": {} }, "/{b}": { "get": {} } });
    let mut bad_jwt = document(json!({}));
    jwt(&mut bad_jwt, json!({ "type": "jwt" }));
    for (query, document, words) in [
        ("", json!(""), "line 1, column 1: the document is empty"),
        ("", json!("a: 1\na: 2"), "line 2, column 1: 'a' stands twice in the same object"),
        ("", json!({ "swagger": "2.0" }), "Swagger 2.0 describes REST APIs only"),
        ("", document(json!({ "/a/": { "get": {} } })), "(remove the closing slash: '/a')"),
        ("", document(json!({ "/a": link })), "Invalid VpcLink"),
        ("", document(twins), "only the names of their path variables differ"),
        ("", bad_jwt, "document.authorizers['gate']"),
        ("?failOnWarnings=true", unknown, "Warnings found during import:\n\tline 1, column"),
        ("?failOnWarnings=maybe", before.clone(), "Must be one of [true, false]"),
        ("?basepath=append", before.clone(), "Must be one of [ignore, prepend, split]"),
        ("?basePath=split", before.clone(), "did you mean 'basepath'?"),
    ] {
        for target in [format!("/v2/apis{query}"), format!("{api}{query}")] {
            let reply = put(&gateway, &target, &document);
            assert!((400..=409).contains(&reply.status), "{reply:?}");
            assert!(reply.message().contains(words), "{}", reply.message());
        }
    }
    let missing = gateway.send("PUT", "/v2/apis", json!({}));
    assert_eq!(missing.code, Some("BadRequestException"));
    assert_eq!(put(&gateway, "/v2/apis/none", &before).status, 404);
    assert_eq!(gateway.dump(), stored);
    let chat = gateway.websocket();
    let refused = put(&gateway, &chat, &before);
    assert!(refused.message().contains("WebSocket"), "{refused:?}");
    let refused = gateway.get(&format!("{chat}/exports/OAS30?outputType=JSON"));
    assert!(refused.message().contains("WebSocket"), "{refused:?}");
}

#[test]
fn a_reimport_takes_the_place_of_all_but_what_is_the_same() {
    let gateway = Gateway::new();
    let mut first = document(json!({
        "/a": { "get": operation("http://a") },
        "/b": { "get": operation("http://b") },
        "/c": { "get": operation("http://c") },
    }));
    jwt(&mut first, issuer());
    first["security"] = json!([{ "gate": ["read"] }]);
    first["x-amazon-apigateway-cors"] = json!({ "allowOrigins": ["*"] });
    let api = format!("/v2/apis/{}", put(&gateway, "/v2/apis", &first).text("apiId"));
    let (routes, integrations) = (format!("{api}/routes"), format!("{api}/integrations"));
    let authorizers = format!("{api}/authorizers");
    gateway.post(
        &format!("{api}/stages"),
        json!({ "stageName": "live", "autoDeploy": true,
        "stageVariables": { "v": "1" } }),
    );
    gateway.integration(&api);
    gateway.jwt(&api, "unused");
    let before = ids(&gateway, &routes, "routeKey", "routeId");
    let targets = ids(&gateway, &integrations, "integrationUri", "integrationId");
    let gates = ids(&gateway, &authorizers, "name", "authorizerId");

    let mut second = document(json!({
        "/a": { "get": operation("http://a") },
        "/b": { "get": operation("http://new") },
        "/d": { "get": operation("http://d") },
    }));
    jwt(
        &mut second,
        json!({ "type": "request", "authorizerPayloadFormatVersion": "2.0",
        "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
            arn:aws:lambda:us-east-1:000000000000:function:f/invocations" }),
    );
    second["paths"]["/a"]["get"]["security"] = json!([{ "gate": [] }]);
    let again = put(&gateway, &api, &second);
    assert_eq!(again.status, 201);
    assert!(again.body.get("corsConfiguration").is_none());
    let after = ids(&gateway, &routes, "routeKey", "routeId");
    assert_eq!(after.keys().collect::<Vec<_>>(), ["GET /a", "GET /b", "GET /d"]);
    assert_eq!((&after["GET /a"], &after["GET /b"]), (&before["GET /a"], &before["GET /b"]));
    let left = ids(&gateway, &integrations, "integrationUri", "integrationId");
    assert_eq!(left.keys().collect::<Vec<_>>(), ["http://a", "http://d", "http://new"]);
    assert_eq!(
        (&left["http://a"], &left["http://new"]),
        (&targets["http://a"], &targets["http://b"])
    );
    let kept = ids(&gateway, &authorizers, "name", "authorizerId");
    assert_eq!(kept, [("gate".to_owned(), gates["gate"].clone())].into());
    let closed = gateway.get(&format!("{routes}/{}", after["GET /a"]));
    assert_eq!(closed.text("authorizationType"), "CUSTOM");
    // The document is the whole API: what it does not close is open.
    let open = gateway.get(&format!("{routes}/{}", after["GET /b"]));
    assert_eq!(open.text("authorizationType"), "NONE");
    assert!(open.body.get("authorizationScopes").is_none());
    let stage = gateway.get(&format!("{api}/stages/live"));
    assert_eq!(stage.body["stageVariables"], json!({ "v": "1" }));
    assert!(stage.text("lastDeploymentStatusMessage").contains("Successfully deployed"));
    let image = gateway.admin.image(id_of(&api)).unwrap().unwrap();
    let served = &image.stages()[0];
    let mut captures = ringgate_table::Captures::default();
    assert!(served.find("GET", "/d", &mut captures).is_some(), "it deploys itself");
    assert!(served.find("GET", "/c", &mut captures).is_none());
}

#[test]
fn routes_share_what_the_document_shares() {
    let gateway = Gateway::new();
    let shared = json!({ "x-amazon-apigateway-integration":
        { "$ref": "#/components/x-amazon-apigateway-integrations/one" } });
    let mut wanted = document(json!({ "/a": { "get": shared, "put": shared },
        "/b": { "get": operation("http://one") } }));
    wanted["components"] = json!({ "x-amazon-apigateway-integrations":
        { "one": { "type": "http_proxy", "httpMethod": "ANY", "uri": "http://one" } } });
    let api = format!("/v2/apis/{}", put(&gateway, "/v2/apis", &wanted).text("apiId"));
    let count = || gateway.get(&format!("{api}/integrations")).column("integrationId").len();
    assert_eq!(count(), 2);
    let text = gateway.get(&format!("{api}/exports/OAS30?outputType=JSON")).body;
    let stored = gateway.dump();
    let record = stored.keys().find(|key| stored[*key].contains("\"edits\"")).unwrap().clone();
    assert_eq!(put(&gateway, &api, &text).status, 201);
    assert_eq!(count(), 2);
    // The record of the API counts its changes; all else is as it was.
    let mut after = gateway.dump();
    after.insert(record.clone(), stored[&record].clone());
    assert_eq!(after, stored, "an export changes nothing where it comes from");
}

#[test]
fn an_export_is_of_the_api_or_of_what_a_stage_serves() {
    let gateway = Gateway::new();
    let wanted = document(json!({ "/a": { "get": operation("http://a") } }));
    let api = format!("/v2/apis/{}", put(&gateway, "/v2/apis", &wanted).text("apiId"));
    let deployment = gateway.post(&format!("{api}/deployments"), json!({})).text("deploymentId");
    gateway.post(
        &format!("{api}/stages"),
        json!({ "stageName": "pinned", "deploymentId": deployment }),
    );
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "auto", "autoDeploy": true }));
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "empty" }));
    gateway.route(&api, "GET /new");
    let export = |query: &str| gateway.get(&format!("{api}/exports/OAS30?{query}"));
    let paths = |query: &str| {
        let body = export(&format!("outputType=JSON{query}")).body;
        let paths = body["paths"].as_object().unwrap().keys().cloned();
        paths.collect::<Vec<_>>()
    };
    assert_eq!(paths(""), ["/a", "/new"]);
    assert_eq!(paths("&exportVersion=1.0&includeExtensions=false"), ["/a", "/new"]);
    assert_eq!(paths("&stageName=auto"), ["/a", "/new"]);
    assert_eq!(paths("&stageName=pinned"), ["/a"]);
    for (query, words) in [
        ("", "Invalid outputType ''"),
        ("outputType=json", "Must be one of [YAML, JSON]"),
        ("outputType=JSON&exportVersion=2.0", "Must be one of [1.0]"),
        ("outputType=JSON&includeExtensions=1", "Must be one of [true, false]"),
        ("outputType=JSON&stageName=gone", "Invalid stage identifier specified"),
        ("outputType=JSON&stageName=empty", "has no deployment to export"),
    ] {
        let refused = export(query);
        assert!(refused.message().contains(words), "{refused:?}");
    }
    let other = gateway.get(&format!("{api}/exports/OAS20?outputType=JSON"));
    assert!(other.message().contains("Must be one of [OAS30]"), "{other:?}");
    let yaml = export("outputType=YAML");
    assert_eq!(yaml.answer.content_type, Some("application/yaml"));
    assert!(yaml.body.as_str().unwrap().starts_with("openapi: \"3.0.1\"\n"));
}
