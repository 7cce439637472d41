use serde_json::{Value, json};

use crate::gateway::Gateway;

const BAD: &str = "BadRequestException";
const FUNCTION: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
                        arn:aws:lambda:us-east-1:000000000000:function:auth/invocations";

fn request(more: Value) -> Value {
    let mut body = json!({ "authorizerType": "REQUEST", "name": "r", "authorizerUri": FUNCTION,
        "authorizerPayloadFormatVersion": "2.0", "identitySource": [] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn an_authorizer_from_creation_to_deletion() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let body = json!({ "authorizerType": "JWT", "name": "n",
        "identitySource": ["$request.header.Authorization"],
        "jwtConfiguration": { "issuer": "https://i.example", "audience": ["a"] } });
    let made = gateway.post(&format!("{api}/authorizers"), body.clone());
    let id = made.text("authorizerId");
    assert_eq!((made.status, id.len()), (201, 6));
    let mut wanted = body;
    wanted["authorizerId"] = json!(id);
    assert_eq!(made.body, wanted, "no defaults are added (spec section 1.7)");
    let at = format!("{api}/authorizers/{id}");
    assert_eq!(gateway.get(&at).body, wanted);
    assert_eq!(gateway.get(&format!("{api}/authorizers")).body["items"], json!([wanted]));

    let body = json!({ "name": "m", "identitySource": [""],
        "jwtConfiguration": { "audience": ["b", "c"] } });
    let changed = gateway.patch(&at, body);
    assert_eq!((changed.status, changed.text("name")), (200, "m".into()));
    assert_eq!(
        changed.body["jwtConfiguration"],
        json!({ "issuer": "https://i.example", "audience": ["b", "c"] })
    );
    assert_eq!(changed.body.get("identitySource"), None);
    assert_eq!(gateway.delete(&at).status, 204);
    let message = gateway.refused("GET", &at, Value::Null, "NotFoundException");
    assert_eq!(message, "Invalid Authorizer identifier specified");
}

#[test]
fn what_breaks_a_rule_is_refused_by_name() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let jwt = |more: Value| {
        let mut body = json!({ "authorizerType": "JWT", "name": "j", "identitySource": [],
            "jwtConfiguration": { "issuer": "https://i.example" } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (body, words) in [
        (json!({}), "2 validation errors detected"),
        (json!({ "authorizerType": "TOKEN", "name": "t" }), "enum value set: [REQUEST, JWT]"),
        (jwt(json!({ "jwtConfiguration": {} })), "JwtConfiguration with an Issuer"),
        (jwt(json!({ "jwtConfiguration": { "issuer": "i.example" } })), "Invalid issuer"),
        (jwt(json!({ "authorizerUri": FUNCTION })), "AuthorizerUri is not supported for JWT"),
        (jwt(json!({ "identitySource": ["Authorization"] })), "Invalid identity source specified"),
        (
            jwt(json!({ "jwtConfiguration": { "issuer": "https://i.example",
                "audience": vec!["a"; 51] } })),
            "at most 50 audiences",
        ),
        (request(json!({ "authorizerUri": "" })), "AuthorizerUri is a required parameter"),
        (request(json!({ "authorizerUri": "arn:aws:s3:::b" })), "Invalid Authorizer URI"),
        (
            request(json!({ "authorizerPayloadFormatVersion": null })),
            "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer",
        ),
        (request(json!({ "authorizerPayloadFormatVersion": "3.0" })), "Must be one of [1.0, 2.0]"),
        (
            request(json!({ "authorizerPayloadFormatVersion": "1.0",
                "enableSimpleResponses": true })),
            "EnableSimpleResponses needs",
        ),
        (request(json!({ "authorizerResultTtlInSeconds": 3601 })), "less than or equal to 3600"),
        (request(json!({ "authorizerResultTtlInSeconds": 60 })), "IdentitySource is required"),
        (request(json!({ "authorizerCredentialsArn": "role" })), "^arn:aws"),
        (request(json!({ "jwtConfiguration": { "issuer": "https://i" } })), "for REQUEST"),
    ] {
        let message = gateway.refused("POST", &format!("{api}/authorizers"), body, BAD);
        assert!(message.contains(words), "{message}\nwanted: {words}");
    }
    gateway.jwt(&api, "twin");
    let message = gateway.refused(
        "POST",
        &format!("{api}/authorizers"),
        jwt(json!({ "name": "twin" })),
        "ConflictException",
    );
    assert!(message.contains("Authorizer twin already exists"), "{message}");
    for n in 0..9 {
        gateway.jwt(&api, &format!("n{n}"));
    }
    let body = jwt(json!({ "name": "eleventh" }));
    let target = format!("{api}/authorizers");
    let message = gateway.refused("POST", &target, body, "TooManyRequestsException");
    assert_eq!(message, "Maximum number of Authorizers for this API has been reached (10).");
}

#[test]
fn websocket_apis_have_request_authorizers_alone() {
    let gateway = Gateway::new();
    let api = gateway.websocket();
    let target = format!("{api}/authorizers");
    let plain = json!({ "authorizerType": "REQUEST", "name": "r", "authorizerUri": FUNCTION,
        "identitySource": ["route.request.querystring.token"] });
    let made = gateway.post(&target, plain.clone());
    assert_eq!(made.status, 201);
    for (member, value) in [
        ("authorizerPayloadFormatVersion", json!("")),
        ("authorizerResultTtlInSeconds", json!(0)),
        ("enableSimpleResponses", json!(false)),
    ] {
        let mut body = plain.clone();
        body[member] = value;
        let name = format!("{}{}", member[..1].to_uppercase(), &member[1..]);
        let message = gateway.refused("POST", &target, body, BAD);
        assert_eq!(message, format!("{name} cannot be set for WEBSOCKET protocol Apis."));
    }
    let body = json!({ "authorizerType": "JWT", "name": "j", "identitySource": [],
        "jwtConfiguration": { "issuer": "https://i" } });
    let message = gateway.refused("POST", &target, body, BAD);
    assert_eq!(
        message,
        "Invalid authorizer type. Only REQUEST authorizer type is supported on WEBSOCKET protocol \
         Apis."
    );
    // Authorization stands on $connect alone.
    let id = made.text("authorizerId");
    let route = |key: &str, kind: &str| {
        let mut body = json!({ "routeKey": key, "authorizationType": kind });
        body["authorizerId"] = json!(id);
        body
    };
    let routes = format!("{api}/routes");
    let message = gateway.refused("POST", &routes, route("send", "CUSTOM"), BAD);
    assert_eq!(message, "Currently, authorization is restricted to the $connect route only");
    gateway.refused("POST", &routes, route("$connect", "JWT"), BAD);
    assert_eq!(gateway.post(&routes, route("$connect", "CUSTOM")).status, 201);
}

#[test]
fn one_that_routes_use_stays_as_it_is() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let id = gateway.jwt(&api, "gate");
    let body = json!({ "routeKey": "GET /pets", "authorizationType": "JWT", "authorizerId": id,
        "authorizationScopes": ["read", "write"] });
    let made = gateway.post(&format!("{api}/routes"), body.clone());
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(made.body.get(name), Some(value), "{name}");
    }
    let at = format!("{api}/authorizers/{id}");
    let message = gateway.refused("DELETE", &at, Value::Null, "ConflictException");
    assert_eq!(message, "Cannot delete authorizer 'gate', is referenced in route: GET /pets");
    let mut other = request(json!({ "name": "gate" }));
    other["jwtConfiguration"] = json!({ "issuer": "", "audience": [] });
    let message = gateway.refused("PATCH", &at, other, "ConflictException");
    assert!(message.contains("Cannot change the type of authorizer 'gate'"), "{message}");

    // The route lets go of it, and of its scopes, with its type alone.
    let route = format!("{api}/routes/{}", made.text("routeId"));
    let changed = gateway.patch(&route, json!({ "authorizationType": "NONE" }));
    assert_eq!(changed.status, 201, "{:#}", changed.body);
    assert_eq!(changed.body.get("authorizerId"), None);
    assert_eq!(changed.body.get("authorizationScopes"), None);
    assert_eq!(gateway.delete(&at).status, 204);
}

#[test]
fn a_cache_that_is_reset_is_of_a_stage_that_is_there() {
    let gateway = Gateway::new();
    let api = gateway.api();
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "dev" }));
    let reset = gateway.delete(&format!("{api}/stages/dev/cache/authorizers"));
    assert_eq!((reset.status, reset.body), (204, Value::Null));
    let at = format!("{api}/stages/none/cache/authorizers");
    gateway.refused("DELETE", &at, Value::Null, "NotFoundException");
}
