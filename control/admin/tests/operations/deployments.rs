use serde_json::{Value, json};

use crate::gateway::{Gateway, id_of};

const BAD: &str = "BadRequestException";

#[test]
fn a_deployment_from_creation_to_deletion() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let all = format!("{api}/deployments");
    let message = gateway.refused("POST", &all, json!({}), BAD);
    assert_eq!(message, "Unable to deploy API because no routes exist in this API");
    gateway.route(&api, "GET /");
    let message = gateway.refused("POST", &all, json!({ "stageName": "no" }), "NotFoundException");
    assert_eq!(message, "Invalid stage identifier specified");
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "dev" }));
    let made = gateway.post(&all, json!({ "stageName": "dev", "description": "d" }));
    let id = made.text("deploymentId");
    assert_eq!((made.status, id.len()), (201, 6));
    assert_eq!(
        made.body,
        json!({ "autoDeployed": false, "createdDate": "2024-05-01T12:00:00Z",
        "deploymentId": id, "deploymentStatus": "DEPLOYED", "description": "d" })
    );
    let at = format!("{all}/{id}");
    assert_eq!(gateway.get(&at).body, made.body);
    assert_eq!(gateway.get(&all).body["items"], json!([made.body]));
    let changed = gateway.patch(&at, json!({ "description": "" }));
    assert_eq!((changed.status, changed.body.get("description")), (200, None));
    gateway.refused("PATCH", &at, json!({ "stageName": "dev" }), BAD);

    let stage = gateway.get(&format!("{api}/stages/dev"));
    assert_eq!(stage.text("deploymentId"), id);
    assert_eq!(
        stage.text("lastDeploymentStatusMessage"),
        format!("Successfully deployed stage with deployment ID '{id}'")
    );
    let message = gateway.refused("DELETE", &at, json!({}), BAD);
    assert_eq!(message, "Active stages pointing to this deployment must be moved or deleted");
    gateway.delete(&format!("{api}/stages/dev"));
    assert_eq!(gateway.delete(&at).status, 204);
    gateway.refused("GET", &at, Value::Null, "NotFoundException");
    assert_eq!(gateway.keys("definitions/"), 0);
}

#[test]
fn an_auto_deploying_stage_follows_every_change() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let body = json!({ "stageName": "$default", "autoDeploy": true });
    let made = gateway.post(&format!("{api}/stages"), body);
    assert_eq!(made.body.get("deploymentId"), None);
    assert_eq!(
        made.text("lastDeploymentStatusMessage"),
        "Deployment attempt failed: Unable to \
        deploy API because no routes exist in this API"
    );
    let at = format!("{api}/stages/$default");
    let route = gateway.route(&api, "GET /");
    let first = gateway.get(&at).text("deploymentId");
    let deployment = gateway.get(&format!("{api}/deployments/{first}"));
    assert_eq!(deployment.body["autoDeployed"], json!(true));
    assert_eq!(
        deployment.text("description"),
        "Automatic deployment triggered by changes to the Api configuration"
    );
    gateway.patch(&api, json!({ "corsConfiguration": { "allowOrigins": ["*"] } }));
    let second = gateway.get(&at).text("deploymentId");
    assert_ne!(first, second);
    assert_eq!(
        gateway.get(&format!("{api}/deployments")).column("deploymentId"),
        [second.as_str()]
    );
    // What a deployment does not freeze makes none.
    gateway.patch(&api, json!({ "description": "d" }));
    gateway.patch(&at, json!({ "stageVariables": { "a": "b" } }));
    assert_eq!(gateway.get(&at).text("deploymentId"), second);
    // A stage that joins shares it.
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "also", "autoDeploy": true }));
    assert_eq!(gateway.get(&format!("{api}/stages/also")).text("deploymentId"), second);
    gateway.delete(&format!("{api}/stages/also"));
    // The last route goes: that is deployed like any other change, and said.
    gateway.delete(&format!("{api}/routes/{route}"));
    let third = gateway.get(&at).text("deploymentId");
    assert_ne!(second, third);
    assert_eq!(
        gateway.get(&at).text("lastDeploymentStatusMessage"),
        format!("Successfully deployed stage with deployment ID '{third}'")
    );
    assert_eq!(gateway.get(&format!("{api}/deployments")).column("deploymentId"), [third.as_str()]);
    assert_eq!(gateway.keys("definitions/"), 0);
    assert_eq!(served(&gateway, &api, "$default", "/"), None);
    // A stage that never served still needs a route.
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "new", "autoDeploy": true }));
    let never = gateway.get(&format!("{api}/stages/new"));
    assert_eq!(never.body.get("deploymentId"), None);
    assert!(never.text("lastDeploymentStatusMessage").starts_with("Deployment attempt failed: "));
    // Pinned at nothing and let go again, it is still nothing.
    gateway.patch(&at, json!({ "autoDeploy": false }));
    assert_eq!(gateway.get(&at).text("deploymentId"), third);
    gateway.patch(&at, json!({ "autoDeploy": true }));
    let fourth = gateway.get(&at).text("deploymentId");
    assert_eq!(gateway.get(&format!("{api}/deployments")).column("deploymentId"), [fourth]);
    assert_eq!(gateway.keys("definitions/"), 0);
}

