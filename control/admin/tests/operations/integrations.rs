use serde_json::{Value, json};

use crate::gateway::Gateway;

const BAD: &str = "BadRequestException";

#[test]
fn an_integration_from_creation_to_deletion() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let body = json!({ "integrationType": "HTTP_PROXY", "integrationUri": "http://b/{proxy}" });
    let made = gateway.post(&format!("{api}/integrations"), body);
    let id = made.text("integrationId");
    assert_eq!((made.status, id.len()), (201, 7));
    assert_eq!(
        made.body,
        json!({ "connectionType": "INTERNET", "integrationId": id,
        "integrationMethod": "ANY", "integrationType": "HTTP_PROXY",
        "integrationUri": "http://b/{proxy}", "payloadFormatVersion": "1.0",
        "timeoutInMillis": 30_000 })
    );
    let at = format!("{api}/integrations/{id}");
    assert_eq!(gateway.get(&at).body, made.body);
    let change = json!({ "integrationMethod": "POST", "timeoutInMillis": 50, "description": "d",
        "integrationUri": "http://${stageVariables.host}/x", "connectionType": "INTERNET" });
    let changed = gateway.patch(&at, change.clone());
    assert_eq!(changed.status, 200);
    for (name, value) in change.as_object().unwrap() {
        assert_eq!(changed.body.get(name), Some(value), "{name}");
    }
    let gone = gateway.delete(&at);
    assert_eq!((gone.status, gone.body), (204, Value::Null));
    let message = gateway.refused("GET", &at, Value::Null, "NotFoundException");
    assert_eq!(message, format!("Invalid Integration identifier specified {id}"));
}

#[test]
fn one_that_routes_use_stays() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let id = gateway.integration(&api);
    let body = json!({ "routeKey": "GET /", "target": format!("integrations/{id}") });
    let route = gateway.post(&format!("{api}/routes"), body).text("routeId");
    let at = format!("{api}/integrations/{id}");
    let message = gateway.refused("DELETE", &at, json!({}), "ConflictException");
    assert_eq!(
        message,
        format!(
            "Cannot delete Integration because it is referenced by the \
        following Routes with Ids: [{route}]"
        )
    );
    gateway.delete(&format!("{api}/routes/{route}"));
    assert_eq!(gateway.delete(&at).status, 204);
}

#[test]
fn what_breaks_a_rule_is_refused_by_name() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let http = |more: Value| {
        let mut body = json!({ "integrationType": "HTTP_PROXY", "integrationUri": "http://b" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let proxies = "may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)";
    for (body, words) in [
        (json!({}), "'createIntegrationInput.integrationType' failed"),
        (json!({ "integrationType": "HTTP_PROXY" }), "Invalid HTTP endpoint specified for URI"),
        (
            http(json!({ "integrationType": "LAMBDA" })),
            "enum value set: [AWS, HTTP, MOCK, HTTP_PROXY, AWS_PROXY]",
        ),
        (http(json!({ "integrationType": "AWS_PROXY" })), "Invalid function ARN or invalid uri"),
        (
            json!({ "integrationType": "AWS_PROXY" }),
            "Either integrationSubtype or integrationUri must be specified",
        ),
        (http(json!({ "integrationType": "MOCK" })), proxies),
        (http(json!({ "integrationType": "AWS" })), proxies),
        (http(json!({ "integrationUri": "ftp://b" })), "Invalid HTTP endpoint"),
        (http(json!({ "integrationUri": "http://b/{x" })), "variable"),
        (http(json!({ "integrationUri": "http://h{x}/" })), "may not choose the host"),
        (http(json!({ "timeoutInMillis": 49 })), "greater than or equal to 50"),
        (http(json!({ "timeoutInMillis": 30_001 })), "less than or equal to 30000"),
        (http(json!({ "integrationMethod": "TRACE" })), "Invalid integrationMethod 'TRACE'"),
        (http(json!({ "payloadFormatVersion": "2.0" })), "must be 1.0"),
        (http(json!({ "connectionType": "VPC_LINK" })), "connectionId is required"),
        (
            http(json!({ "connectionType": "VPC_LINK", "connectionId": "v" })),
            "Invalid VpcLink identifier specified v",
        ),
        (http(json!({ "connectionId": "v" })), "connectionId is for private integrations"),
        (
            http(json!({ "tlsConfig": { "serverNameToVerify": "x" } })),
            "tlsConfig is for private integrations",
        ),
        (
            http(json!({ "requestParameters": { "header.x": "1" } })),
            "[Invalid Request Actioned Parameter destination specified: header.x;",
        ),
        (
            http(json!({ "requestParameters": { "append:header.VIA": "1" } })),
            "errors : [Operations on header VIA are restricted]",
        ),
        (
            http(json!({ "requestParameters": { "append:header.x": "$request.bdy" } })),
            "[Invalid mapping expression specified: $request.bdy: no reference",
        ),
        (
            http(json!({ "responseParameters": { "199": { "append:header.x": "1" } } })),
            "errors : [Status Code 199 is not valid: expected 200 to 599]",
        ),
        (
            http(json!({ "responseParameters": { "200": { "overwrite:path": "1" } } })),
            "[Invalid Response Actioned Parameter destination specified: overwrite:path;",
        ),
        (http(json!({ "integrationSubtype": "SQS-SendMessage" })), "of type AWS_PROXY only"),
        (http(json!({ "passthroughBehavior": "NEVER" })), "is for WebSocket APIs only"),
        (http(json!({ "credentialsArn": "role" })), "^arn:aws"),
        (http(json!({ "timeoutInMilis": 50 })), "did you mean 'timeoutInMillis'?"),
    ] {
        let message = gateway.refused("POST", &format!("{api}/integrations"), body.clone(), BAD);
        assert!(message.contains(words), "{body}: {message}");
    }
    // Empty ones say nothing, and some tools send them.
    let empty = http(json!({ "requestParameters": {}, "tlsConfig": null, "connectionId": "" }));
    assert_eq!(gateway.post(&format!("{api}/integrations"), empty).status, 201);
    let fraction = http(json!({ "timeoutInMillis": 50.5 }));
    gateway.refused("POST", &format!("{api}/integrations"), fraction, "SerializationException");
}
