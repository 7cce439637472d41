//! What AWS accepts and traffic cannot do yet: kept, told to the caller, and never served without.

use ringgate_table::{Captures, Integration};
use serde_json::{Value, json};

use crate::gateway::{Gateway, Reply, id_of};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

/// How the `$default` stage answers `GET {path}` by itself; `None`: an integration is called.
fn refusal(gateway: &Gateway, api: &str, path: &str) -> Option<String> {
    let image = gateway.admin.image(id_of(api)).unwrap().unwrap();
    let stage = image.stage("$default").unwrap();
    let route = stage.find("GET", path, &mut Captures::new()).unwrap();
    match route.integration() {
        Integration::Http(_) | Integration::Lambda { .. } | Integration::Service(_) => None,
        Integration::NotYet { reason } => Some(reason.to_owned()),
        other => panic!("{other:?}"),
    }
}

fn told(reply: &Reply) -> Vec<&'static str> {
    reply.answer.not_yet.iter().copied().collect()
}

fn live_api(gateway: &Gateway) -> String {
    let api = gateway.api();
    let stage = json!({ "stageName": "$default", "autoDeploy": true });
    assert_eq!(told(&gateway.post(&format!("{api}/stages"), stage)), [""; 0]);
    gateway.route(&api, "GET /open");
    api
}

#[test]
fn integrations_that_are_called() {
    let gateway = Gateway::new();
    let api = live_api(&gateway);
    let bodies = [
        json!({ "integrationType": "AWS_PROXY", "integrationUri": FUNCTION,
            "payloadFormatVersion": "2.0" }),
        json!({ "integrationType": "AWS_PROXY", "integrationSubtype": "SQS-SendMessage",
            "credentialsArn": "arn:aws:iam::000000000000:role/r",
            "requestParameters": { "QueueUrl": "q", "MessageBody": "$request.body" } }),
        json!({ "integrationType": "HTTP_PROXY", "integrationUri": "http://b",
            "requestParameters": { "overwrite:path": "/x" } }),
        json!({ "integrationType": "HTTP_PROXY", "integrationUri": "http://b",
            "responseParameters": { "200": { "remove:header.server": "''" } } }),
    ];
    for (n, body) in bodies.into_iter().enumerate() {
        let made = gateway.post(&format!("{api}/integrations"), body);
        assert_eq!(told(&made), [""; 0], "{:#}", made.body);
        let target = format!("integrations/{}", made.text("integrationId"));
        let body = json!({ "routeKey": format!("GET /{n}"), "target": target });
        assert_eq!(gateway.post(&format!("{api}/routes"), body).status, 201);
        assert_eq!(refusal(&gateway, &api, &format!("/{n}")), None);
    }
}

#[test]
fn bad_service_actions_are_refused() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let action = |subtype: &str, parameters: Value| {
        json!({ "integrationType": "AWS_PROXY", "integrationSubtype": subtype,
            "credentialsArn": "arn:aws:iam::000000000000:role/r",
            "requestParameters": parameters })
    };
    for (body, words) in [
        (action("SQS-Nothing", json!({})), "Must be one of [EventBridge-PutEvents"),
        (action("SQS-PurgeQueue", json!({})), "Parameter: QueueUrl is required"),
        (action("SQS-PurgeQueue", json!({ "QueueUrl": "q", "X": "y" })), "Parameter: X does not"),
        (action("SQS-PurgeQueue", json!({ "QueueUrl": "$request.x" })), "no reference"),
        (
            json!({ "integrationType": "AWS_PROXY", "integrationSubtype": "SQS-PurgeQueue",
                "requestParameters": { "QueueUrl": "q" } }),
            "credentialsArn is required",
        ),
    ] {
        let target = format!("{api}/integrations");
        let message = gateway.refused("POST", &target, body, "BadRequestException");
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn quick_create_takes_a_function() {
    let gateway = Gateway::new();
    let body = json!({ "name": "q", "protocolType": "HTTP", "target": FUNCTION });
    let api = format!("/v2/apis/{}", gateway.post("/v2/apis", body).text("apiId"));
    let made = gateway.get(&format!("{api}/integrations")).body["items"][0].clone();
    assert_eq!(made["integrationType"], "AWS_PROXY");
    assert_eq!(made["integrationMethod"], "POST");
    assert_eq!(made["payloadFormatVersion"], "2.0");
    assert_eq!(refusal(&gateway, &api, "/x"), None);
    gateway.patch(&api, json!({ "target": "http://b" }));
    let changed = gateway.get(&format!("{api}/integrations")).body["items"][0].clone();
    assert_eq!(changed["payloadFormatVersion"], "1.0");
    assert_eq!(refusal(&gateway, &api, "/x"), None);
}
