use serde_json::{Value, json};

use crate::gateway::{Gateway, id_of};

const BAD: &str = "BadRequestException";

#[test]
fn apis_and_stages_carry_tags() {
    let gateway = Gateway::new();
    let api = gateway.api();
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "dev", "tags": { "a": "1" } }));
    for (resource, own) in [("", json!({})), ("/stages/dev", json!({ "a": "1" }))] {
        let arn = format!("arn:aws:apigateway:us-east-1::/apis/{}{resource}", id_of(&api));
        let escaped = arn.replace(':', "%3A").replace('/', "%2F");
        let at = format!("/v2/tags/{escaped}");
        assert_eq!(gateway.get(&at).body, json!({ "tags": own }));
        let tagged = gateway.post(&at, json!({ "tags": { "a": "2", "b c": "x@y" } }));
        assert_eq!((tagged.status, &tagged.body), (201, &json!({})));
        assert!(tagged.answer.changed.is_empty(), "no table shows a tag");
        let wanted = json!({ "a": "2", "b c": "x@y" });
        assert_eq!(gateway.get(&format!("/v2/tags/{arn}")).body, json!({ "tags": wanted }));
        assert_eq!(gateway.get(&format!("{api}{resource}")).body["tags"], wanted);
        let untagged = gateway.delete(&format!("{at}?tagKeys=b%20c&tagKeys=none"));
        assert_eq!((untagged.status, untagged.body), (204, Value::Null));
        assert_eq!(gateway.get(&at).body, json!({ "tags": { "a": "2" } }));
    }
}

#[test]
fn what_breaks_a_rule_is_refused() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let at = format!("/v2/tags/arn:aws:apigateway:us-east-1::/apis/{}", id_of(&api));
    let many: serde_json::Map<String, Value> =
        (0..51).map(|n| (format!("k{n}"), json!("v"))).collect();
    for (tags, words) in [
        (json!({ "": "v" }), "greater than or equal to 1"),
        (json!({ "k".repeat(129): "v" }), "less than or equal to 128"),
        (json!({ "k": "v".repeat(257) }), "less than or equal to 256"),
        (json!({ "k<": "v" }), "satisfy regular expression pattern"),
        (json!({ "aws:x": "v" }), "which is reserved"),
        (Value::Object(many), "at most 50 tags"),
    ] {
        let message = gateway.refused("POST", &at, json!({ "tags": tags }), BAD);
        assert!(message.contains(words), "{message}");
    }
    gateway.refused("POST", &at, json!({ "tags": { "k": 1 } }), "SerializationException");
    gateway.refused("DELETE", &at, json!({}), BAD);
    for (arn, code) in [
        ("arn:aws:apigateway:us-east-1::/apis/none", "NotFoundException"),
        (
            &format!("arn:aws:apigateway:us-east-1::/apis/{}/stages/none", id_of(&api)),
            "NotFoundException",
        ),
        (&format!("arn:aws:apigateway:eu-west-1::/apis/{}", id_of(&api)), BAD),
        ("arn:aws:apigateway:us-east-1::/vpclinks/v", "NotFoundException"),
        ("arn:aws:apigateway:us-east-1::/domainnames/a.b", "NotFoundException"),
        ("arn:aws:apigateway:us-east-1::/restapis/v", BAD),
        ("arn:aws:s3:::bucket", BAD),
        ("x", BAD),
    ] {
        gateway.refused("GET", &format!("/v2/tags/{arn}"), Value::Null, code);
    }
}
