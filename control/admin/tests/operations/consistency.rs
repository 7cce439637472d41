//! Random sequences of calls: whatever they are, the store stays whole.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ringgate_table::Authorization;
use serde_json::{Value, json};

use crate::gateway::Gateway;

/// One call, by small numbers that pick among what is there.
type Step = (u8, u8, u8);

const KEYS: [&str; 6] =
    ["GET /", "ANY /{proxy+}", "$default", "GET /pets/{id}", "GET /pets/{name}", "POST /pets"];
const CASES: u32 = 32;
const STAGES: [&str; 3] = ["$default", "dev", "prod"];

fn pick(ids: &[String], n: u8) -> String {
    // Now and then something that is not there.
    let at = usize::from(n) % (ids.len() + 1);
    ids.get(at).cloned().unwrap_or_else(|| "nothere".to_owned())
}

fn column(gateway: &Gateway, target: &str, member: &str) -> Vec<String> {
    let reply = gateway.get(&format!("{target}?maxResults=500"));
    if reply.status == 200 { reply.column(member) } else { Vec::new() }
}

fn run(gateway: &Gateway, (kind, a, b): Step) {
    let api = format!("/v2/apis/{}", pick(&column(gateway, "/v2/apis", "apiId"), a));
    let integration = pick(&column(gateway, &format!("{api}/integrations"), "integrationId"), b);
    let route = pick(&column(gateway, &format!("{api}/routes"), "routeId"), b);
    let deployment = pick(&column(gateway, &format!("{api}/deployments"), "deploymentId"), b);
    let key = KEYS[usize::from(b) % KEYS.len()];
    let stage = STAGES[usize::from(b) % STAGES.len()];
    let at = |rest: &str| format!("{api}{rest}");
    let target = format!("integrations/{integration}");
    let none = Value::Null;
    let (method, path, body) = match kind % 26 {
        20.. => return guard(gateway, &api, &route, (kind % 26, b)),
        0 => ("POST", "/v2/apis".into(), json!({ "name": "n", "protocolType": "HTTP" })),
        1 => (
            "POST",
            "/v2/apis".into(),
            json!({ "name": "q", "protocolType": "HTTP", "target": "http://b" }),
        ),
        2 if b.is_multiple_of(4) => ("DELETE", api.clone(), none),
        2 => ("PATCH", api.clone(), json!({ "target": "http://c", "routeKey": key })),
        3 => ("PATCH", api.clone(), json!({ "corsConfiguration": { "maxAge": b } })),
        4 => (
            "POST",
            at("/integrations"),
            json!({ "integrationType": "HTTP_PROXY", "integrationUri": "http://b/{id}" }),
        ),
        5 => {
            ("PATCH", at(&format!("/integrations/{integration}")), json!({ "timeoutInMillis": b }))
        }
        6 => ("DELETE", at(&format!("/integrations/{integration}")), none),
        7 => ("POST", at("/routes"), json!({ "routeKey": key, "target": target })),
        8 => ("POST", at("/routes"), json!({ "routeKey": key })),
        9 => ("PATCH", at(&format!("/routes/{route}")), json!({ "target": target })),
        10 => (
            "PATCH",
            at(&format!("/routes/{route}")),
            json!({ "routeKey": KEYS[usize::from(a) % KEYS.len()] }),
        ),
        11 => ("DELETE", at(&format!("/routes/{route}")), none),
        12 => ("POST", at("/stages"), json!({ "stageName": stage, "autoDeploy": true })),
        13 => ("POST", at("/stages"), json!({ "stageName": stage, "deploymentId": deployment })),
        14 => {
            ("PATCH", at(&format!("/stages/{stage}")), json!({ "autoDeploy": a.is_multiple_of(2) }))
        }
        15 => (
            "PATCH",
            at(&format!("/stages/{stage}")),
            json!({ "autoDeploy": false, "deploymentId": deployment }),
        ),
        16 => ("DELETE", at(&format!("/stages/{stage}")), none),
        17 => ("POST", at("/deployments"), json!({ "stageName": stage })),
        18 => ("POST", at("/deployments"), json!({})),
        _ => ("DELETE", at(&format!("/deployments/{deployment}")), none),
    };
    // `send` itself checks that a refused call leaves every byte of the store as it was.
    gateway.send(method, &path, body);
}

/// One call that has to do with who may call, and how often.
fn guard(gateway: &Gateway, api: &str, route: &str, (kind, b): (u8, u8)) {
    let id = pick(&column(gateway, &format!("{api}/authorizers"), "authorizerId"), b);
    let stage = STAGES[usize::from(b) % STAGES.len()];
    let (method, path, body) = match kind {
        20 | 21 => (
            "POST",
            "/authorizers".to_owned(),
            json!({ "authorizerType": "JWT", "name": format!("a{}", b % 4),
                "jwtConfiguration": { "issuer": "https://i" } }),
        ),
        22 => (
            "PATCH",
            format!("/routes/{route}"),
            json!({ "authorizationType": "JWT", "authorizerId": id }),
        ),
        23 => ("PATCH", format!("/routes/{route}"), json!({ "authorizationType": "NONE" })),
        24 => ("DELETE", format!("/authorizers/{id}"), Value::Null),
        _ => (
            "PATCH",
            format!("/stages/{stage}"),
            json!({ "defaultRouteSettings": { "throttlingBurstLimit": b } }),
        ),
    };
    gateway.send(method, &format!("{api}{path}"), body);
}

