use serde_json::{Value, json};

use crate::gateway::Gateway;

const BAD: &str = "BadRequestException";

#[test]
fn a_route_from_creation_to_deletion() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let integration = gateway.integration(&api);
    let target = format!("integrations/{integration}");
    let body = json!({ "routeKey": "GET /pets/{id}", "target": target, "operationName": "getPet",
        "authorizationType": "NONE", "apiKeyRequired": false, "authorizationScopes": [] });
    let made = gateway.post(&format!("{api}/routes"), body);
    let id = made.text("routeId");
    assert_eq!((made.status, id.len()), (201, 7));
    assert_eq!(
        made.body,
        json!({ "apiKeyRequired": false, "authorizationType": "NONE",
        "operationName": "getPet", "routeId": id, "routeKey": "GET /pets/{id}", "target": target })
    );
    let at = format!("{api}/routes/{id}");
    assert_eq!(gateway.get(&at).body, made.body);
    assert_eq!(gateway.get(&format!("{api}/routes")).body["items"], json!([made.body]));

    // The model says 200; AWS answers 201 (quirk 39).
    let changed = gateway.patch(&at, json!({ "routeKey": "ANY /pets/{id}", "operationName": "" }));
    assert_eq!(changed.status, 201);
    assert_eq!(changed.body.get("operationName"), None);
    assert_eq!(
        (changed.text("routeKey"), changed.text("target")),
        ("ANY /pets/{id}".into(), target)
    );
    let changed = gateway.patch(&at, json!({ "target": "" }));
    assert_eq!(changed.body.get("target"), None);

    let gone = gateway.delete(&at);
    assert_eq!((gone.status, gone.body), (204, Value::Null));
    let message = gateway.refused("GET", &at, Value::Null, "NotFoundException");
    assert_eq!(message, format!("Invalid Route identifier specified {id}"));
    gateway.refused("PATCH", &at, json!({}), "NotFoundException");
    gateway.refused("DELETE", &at, json!({}), "NotFoundException");
}

#[test]
fn a_key_stands_once() {
    let gateway = Gateway::new();
    let api = gateway.api();
    gateway.route(&api, "ANY /{proxy+}");
    let other = gateway.route(&api, "GET /pets/{id}");
    let routes = format!("{api}/routes");
    let body = json!({ "routeKey": "ANY /{proxy+}" });
    let message = gateway.refused("POST", &routes, body.clone(), "ConflictException");
    assert_eq!(message, "Route with key ANY /{proxy+} already exists for this API");
    gateway.refused("PATCH", &format!("{routes}/{other}"), body, "ConflictException");
    let message = gateway.refused(
        "POST",
        &routes,
        json!({ "routeKey": "GET /pets/{x}" }),
        "ConflictException",
    );
    assert!(message.contains("only the names of their path variables differ"), "{message}");
    // Its own key is no conflict, nor is another method.
    let same = json!({ "routeKey": "GET /pets/{pet}" });
    assert_eq!(gateway.patch(&format!("{routes}/{other}"), same).status, 201);
    assert_eq!(gateway.post(&routes, json!({ "routeKey": "POST /pets/{id}" })).status, 201);
}

#[test]
fn what_breaks_a_rule_is_refused_by_name() {
    let gateway = Gateway::new();
    let api = gateway.api();
    for (body, words) in [
        (
            json!({}),
            "'createRouteInput.routeKey' failed to satisfy constraint: Member must not be null",
        ),
        (json!({ "routeKey": "GET pets" }), "Format should be"),
        (
            json!({ "routeKey": "GET /@connections/{id}" }),
            "One or more path parts appear to be invalid. Parts are validated against this regular \
            expression: ^(\\{[\\w.:-]+\\+?\\}|[a-zA-Z0-9.:_-]+)$",
        ),
        (
            json!({ "routeKey": "GET /", "target": "integrations/nothere" }),
            "Invalid Integration identifier specified nothere",
        ),
        (
            json!({ "routeKey": "GET /", "target": "nothere" }),
            "expected 'integrations/{integrationId}'",
        ),
        (
            json!({ "routeKey": "GET /", "authorizationType": "OPEN" }),
            "[NONE, AWS_IAM, CUSTOM, JWT]",
        ),
        (json!({ "routeKey": "GET /", "apiKeyRequired": true }), "is for WebSocket APIs only"),
        (
            json!({ "routeKey": "GET /", "requestModels": { "a": "b" } }),
            "is for WebSocket APIs only",
        ),
        (json!({ "routekey": "GET /" }), "did you mean 'routeKey'?"),
        (
            json!({ "routeKey": "GET /", "operationName": "x".repeat(65) }),
            "less than or equal to 64",
        ),
    ] {
        let message = gateway.refused("POST", &format!("{api}/routes"), body, BAD);
        assert!(message.contains(words), "{message}\nwanted: {words}");
    }
    gateway.refused(
        "POST",
        &format!("{api}/routes"),
        json!({ "routeKey": 5 }),
        "SerializationException",
    );
    gateway.refused(
        "POST",
        "/v2/apis/none/routes",
        json!({ "routeKey": "GET /" }),
        "NotFoundException",
    );
    let id = gateway.route(&api, "GET /");
    let at = format!("{api}/routes/{id}/requestparameters/x");
    gateway.refused("DELETE", &at, json!({}), "NotFoundException");
}

#[test]
fn who_may_call_is_said_in_full_or_not_at_all() {
    let gateway = Gateway::new();
    let api = gateway.api();
    for (body, words) in [
        (
            json!({ "routeKey": "GET /", "authorizationType": "JWT" }),
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or JWT \
            requires a valid authorizer.",
        ),
        (
            json!({ "routeKey": "GET /", "authorizationType": "CUSTOM", "authorizerId": "x" }),
            "Invalid authorizer ID specified",
        ),
        (json!({ "routeKey": "GET /", "authorizerId": "a" }), "'authorizerId' needs an"),
        (
            json!({ "routeKey": "GET /", "authorizationScopes": ["s"] }),
            "Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT",
        ),
    ] {
        let message = gateway.refused("POST", &format!("{api}/routes"), body, BAD);
        assert!(message.contains(words), "{message}\nwanted: {words}");
    }
}

#[test]
fn an_api_has_at_most_300_routes() {
    let gateway = Gateway::new();
    let api = gateway.api();
    for n in 0..300 {
        assert_eq!(
            gateway
                .post(&format!("{api}/routes"), json!({ "routeKey": format!("GET /{n}") }))
                .status,
            201
        );
    }
    let body = json!({ "routeKey": "GET /x" });
    let reply = gateway.post(&format!("{api}/routes"), body);
    assert_eq!((reply.status, reply.code), (429, Some("TooManyRequestsException")));
    assert_eq!(gateway.get(&format!("{api}/routes?maxResults=500")).column("routeId").len(), 300);
}
