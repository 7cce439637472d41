use ringgate_admin::{Applied, Error};
use ringgate_import::Desired;
use serde_json::{Value, json};

use crate::gateway::Gateway;

fn apply(gateway: &Gateway, document: &Value, dry_run: bool) -> Result<Applied, Error> {
    let desired: Desired = serde_json::from_value(document.clone()).unwrap();
    let (now, mut entropy) = (gateway.time(), gateway.entropy());
    gateway.admin.apply(&gateway.scope, &desired, dry_run, now, &mut entropy)
}

fn route(key: &str, uri: &str) -> Value {
    json!({ "routeKey": key, "integration": { "integrationId": "", "integrationType": "HTTP_PROXY",
        "integrationUri": uri, "integrationMethod": "ANY" } })
}

fn pets(routes: Vec<Value>) -> Value {
    json!({ "name": "pets", "version": "1", "routes": routes })
}

#[test]
fn a_document_makes_an_api_and_then_only_what_differs() {
    let gateway = Gateway::new();
    let first = pets(vec![route("GET /a", "http://a"), route("GET /b", "http://b")]);
    let dry = apply(&gateway, &first, true).unwrap();
    assert!(dry.created && dry.api_id.is_empty() && dry.revision.is_none());
    assert!(gateway.dump().is_empty());

    let made = apply(&gateway, &first, false).unwrap();
    assert!(made.created && made.revision == Some(1), "one transaction");
    assert_eq!(made.diff, dry.diff);
    let api = format!("/v2/apis/{}", made.api_id);
    let before = gateway.get(&format!("{api}/routes"));
    assert_eq!(gateway.get(&format!("{api}/stages/$default")).body["autoDeploy"], json!(true));

    let stored = gateway.dump();
    let again = apply(&gateway, &first, false).unwrap();
    assert!(again.diff.is_empty() && again.revision.is_none() && again.api_id == made.api_id);
    assert_eq!(gateway.dump(), stored);

    let second = pets(vec![route("GET /a", "http://a2"), route("GET /c", "http://b")]);
    let changed = apply(&gateway, &second, false).unwrap();
    assert_eq!(changed.diff.to_string().lines().filter(|line| !line.starts_with(' ')).count(), 3);
    let mut after = gateway.get(&format!("{api}/routes")).column("routeKey");
    after.sort();
    assert_eq!(after, ["GET /a", "GET /c"]);
    let id_of = |reply: &crate::gateway::Reply, key: &str| {
        let at = reply.column("routeKey").iter().position(|found| found == key).unwrap();
        reply.column("routeId").swap_remove(at)
    };
    assert_eq!(id_of(&gateway.get(&format!("{api}/routes")), "GET /a"), id_of(&before, "GET /a"));
    let mut uris = gateway.get(&format!("{api}/integrations")).column("integrationUri");
    uris.sort();
    assert_eq!(uris, ["http://a2", "http://b"]);
}

#[test]
fn a_shared_integration_is_not_changed_under_another_route() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let target = format!("integrations/{}", gateway.integration(&api));
    for key in ["GET /a", "GET /b"] {
        let body = json!({ "routeKey": key, "target": target });
        gateway.post(&format!("{api}/routes"), body);
    }
    apply(
        &gateway,
        &pets(vec![route("GET /a", "http://n"), route("GET /b", "http://b:1/x")]),
        false,
    )
    .unwrap();
    let mut uris = gateway.get(&format!("{api}/integrations")).column("integrationUri");
    uris.sort();
    assert_eq!(uris, ["http://b:1/x", "http://n"]);
}

#[test]
fn a_document_cannot_say_what_the_operations_refuse() {
    let gateway = Gateway::new();
    apply(&gateway, &pets(vec![route("GET /a", "http://a")]), false).unwrap();
    let stored = gateway.dump();
    let tls = json!({ "routeKey": "GET /", "integration": { "integrationId": "",
        "integrationType": "HTTP_PROXY", "integrationUri": "http://a",
        "tlsConfig": { "serverNameToVerify": "x" } } });
    for (document, words) in [
        (pets(vec![route("GET /a", "ftp://a")]), "document.routes['GET /a'].integration"),
        (pets(vec![route("GET a", "http://a")]), "Format should be"),
        (
            pets(vec![
                route("GET /a", "http://a"),
                route("GET /{x}", "http://a"),
                route("GET /{y}", "http://a"),
            ]),
            "path variables differ",
        ),
        (pets(vec![tls]), "tlsConfig"),
        (json!({ "name": "", "apiId": null, "routes": [] }), "'document.name'"),
        (json!({ "name": "pets", "routes": [], "stage": { "stageName": "a b" } }), "stageName"),
        (json!({ "name": "pets", "routes": [], "cors": { "allowOrigins": ["x"] } }), "origin 'x'"),
        (json!({ "name": "x", "apiId": "none", "routes": [] }), "Invalid API identifier"),
    ] {
        for dry_run in [true, false] {
            let error = apply(&gateway, &document, dry_run).unwrap_err();
            assert!(error.message.contains(words), "{error}");
        }
    }
    assert_eq!(gateway.dump(), stored);
}

#[test]
fn a_name_that_two_apis_have_needs_an_id() {
    let gateway = Gateway::new();
    let (one, two) = (gateway.api(), gateway.api());
    let error = apply(&gateway, &pets(vec![]), false).unwrap_err();
    assert_eq!(error.code.as_str(), "ConflictException");
    let mut document = pets(vec![route("GET /a", "http://a")]);
    document["apiId"] = json!(crate::gateway::id_of(&two));
    assert!(!apply(&gateway, &document, false).unwrap().created);
    assert_eq!(gateway.get(&format!("{one}/routes")).body, json!({ "items": [] }));
}