/// What must hold of the store at any time.
fn check(gateway: &Gateway) {
    let mut definitions = BTreeSet::new();
    for api_id in column(gateway, "/v2/apis", "apiId") {
        let api = format!("/v2/apis/{api_id}");
        let integrations = column(gateway, &format!("{api}/integrations"), "integrationId");
        let deployments = gateway.get(&format!("{api}/deployments?maxResults=500"));
        let deployments = deployments.body["items"].as_array().unwrap().clone();
        let routes = gateway.get(&format!("{api}/routes"));
        let mut keys = BTreeSet::new();
        for route in routes.body["items"].as_array().unwrap() {
            assert!(keys.insert(route["routeKey"].to_string()), "a key twice");
            if let Some(target) = route["target"].as_str() {
                let id = target.strip_prefix("integrations/").unwrap().to_owned();
                assert!(integrations.contains(&id), "{route} points nowhere");
            }
        }
        let authorizers = column(gateway, &format!("{api}/authorizers"), "authorizerId");
        for route in routes.body["items"].as_array().unwrap() {
            let id = route["authorizerId"].as_str();
            assert_eq!(id.is_some(), route["authorizationType"] == "JWT", "{route}");
            assert!(id.is_none_or(|id| authorizers.contains(&id.to_owned())), "{route}");
        }
        no_open_doors(gateway, &api_id);
        let stages = gateway.get(&format!("{api}/stages"));
        for stage in stages.body["items"].as_array().unwrap() {
            let Some(id) = stage["deploymentId"].as_str() else { continue };
            let deployment = deployments.iter().find(|deployment| deployment["deploymentId"] == id);
            assert!(deployment.is_some(), "{stage} serves nothing");
            if stage["autoDeploy"] != json!(true) {
                definitions.insert(format!("definitions/{api_id}/{id}"));
            }
        }
        for deployment in &deployments {
            let id = deployment["deploymentId"].as_str().unwrap();
            let frozen = gateway.keys(&format!("definitions/{api_id}/{id}")) == 1;
            let head = stages.body["items"].as_array().unwrap().iter();
            let mut head = head.filter(|stage| stage["autoDeploy"] == json!(true));
            let served = head.any(|stage| stage["deploymentId"] == id);
            assert!(frozen || served, "{deployment} is a name of nothing");
        }
        gateway.admin.image(&api_id).unwrap().unwrap();
    }
    let stored = gateway.dump();
    assert!(definitions.iter().all(|key| stored.contains_key(key)));
    let apis = column(gateway, "/v2/apis", "apiId");
    for key in stored.keys().filter(|key| key.starts_with("apis/") || key.starts_with("def")) {
        let id = key.split('/').nth(1).unwrap().to_owned();
        assert!(apis.contains(&id), "{key} belongs to nobody");
    }
    let images = gateway.admin.images().unwrap();
    assert_eq!(images.len(), apis.len());
}

/// Whatever else is so: a stage that deploys itself asks for an authorizer where the route does,
/// and lets through no more than a limit of that stage says.
fn no_open_doors(gateway: &Gateway, api_id: &str) {
    let api = format!("/v2/apis/{api_id}");
    let image = gateway.admin.image(api_id).unwrap().unwrap();
    let stages = gateway.get(&format!("{api}/stages"));
    for stage in stages.body["items"].as_array().unwrap() {
        if stage["autoDeploy"] != json!(true) {
            continue;
        }
        let limited = stage["defaultRouteSettings"].get("throttlingBurstLimit").is_some();
        for route in image.stage(stage["stageName"].as_str().unwrap()).unwrap().routes() {
            let shown = gateway.get(&format!("{api}/routes/{}", route.id()));
            let closed = shown.text("authorizationType") != "NONE";
            let is_closed = !matches!(route.authorization(), Authorization::Open);
            assert_eq!(closed, is_closed, "{:#}", shown.body);
            assert_eq!(limited, route.throttle().is_some(), "{:#}", shown.body);
        }
    }
}

fn config() -> ProptestConfig {
    // A failure is to be copied into a test of its own, not kept in a file beside it.
    ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_store_stays_whole(steps in prop::collection::vec(any::<Step>(), 1..80)) {
        let gateway = Gateway::new();
        // Something to work on.
        for kind in [0, 4, 7, 12] {
            run(&gateway, (kind, 0, 0));
        }
        for step in steps {
            run(&gateway, step);
            check(&gateway);
        }
    }
}