#[test]
fn turning_auto_deploy_off_freezes_what_is_served() {
    let gateway = Gateway::new();
    let api = gateway.api();
    gateway.route(&api, "GET /old");
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "dev", "autoDeploy": true }));
    let at = format!("{api}/stages/dev");
    let first = gateway.get(&at).text("deploymentId");
    assert_eq!(gateway.keys("definitions/"), 0);
    gateway.refused("PATCH", &at, json!({ "deploymentId": first }), BAD);
    gateway.patch(&at, json!({ "autoDeploy": false }));
    assert_eq!(gateway.keys("definitions/"), 1);
    gateway.route(&api, "GET /new");
    assert_eq!(served(&gateway, &api, "dev", "/new"), None);
    assert_eq!(served(&gateway, &api, "dev", "/old").as_deref(), Some("GET /old"));
    assert_eq!(gateway.get(&at).text("deploymentId"), first);

    // A deployment made by hand; then on again, and the frozen automatic one is forgotten.
    let second = gateway.post(&format!("{api}/deployments"), json!({})).text("deploymentId");
    gateway.patch(&at, json!({ "deploymentId": second }));
    assert_eq!(served(&gateway, &api, "dev", "/new").as_deref(), Some("GET /new"));
    gateway.patch(&at, json!({ "deploymentId": first }));
    assert_eq!(served(&gateway, &api, "dev", "/new"), None);
    gateway.patch(&at, json!({ "autoDeploy": true }));
    assert_eq!(served(&gateway, &api, "dev", "/new").as_deref(), Some("GET /new"));
    let left = gateway.get(&format!("{api}/deployments")).column("deploymentId");
    assert!(left.contains(&second) && !left.contains(&first) && left.len() == 2, "{left:?}");
}

#[test]
fn a_stage_pinned_to_an_automatic_deployment_keeps_it() {
    let gateway = Gateway::new();
    let api = gateway.api();
    gateway.route(&api, "GET /old");
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "auto", "autoDeploy": true }));
    let first = gateway.get(&format!("{api}/stages/auto")).text("deploymentId");
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "pin", "deploymentId": first }));
    gateway.route(&api, "GET /new");
    assert_eq!(served(&gateway, &api, "pin", "/new"), None);
    assert_eq!(served(&gateway, &api, "auto", "/new").as_deref(), Some("GET /new"));
    assert_eq!(gateway.get(&format!("{api}/deployments")).column("deploymentId").len(), 2);
    gateway.delete(&format!("{api}/stages/auto"));
    assert_eq!(served(&gateway, &api, "pin", "/old").as_deref(), Some("GET /old"));
    assert_eq!(gateway.get(&format!("{api}/deployments")).column("deploymentId"), [first]);
}

#[test]
fn a_deployment_by_hand_may_land_on_an_auto_deploying_stage() {
    let gateway = Gateway::new();
    let api = gateway.api();
    gateway.route(&api, "GET /a");
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "auto", "autoDeploy": true }));
    let made = gateway.post(&format!("{api}/deployments"), json!({ "stageName": "auto" }));
    let id = made.text("deploymentId");
    assert_eq!(gateway.get(&format!("{api}/deployments")).column("deploymentId"), [id.as_str()]);
    gateway.route(&api, "GET /b");
    assert_eq!(served(&gateway, &api, "auto", "/b").as_deref(), Some("GET /b"));
    assert_eq!(gateway.get(&format!("{api}/deployments")).column("deploymentId").len(), 2);
}

#[test]
fn ten_thousand_changes_do_not_grow_the_store() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let route = gateway.route(&api, "GET /0");
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "$default", "autoDeploy": true }));
    let keys = gateway.keys("");
    for n in 0..10_000 {
        let body = json!({ "routeKey": format!("GET /{n}") });
        assert_eq!(gateway.patch(&format!("{api}/routes/{route}"), body).status, 201);
    }
    assert_eq!(gateway.keys(""), keys);
    assert_eq!(served(&gateway, &api, "$default", "/9999").as_deref(), Some("GET /9999"));
}

/// The key of the route that the compiled stage finds for a GET.
fn served(gateway: &Gateway, api: &str, stage: &str, path: &str) -> Option<String> {
    let image = gateway.admin.image(id_of(api)).unwrap().unwrap();
    let stage = image.stages().iter().find(|found| found.name() == stage).unwrap();
    let mut captures = ringgate_table::Captures::default();
    stage.find("GET", path, &mut captures).map(|route| route.key().to_owned())
}
