//! What the first format's program wrote (`format-1.json` is such a store, dumped) opens, is shown
//! as it was, serves the same, and can be changed.

use ringgate_admin::{Store, Transaction};
use ringgate_model::Scope;
use ringgate_table::Captures;
use serde_json::{Value, json};

use crate::gateway::Gateway;

fn old_store() -> Gateway {
    let gateway = Gateway::new();
    let entries: Value = serde_json::from_str(include_str!("format-1.json")).unwrap();
    let writes = entries.as_object().unwrap().iter().map(|(key, value)| {
        let text = if value.is_null() { String::new() } else { value.to_string() };
        (key.clone(), Some(text.into_bytes()))
    });
    let writes = writes.collect();
    gateway.store.commit(Transaction { checks: Vec::new(), writes }).unwrap();
    gateway
}

#[test]
fn everything_is_shown_as_it_was() {
    let gateway = old_store();
    let stored: Value = serde_json::from_str(include_str!("format-1.json")).unwrap();
    let mut seen = 0;
    for (key, value) in stored.as_object().unwrap() {
        let Some(path) = key.strip_prefix("apis/") else { continue };
        let scope = match path.starts_with("thereapi01") {
            true => Scope::new("eu-west-1", "000000000000"),
            false => gateway.scope.clone(),
        };
        let target = match path.strip_suffix("/api") {
            Some(api) => format!("/v2/apis/{api}"),
            None => format!("/v2/apis/{path}"),
        };
        let mut shown = gateway.raw(&scope, "GET", &target, b"");
        assert_eq!(shown.status, 200, "{target}");
        if let Some(api) = value.get("api") {
            shown.body["apiEndpoint"] = json!("");
            assert_eq!(&shown.body, api, "{target}");
        } else {
            assert_eq!(&shown.body, value, "{target}");
        }
        seen += 1;
    }
    assert_eq!(seen, 15);
    assert_eq!(gateway.get("/v2/domainnames").body, json!({ "items": [] }));
    let kinds = ["authorizers", "models"];
    for kind in kinds {
        let list = gateway.get(&format!("/v2/apis/petsapi001/{kind}"));
        assert_eq!(list.body, json!({ "items": [] }));
    }
}

#[test]
fn the_same_is_served_and_can_be_changed() {
    let gateway = old_store();
    assert_eq!(gateway.admin.images().unwrap().len(), 3);
    let keys = |stage: &str, path: &str| {
        let image = gateway.admin.image("petsapi001").unwrap().unwrap();
        let route = image.stage(stage).unwrap().find("GET", path, &mut Captures::new()).unwrap();
        route.key().to_owned()
    };
    assert_eq!(keys("$default", "/late/x"), "ANY /late/{proxy+}");
    assert_eq!(keys("prod", "/late/x"), "$default", "its deployment was frozen before");
    let api = "/v2/apis/petsapi001";
    let id = gateway.jwt(api, "new");
    let routes = gateway.get(&format!("{api}/routes"));
    for (route, key) in routes.column("routeId").iter().zip(routes.column("routeKey")) {
        let body = json!({ "authorizationType": "JWT", "authorizerId": id });
        let changed = gateway.patch(&format!("{api}/routes/{route}"), body);
        assert_eq!(changed.status, 201, "{key}");
    }
    gateway.post(&format!("{api}/deployments"), json!({ "stageName": "prod" }));
    assert_eq!(gateway.delete("/v2/apis/quickapi01").status, 204);
}