#[test]
fn a_pinned_stage_gets_a_deployment_of_what_was_applied() {
    let gateway = Gateway::new();
    let first = pets(vec![route("GET /a", "http://a")]);
    let api = format!("/v2/apis/{}", apply(&gateway, &first, false).unwrap().api_id);
    let stage = format!("{api}/stages/$default");
    gateway.patch(&stage, json!({ "autoDeploy": false }));
    let pinned = gateway.get(&stage).text("deploymentId");

    let second = pets(vec![route("GET /a", "http://a"), route("GET /b", "http://b")]);
    let changed = apply(&gateway, &second, false).unwrap();
    assert_eq!(changed.diff.to_string(), "+ route GET /b ANY http://b\n");
    let after = gateway.get(&stage);
    assert_ne!(after.text("deploymentId"), pinned);
    assert_eq!(after.body["autoDeploy"], json!(false));
    assert!(served(&gateway, &api, "/b"));
    assert_eq!(gateway.get(&format!("{api}/deployments")).column("deploymentId").len(), 2);
    let again = apply(&gateway, &second, false).unwrap();
    assert!(again.diff.is_empty() && again.revision.is_none(), "{}", again.diff);

    // The API is as wanted, what the stage serves is not.
    gateway.patch(&stage, json!({ "deploymentId": pinned }));
    assert!(!served(&gateway, &api, "/b"));
    let dry = apply(&gateway, &second, true).unwrap();
    assert_eq!(dry.diff.to_string(), "+ route GET /b ANY http://b\n");
    apply(&gateway, &second, false).unwrap();
    assert!(served(&gateway, &api, "/b"));

    // The stage serves what is wanted, the API is not as wanted.
    gateway.route(&api, "GET /c");
    let changed = apply(&gateway, &second, false).unwrap();
    assert_eq!(changed.diff.to_string(), "- route GET /c\n");
    assert!(apply(&gateway, &second, false).unwrap().diff.is_empty());
}

#[test]
fn a_document_opens_no_route_that_was_closed() {
    let gateway = Gateway::new();
    let document = pets(vec![route("GET /a", "http://a")]);
    let api = format!("/v2/apis/{}", apply(&gateway, &document, false).unwrap().api_id);
    let id = gateway.get(&format!("{api}/routes")).column("routeId").swap_remove(0);
    let closed = json!({ "authorizationType": "JWT", "authorizerId": gateway.jwt(&api, "gate") });
    let at = format!("{api}/routes/{id}");
    gateway.patch(&at, closed);
    apply(&gateway, &pets(vec![route("GET /a", "http://b")]), false).unwrap();
    assert_eq!(gateway.get(&at).text("authorizationType"), "JWT");
    let image = gateway.admin.image(crate::gateway::id_of(&api)).unwrap().unwrap();
    let open = |it: ringgate_table::RouteRef<'_>| {
        matches!(it.authorization(), ringgate_table::Authorization::Open)
    };
    assert!(!image.stages()[0].routes().any(open));
}

#[test]
fn a_document_describes_an_http_api() {
    let gateway = Gateway::new();
    gateway.websocket();
    let document = json!({ "name": "chat", "routes": [] });
    let error = apply(&gateway, &document, false).unwrap_err();
    assert!(error.message.contains("is a WebSocket API"), "{error}");
}

#[test]
fn a_stage_that_never_served_does_after_an_apply() {
    let gateway = Gateway::new();
    let api = gateway.api();
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "$default" }));
    let document = pets(vec![route("GET /a", "http://a")]);
    apply(&gateway, &document, false).unwrap();
    assert!(served(&gateway, &api, "/a"));
    assert!(apply(&gateway, &document, false).unwrap().diff.is_empty());
}

#[test]
fn what_happens_to_the_stage_is_told() {
    let gateway = Gateway::new();
    let mut document = pets(vec![route("GET /a", "http://a")]);
    let api = format!("/v2/apis/{}", apply(&gateway, &document, false).unwrap().api_id);
    for (variables, told) in [
        (json!({ "a": "1", "b": "2" }), Some("+ stage prod\n")),
        (json!({ "a": "1", "b": "3", "c": "4", "d": "" }), Some("~ stage prod\n")),
        (json!({ "a": "" }), Some("~ stage prod\n    stageVariables.a: 1 -> (none)\n")),
        (json!({ "b": "3" }), None),
    ] {
        document["stage"] = json!({ "stageName": "prod", "stageVariables": variables });
        let dry = apply(&gateway, &document, true).unwrap();
        let done = apply(&gateway, &document, false).unwrap();
        assert_eq!(dry.diff, done.diff);
        assert_eq!(done.revision.is_some(), told.is_some());
        let text = done.diff.to_string();
        assert!(text.starts_with(told.unwrap_or_default()), "{text}");
        assert_eq!(text.is_empty(), told.is_none());
    }
    let stage = gateway.get(&format!("{api}/stages/prod"));
    assert_eq!(stage.body["stageVariables"], json!({ "b": "3", "c": "4" }));
}

/// Whether the default stage finds a route for a GET of `path`.
fn served(gateway: &Gateway, api: &str, path: &str) -> bool {
    let image = gateway.admin.image(crate::gateway::id_of(api)).unwrap().unwrap();
    let stage = image.stages().iter().find(|found| found.name() == "$default").unwrap();
    stage.find("GET", path, &mut ringgate_table::Captures::default()).is_some()
}
