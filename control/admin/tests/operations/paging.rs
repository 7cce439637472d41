//! Lists: pages that join to the whole, and tokens that are good for nothing else.

use serde_json::{Value, json};

use crate::gateway::{Gateway, id_of};

/// Lists with three things in each.
fn lists(gateway: &Gateway) -> Vec<String> {
    let (api, websocket) = (gateway.api(), gateway.websocket());
    let link = |n: u8| json!({ "name": format!("l{n}"), "subnetIds": [] });
    let mut mock = String::new();
    gateway.api();
    for n in 0..3 {
        gateway.route(&api, &format!("GET /{n}"));
        gateway.jwt(&api, &format!("a{n}"));
        gateway.post(&format!("{api}/stages"), json!({ "stageName": format!("s{n}") }));
        gateway.post(&format!("{api}/deployments"), json!({}));
        gateway.post(&format!("{api}/models"), json!({ "name": format!("M{n}"), "schema": "{}" }));
        gateway.post("/v2/vpclinks", link(n));
        gateway.domain(&format!("d{n}.example"));
        let made = json!({ "integrationType": "MOCK" });
        mock = gateway.post(&format!("{websocket}/integrations"), made).text("integrationId");
    }
    let responses = format!("{websocket}/integrations/{mock}/integrationresponses");
    for n in 0..3 {
        let key = format!("/{n}/");
        gateway.post(&responses, json!({ "integrationResponseKey": key }));
        let body = json!({ "apiId": id_of(&api), "stage": "s0", "apiMappingKey": n.to_string() });
        gateway.post("/v2/domainnames/d0.example/apimappings", body);
    }
    let mut lists = vec!["/v2/apis".to_owned(), "/v2/vpclinks".to_owned()];
    for kind in ["routes", "integrations", "authorizers", "stages", "deployments", "models"] {
        lists.push(format!("{api}/{kind}"));
    }
    lists.extend(["/v2/domainnames".to_owned(), responses]);
    lists.push("/v2/domainnames/d0.example/apimappings".to_owned());
    lists
}

#[test]
fn pages_join_to_the_whole_and_tokens_cannot_be_forged() {
    let gateway = Gateway::new();
    let lists = lists(&gateway);
    let mut tokens = Vec::new();
    for list in &lists {
        let whole = gateway.get(list).body["items"].as_array().unwrap().clone();
        assert_eq!(whole.len(), 3, "{list}");
        let first = gateway.get(&format!("{list}?maxResults=2"));
        let token = first.text("nextToken");
        let last = gateway.get(&format!("{list}?nextToken={token}"));
        assert_eq!(last.body.get("nextToken"), None, "{list}");
        let items = |page: &Value| page["items"].as_array().unwrap().clone();
        assert_eq!([items(&first.body), items(&last.body)].concat(), whole, "{list}");
        tokens.push(token);
    }
    for (list, own) in lists.iter().zip(&tokens) {
        let other = tokens.iter().filter(|token| *token != own);
        let mut forged: Vec<String> = other.cloned().collect();
        for at in [0, own.len() / 2, own.len() - 1] {
            let mut bytes = own.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            forged.push(String::from_utf8(bytes).unwrap());
        }
        forged.extend([own[1..].to_owned(), format!("{own}00"), String::new(), "x".into()]);
        for token in forged {
            let target = format!("{list}?nextToken={token}");
            let message = gateway.refused("GET", &target, Value::Null, "BadRequestException");
            assert_eq!(message, "Invalid nextToken: this list did not give it", "{target}");
        }
        for size in ["0", "501", "ten", ""] {
            let target = format!("{list}?maxResults={size}");
            gateway.refused("GET", &target, Value::Null, "BadRequestException");
        }
    }
}
