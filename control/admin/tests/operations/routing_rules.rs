use serde_json::{Value, json};

use crate::gateway::{Gateway, id_of};

const BAD: &str = "BadRequestException";

fn rule(api: &str, priority: u32) -> Value {
    let invoke = json!({ "apiId": id_of(api), "stage": "dev", "stripBasePath": true });
    json!({ "priority": priority, "actions": [{ "invokeApi": invoke }],
        "conditions": [{ "matchBasePaths": { "anyOf": ["orders", "pets/v1"] } },
            { "matchHeaders": { "anyOf": [{ "header": "X-Version", "valueGlob": "*beta*" }] } }] })
}

fn ground(gateway: &Gateway) -> (String, String) {
    let api = gateway.api();
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "dev" }));
    (api, format!("{}/routingrules", gateway.domain("a.example")))
}

#[test]
fn a_rule_from_creation_to_deletion() {
    let gateway = Gateway::new();
    let (api, rules) = ground(&gateway);
    let made = gateway.post(&rules, rule(&api, 10));
    let id = made.text("routingRuleId");
    let mut wanted = rule(&api, 10);
    wanted["routingRuleId"] = json!(id);
    wanted["routingRuleArn"] = json!(format!(
        "arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.example/routingrules/{id}"
    ));
    assert_eq!((made.status, &made.body), (201, &wanted));
    let at = format!("{rules}/{id}");
    assert_eq!(gateway.get(&at).body, wanted);
    assert_eq!(gateway.get(&rules).body, json!({ "routingRules": [wanted] }));

    // A PUT replaces the whole of it.
    let body = json!({ "priority": 11, "conditions": [],
        "actions": [{ "invokeApi": { "apiId": id_of(&api), "stage": "dev" } }] });
    let put = gateway.send("PUT", &at, body.clone());
    assert_eq!((put.status, &put.body["conditions"]), (200, &json!([])));
    assert_eq!(put.body["routingRuleArn"], wanted["routingRuleArn"]);
    gateway.refused("PUT", &at, json!({ "priority": 12 }), BAD);
    gateway.refused("PATCH", &at, json!({}), "MissingAuthenticationTokenException");
    // A rule holds on to the stage it leads to.
    gateway.refused("DELETE", &format!("{api}/stages/dev"), Value::Null, BAD);
    assert_eq!(gateway.delete(&at).status, 204);
    gateway.refused("GET", &at, Value::Null, "NotFoundException");
    assert_eq!(gateway.delete(&format!("{api}/stages/dev")).status, 204);
}

#[test]
fn what_breaks_a_rule_of_rules_is_refused() {
    let gateway = Gateway::new();
    let (api, rules) = ground(&gateway);
    gateway.post(&rules, rule(&api, 1));
    let message = gateway.refused("POST", &rules, rule(&api, 1), "ConflictException");
    assert!(message.contains("priority 1 already exists"), "{message}");
    let with = |member: &str, value: Value| {
        let mut body = rule(&api, 2);
        body[member] = value;
        body
    };
    fn header(header: &str, glob: &str) -> Value {
        let any_of = json!([{ "header": header, "valueGlob": glob }]);
        json!([{ "matchHeaders": { "anyOf": any_of } }])
    }
    let paths = json!({ "matchBasePaths": { "anyOf": ["a"] } });
    for (body, words) in [
        (json!({}), "3 validation errors detected"),
        (with("priority", json!(0)), "greater than or equal to 1"),
        (with("priority", json!(1_000_001)), "less than or equal to 1000000"),
        (with("actions", json!([])), "exactly one action"),
        (with("actions", json!([{}])), "actions.1.member.invokeApi' failed"),
        (
            with("actions", json!([{ "invokeApi": { "apiId": id_of(&api), "stage": "x" } }])),
            "Invalid stage identifier specified",
        ),
        (with("conditions", json!([{}])), "either matchBasePaths or matchHeaders"),
        (with("conditions", json!([{ "matchBasePaths": { "anyOf": [] } }])), "one entry in anyOf"),
        (with("conditions", json!([paths, paths])), "one matchBasePaths condition"),
        (with("conditions", header("a b", "x")), "satisfy regular expression pattern"),
        (with("conditions", header("a", "x*y")), "satisfy regular expression pattern"),
    ] {
        let message = gateway.refused("POST", &rules, body, BAD);
        assert!(message.contains(words), "{message}");
    }
    // Only private custom domain names have an id.
    let target = format!("{rules}?domainNameId=abc");
    gateway.refused("POST", &target, rule(&api, 3), "NotFoundException");
}

#[test]
fn rules_come_in_pages_of_a_hundred_at_most() {
    let gateway = Gateway::new();
    let (api, rules) = ground(&gateway);
    for priority in 1..=3 {
        gateway.post(&rules, rule(&api, priority));
    }
    let first = gateway.get(&format!("{rules}?maxResults=2"));
    assert_eq!(first.body["routingRules"].as_array().unwrap().len(), 2);
    let token = first.text("nextToken");
    let last = gateway.get(&format!("{rules}?maxResults=2&nextToken={token}"));
    assert_eq!(last.body["routingRules"].as_array().unwrap().len(), 1);
    assert_eq!(last.body.get("nextToken"), None);
    gateway.refused("GET", &format!("{rules}?maxResults=101"), Value::Null, BAD);
}
