use serde_json::{Value, json};

use crate::gateway::Gateway;

const BAD: &str = "BadRequestException";

#[test]
fn a_stage_from_creation_to_deletion() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let made = gateway.post(&format!("{api}/stages"), json!({ "stageName": "dev" }));
    assert_eq!(made.status, 201);
    assert_eq!(
        made.body,
        json!({ "createdDate": "2024-05-01T12:00:00Z",
        "defaultRouteSettings": { "detailedMetricsEnabled": false },
        "lastUpdatedDate": "2024-05-01T12:00:00Z", "routeSettings": {}, "stageName": "dev",
        "stageVariables": {}, "tags": {} })
    );
    let at = format!("{api}/stages/dev");
    gateway.now.set(gateway.now.get() + 61);
    let body = json!({ "description": "d", "stageVariables": { "host": "b:1", "a_1": "x" } });
    let changed = gateway.patch(&at, body);
    assert_eq!(
        (changed.status, changed.text("lastUpdatedDate")),
        (200, "2024-05-01T12:01:01Z".into())
    );
    assert_eq!(changed.text("createdDate"), "2024-05-01T12:00:00Z");
    let body = json!({ "stageVariables": { "host": "", "more": "y" }, "description": "" });
    let changed = gateway.patch(&at, body);
    assert_eq!(changed.body["stageVariables"], json!({ "a_1": "x", "more": "y" }));
    assert_eq!(changed.body.get("description"), None);
    assert_eq!(gateway.get(&at).body, changed.body);
    assert_eq!(gateway.delete(&at).status, 204);
    let message = gateway.refused("GET", &at, Value::Null, "NotFoundException");
    assert_eq!(message, "Invalid stage identifier specified");
}

#[test]
fn what_breaks_a_rule_is_refused_by_name() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let stages = format!("{api}/stages");
    gateway.post(&stages, json!({ "stageName": "dev" }));
    let message =
        gateway.refused("POST", &stages, json!({ "stageName": "dev" }), "ConflictException");
    assert_eq!(message, "Stage already exists");
    let with = |more: Value| {
        let mut body = json!({ "stageName": "x" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (body, words) in [
        (json!({}), "'createStageInput.stageName' failed"),
        (json!({ "stageName": "a b" }), r"pattern: ^(\$default|[a-zA-Z0-9_-]+)$"),
        (json!({ "stageName": "$other" }), "pattern"),
        (json!({ "stageName": "x".repeat(129) }), "less than or equal to 128"),
        (with(json!({ "stageVariables": { "a-b": "x" } })), "^[A-Za-z0-9_]+$"),
        (with(json!({ "stageVariables": { "a": "b c" } })), "'createStageInput.stageVariables.a'"),
        (with(json!({ "stageVariables": { "a": "x".repeat(513) } })), "less than or equal to 512"),
        (
            with(json!({ "accessLogSettings": { "format": "$context.requestId" } })),
            "destinationArn and format are both required",
        ),
        (
            with(json!({ "accessLogSettings": { "destinationArn": "x", "format": "y" } })),
            "'createStageInput.accessLogSettings.destinationArn' failed",
        ),
        (
            with(json!({ "defaultRouteSettings": { "throttlingBurstLimit": -1 } })),
            "have value greater than or equal to 0",
        ),
        (
            with(json!({ "defaultRouteSettings": { "throttlingRateLimit": -0.5 } })),
            "throttlingRateLimit' failed",
        ),
        (
            with(json!({ "defaultRouteSettings": { "loggingLevel": "INFO" } })),
            "Execution logs are not supported on protocolType HTTP",
        ),
        (with(json!({ "clientCertificateId": "c" })), "is for WebSocket APIs only"),
        (
            with(json!({ "deploymentId": "none12" })),
            "Invalid deployment identifier specified none12",
        ),
        (with(json!({ "autodeploy": true })), "did you mean 'autoDeploy'?"),
        (
            with(json!({ "autoDeploy": true, "deploymentId": "a" })),
            "DeploymentId can't be updated if autoDeploy is enabled",
        ),
    ] {
        let message = gateway.refused("POST", &stages, body.clone(), BAD);
        assert!(message.contains(words), "{body}: {message}");
    }
    let many: serde_json::Map<String, Value> =
        (0..101).map(|n| (format!("v{n}"), json!("x"))).collect();
    gateway.refused("POST", &stages, with(json!({ "stageVariables": many })), BAD);
    for n in 0..9 {
        gateway.post(&stages, json!({ "stageName": format!("s{n}") }));
    }
    gateway.refused(
        "POST",
        &stages,
        json!({ "stageName": "eleventh" }),
        "TooManyRequestsException",
    );
}

#[test]
fn route_settings_are_by_key_of_a_route_that_is_there() {
    let gateway = Gateway::new();
    let api = gateway.api();
    gateway.route(&api, "GET /pets");
    let body = json!({ "stageName": "$default",
        "routeSettings": { "GET /pets": { "detailedMetricsEnabled": false } } });
    let made = gateway.post(&format!("{api}/stages"), body);
    assert_eq!(
        made.body["routeSettings"],
        json!({ "GET /pets": { "detailedMetricsEnabled": false } })
    );
    let at = format!("{api}/stages/%24default");
    let words = "Unable to find Route by key GET /x within the provided RouteSettings";
    let body = json!({ "routeSettings": { "GET /x": {} } });
    assert_eq!(gateway.refused("PATCH", &at, body, "NotFoundException"), words);
    let settings = format!("{at}/routesettings/GET%20%2F");
    let message =
        gateway.refused("DELETE", &format!("{settings}x"), json!({}), "NotFoundException");
    assert_eq!(message, words);
    assert_eq!(gateway.delete(&format!("{settings}pets")).status, 204);
    assert_eq!(gateway.get(&at).body["routeSettings"], json!({}));
}
