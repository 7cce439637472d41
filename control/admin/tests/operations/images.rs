use std::sync::Arc;

use ringgate_admin::{Admin, MemoryStore, Options};
use ringgate_model::Scope;
use serde_json::json;

use crate::gateway::{Gateway, id_of};

const TARGET: &str = "http://127.0.0.1:9000";

fn ensure(gateway: &Gateway, scope: &Scope, url: &str) -> String {
    let now = gateway.time();
    gateway.admin.ensure_target(url, scope, now, &mut gateway.entropy()).unwrap()
}

#[test]
fn images_are_those_of_every_scope() {
    let gateway = Gateway::new();
    assert!(gateway.admin.images().unwrap().is_empty());
    let here = gateway.api();
    let body = br#"{"name":"n","protocolType":"HTTP"}"#;
    let scope = Scope::new("eu-west-1", "111111111111");
    let there = gateway.raw(&scope, "POST", "/v2/apis", body).text("apiId");
    let mut ids: Vec<String> =
        gateway.admin.images().unwrap().iter().map(|image| image.api_id().to_owned()).collect();
    ids.sort();
    let mut wanted = vec![id_of(&here).to_owned(), there];
    wanted.sort();
    assert_eq!(ids, wanted);
    gateway.delete(&here);
    assert!(gateway.admin.image(id_of(&here)).unwrap().is_none());
}

#[test]
fn the_image_after_a_change_is_what_a_restart_would_compile() {
    let gateway = Gateway::new();
    let api = gateway.api();
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "s", "autoDeploy": true }));
    for key in ["GET /a", "ANY /{proxy+}", "$default"] {
        gateway.route(&api, key);
        let warm = gateway.admin.image(id_of(&api)).unwrap().unwrap();
        let restarted: Admin<MemoryStore> =
            Admin::new(Arc::clone(&gateway.store), Options::default());
        assert_eq!(restarted.image(id_of(&api)).unwrap().unwrap().hash(), warm.hash());
    }
}

#[test]
fn a_target_is_made_once_and_changed_in_place() {
    let gateway = Gateway::new();
    let id = ensure(&gateway, &gateway.scope, TARGET);
    assert_eq!(gateway.admin.root().unwrap().default_api, Some(id.clone()));
    let api = format!("/v2/apis/{id}");
    assert_eq!(gateway.get(&api).text("name"), "ringgate-up");
    assert_eq!(gateway.get(&format!("{api}/routes")).column("routeKey"), ["$default"]);
    let before = gateway.dump();
    assert_eq!(ensure(&gateway, &gateway.scope, TARGET), id);
    assert_eq!(gateway.dump(), before, "the same target writes nothing");
    assert_eq!(ensure(&gateway, &gateway.scope, "http://b:1"), id);
    let uris = gateway.get(&format!("{api}/integrations")).column("integrationUri");
    assert_eq!(uris, ["http://b:1"]);
}

#[test]
fn a_deleted_target_is_made_anew() {
    let gateway = Gateway::new();
    let id = ensure(&gateway, &gateway.scope, TARGET);
    gateway.delete(&format!("/v2/apis/{id}"));
    assert_eq!(gateway.admin.root().unwrap().default_api, None);
    assert!(gateway.dump().is_empty());
    let again = ensure(&gateway, &gateway.scope, TARGET);
    assert_ne!(id, again);
    let elsewhere = ensure(&gateway, &Scope::new("eu-west-1", "000000000000"), TARGET);
    assert_eq!(gateway.admin.root().unwrap().default_api, Some(elsewhere));
    assert_eq!(gateway.get(&format!("/v2/apis/{again}")).status, 200);
}

#[test]
fn what_a_target_needs_is_made_anew() {
    let gateway = Gateway::new();
    let id = ensure(&gateway, &gateway.scope, TARGET);
    let api = format!("/v2/apis/{id}");
    let serves = || {
        let image = gateway.admin.image(&id).unwrap().unwrap();
        let stage = image.stages().iter().find(|stage| stage.name() == "$default");
        let mut captures = ringgate_table::Captures::default();
        stage.is_some_and(|stage| stage.find("GET", "/x", &mut captures).is_some())
    };
    let route = || gateway.get(&format!("{api}/routes")).column("routeId").remove(0);
    let pin = || gateway.patch(&format!("{api}/stages/$default"), json!({ "autoDeploy": false }));
    let breaks: [&dyn Fn(); 4] = [
        &|| drop(gateway.delete(&format!("{api}/routes/{}", route()))),
        &|| drop(gateway.delete(&format!("{api}/stages/$default"))),
        // Pinned at a deployment without a route.
        &|| {
            let route = route();
            gateway.delete(&format!("{api}/routes/{route}"));
            pin();
        },
        &|| {
            pin();
            gateway.delete(&format!("{api}/stages/$default"));
            gateway.delete(&format!("{api}/routes/{}", route()));
        },
    ];
    for damage in breaks {
        assert!(serves());
        damage();
        assert!(!serves());
        assert_eq!(ensure(&gateway, &gateway.scope, TARGET), id);
        assert!(serves());
        let stored = gateway.dump();
        assert_eq!(ensure(&gateway, &gateway.scope, TARGET), id);
        assert_eq!(gateway.dump(), stored, "nothing is left to do");
    }
    // A pinned stage would not follow the target.
    pin();
    ensure(&gateway, &gateway.scope, "http://b:1");
    let stage = gateway.get(&format!("{api}/stages/$default"));
    assert_eq!(stage.body["autoDeploy"], json!(true));
}

#[test]
fn a_bad_target_is_refused_and_changes_nothing() {
    let gateway = Gateway::new();
    for url in ["", "127.0.0.1:9000", "ftp://b", "http://u@b/"] {
        let now = gateway.time();
        let result = gateway.admin.ensure_target(url, &gateway.scope, now, &mut gateway.entropy());
        assert!(result.is_err(), "{url}");
    }
    assert!(gateway.dump().is_empty());
}
