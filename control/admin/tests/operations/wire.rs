use serde_json::{Value, json};

use crate::gateway::Gateway;

#[test]
fn what_is_no_json_object_is_a_serialization_error() {
    let gateway = Gateway::new();
    for body in ["{", "[]", "\"x\"", "5", "{\"name\":\"\u{0}\"", "\u{feff}{}", "{} {}", "nul"] {
        let reply = gateway.raw(&gateway.scope, "POST", "/v2/apis", body.as_bytes());
        assert_eq!((reply.status, reply.code), (400, Some("SerializationException")), "{body}");
    }
    let reply = gateway.raw(&gateway.scope, "POST", "/v2/apis", b"{\"name\":\"\xff\"}");
    assert_eq!(reply.code, Some("SerializationException"));
    let deep = "[".repeat(100_000);
    let reply = gateway.raw(&gateway.scope, "POST", "/v2/apis", deep.as_bytes());
    assert_eq!(reply.code, Some("SerializationException"));
}

#[test]
fn a_member_that_stands_twice_is_refused() {
    let gateway = Gateway::new();
    for (body, name) in [
        (r#"{"name":"a","protocolType":"HTTP","name":"b"}"#, "name"),
        (r#"{"name":"a","protocolType":"HTTP","tags":{"k":"1","k":"1"}}"#, "k"),
        (r#"{"name":"a","n\u0061me":null}"#, "name"),
    ] {
        let reply = gateway.raw(&gateway.scope, "POST", "/v2/apis", body.as_bytes());
        assert_eq!((reply.status, reply.code), (400, Some("BadRequestException")), "{body}");
        let words = format!("Member '{name}' stands twice in the same object at line 1 column ");
        assert!(reply.message().starts_with(&words), "{}", reply.message());
    }
}

#[test]
fn null_is_absent() {
    let gateway = Gateway::new();
    let body = json!({ "name": "n", "protocolType": "HTTP", "version": null, "tags": null,
        "corsConfiguration": null, "target": null });
    assert_eq!(gateway.post("/v2/apis", body).status, 201);
    let body = json!({ "name": null, "protocolType": "HTTP" });
    gateway.refused("POST", "/v2/apis", body, "BadRequestException");
}

#[test]
fn wrong_types_are_told_as_aws_tells_them() {
    let gateway = Gateway::new();
    for (value, class) in [
        (json!(true), "java.lang.Boolean"),
        (json!(5), "java.lang.Integer"),
        (json!(0.5), "java.lang.Double"),
        (json!([]), "java.util.ArrayList"),
        (json!({}), "java.util.LinkedHashMap"),
    ] {
        let body = json!({ "name": value, "protocolType": "HTTP" });
        let message = gateway.refused("POST", "/v2/apis", body, "SerializationException");
        assert!(message.starts_with(&format!("class {class} can not be converted to an String")));
    }
}

#[test]
fn a_label_cannot_reach_into_another_resource() {
    let gateway = Gateway::new();
    let api = gateway.api();
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "api" }));
    for target in [
        format!("{api}%2Fstages"),
        format!("{api}%2Fstages/routes"),
        format!("{api}/stages/..%2Fapi"),
        format!("{api}/routes/..%2Fstages%2Fapi"),
    ] {
        assert_eq!(gateway.get(&target).code, Some("NotFoundException"), "{target}");
    }
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let gateway = Gateway::new();
    let long = vec![b' '; 6 * 1024 * 1024 + 1];
    let reply = gateway.raw(&gateway.scope, "POST", "/v2/apis", &long);
    assert_eq!((reply.status, reply.code), (413, Some("RequestEntityTooLargeException")));
}

#[test]
fn unknown_paths_are_answered_as_aws_does() {
    let gateway = Gateway::new();
    let reply = gateway.get("/v3/apis");
    assert_eq!((reply.status, reply.code), (403, Some("MissingAuthenticationTokenException")));
    assert_eq!(reply.body, json!({ "message": "Missing Authentication Token" }));
    let reply = gateway.get("/v2/apis/%zz");
    assert_eq!(reply.code, Some("BadRequestException"));
    for (name, path) in [("CreatePortal", "portals"), ("CreatePortalProduct", "portalproducts")] {
        let target = format!("/v2/{path}");
        let message = gateway.refused("POST", &target, Value::Null, "BadRequestException");
        assert_eq!(message, format!("ringgate does not support {name} yet"));
    }
}
