use ringgate_model::Scope;
use serde_json::{Value, json};

use crate::gateway::{Gateway, id_of};

const BAD: &str = "BadRequestException";

#[test]
fn a_new_api_has_the_members_and_defaults_of_aws() {
    let gateway = Gateway::new();
    let reply = gateway.post("/v2/apis", json!({ "name": "pets", "protocolType": "HTTP" }));
    assert_eq!((reply.status, reply.code), (201, None));
    let id = reply.text("apiId");
    assert_eq!(id.len(), 10);
    let wanted = json!({
        "apiEndpoint": format!("http://{id}.execute-api.localhost:8080"),
        "apiId": id,
        "apiKeySelectionExpression": "$request.header.x-api-key",
        "createdDate": "2024-05-01T12:00:00Z",
        "disableExecuteApiEndpoint": false,
        "ipAddressType": "ipv4",
        "name": "pets",
        "protocolType": "HTTP",
        "routeSelectionExpression": "$request.method $request.path",
        "tags": {},
    });
    assert_eq!(reply.body, wanted);
    assert_eq!(gateway.get(&format!("/v2/apis/{id}")).body, wanted);
    assert_eq!(reply.answer.changed, [id]);
    assert_eq!(reply.answer.revision, Some(1));
}

#[test]
fn every_member_is_kept_and_shown() {
    let gateway = Gateway::new();
    let cors = json!({ "allowCredentials": true, "allowHeaders": ["X-One"],
        "allowMethods": ["GET", "put"], "allowOrigins": ["https://a.example"],
        "exposeHeaders": ["Date"], "maxAge": 300 });
    let members = json!({ "name": "n", "protocolType": "HTTP", "description": "d", "version": "v1",
        "corsConfiguration": cors, "disableExecuteApiEndpoint": true, "ipAddressType": "dualstack",
        "routeSelectionExpression": "${request.method} ${request.path}",
        "apiKeySelectionExpression": "$context.authorizer.usageIdentifierKey",
        "tags": { "team": "blue" } });
    let reply = gateway.post("/v2/apis", members.clone());
    for (name, value) in members.as_object().unwrap() {
        assert_eq!(reply.body.get(name), Some(value), "{name}");
    }
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let before = gateway.get(&api).body;
    let reply = gateway.patch(&api, json!({ "description": "d", "version": "1" }));
    assert_eq!((reply.status, reply.text("description")), (200, "d".to_owned()));
    let reply = gateway.patch(&api, json!({ "description": "", "version": "" }));
    assert_eq!(reply.body, before, "an empty text takes the value away");
    gateway.patch(&api, json!({ "corsConfiguration": { "allowOrigins": ["*"] } }));
    let reply = gateway.patch(&api, json!({ "corsConfiguration": { "maxAge": 5 } }));
    assert_eq!(reply.body["corsConfiguration"], json!({ "maxAge": 5 }), "replaced as a whole");
    let reply = gateway.delete(&format!("{api}/cors"));
    assert_eq!((reply.status, reply.body), (204, Value::Null));
    assert_eq!(gateway.get(&api).body, before);
}

#[test]
fn what_breaks_a_rule_is_refused_in_the_words_of_aws() {
    let gateway = Gateway::new();
    let refused = |body| gateway.refused("POST", "/v2/apis", body, BAD);
    let long = "x".repeat(129);
    for (body, words) in [
        (
            json!({}),
            "2 validation errors detected: Value null at 'createApiInput.name' failed to \
            satisfy constraint: Member must not be null; Value null at \
            'createApiInput.protocolType' failed to satisfy constraint: Member must not be null",
        ),
        (
            json!({ "name": "", "protocolType": "HTTP" }),
            "1 validation error detected: Value '' at \
            'createApiInput.name' failed to satisfy constraint: Member must have length greater \
            than or equal to 1",
        ),
        (json!({ "name": long, "protocolType": "HTTP" }), "less than or equal to 128"),
        (
            json!({ "name": "n", "protocolType": "GRPC" }),
            "Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]",
        ),
        (json!({ "name": "n", "protocolType": "" }), "Invalid protocol specified"),
        (
            json!({ "name": "n", "protocolType": "WEBSOCKET" }),
            "Value null at 'createApiInput.routeSelectionExpression' failed",
        ),
        (
            json!({ "name": "n", "protocolType": "WEBSOCKET", "target": "http://a",
                "routeSelectionExpression": "$request.body.action" }),
            "'createApiInput.target' is for HTTP APIs only",
        ),
        (
            json!({ "name": "n", "protocolType": "WEBSOCKET",
                "routeSelectionExpression": "body.action" }),
            "satisfy regular expression pattern",
        ),
        (
            json!({ "name": "n", "protocolType": "HTTP", "ipAddressType": "ipv6" }),
            "Value 'ipv6' at \
            'createApiInput.ipAddressType' failed to satisfy constraint: Member must satisfy enum \
            value set: [ipv4, dualstack]",
        ),
        (
            json!({ "name": "n", "protocolType": "HTTP", "disableSchemaValidation": true }),
            "'createApiInput.disableSchemaValidation' is for WebSocket APIs only",
        ),
        (
            json!({ "name": "n", "protocolType": "HTTP", "routeSelectionExpression": "$x" }),
            "'createApiInput.routeSelectionExpression'",
        ),
        (
            json!({ "Name": "n", "protocolType": "HTTP" }),
            "Unknown member 'Name' in createApiInput; did you mean 'name'?",
        ),
        (json!({ "name": "n", "protocolType": "HTTP", "routeKey": "GET /" }), "give a 'target'"),
    ] {
        let message = refused(body);
        assert!(message.contains(words), "{message}\nwanted: {words}");
    }
    assert!(gateway.dump().is_empty());
}

#[test]
fn cors_rules_hold_on_create_and_update() {
    let gateway = Gateway::new();
    let api = gateway.api();
    for (cors, words) in [
        (
            json!({ "allowCredentials": true, "allowOrigins": ["*"] }),
            "allow-credentials is not supported if 'allow-origin' is *",
        ),
        (json!({ "allowOrigins": ["example.com"] }), "Invalid format for origin 'example.com'"),
        (json!({ "maxAge": 86_401 }), "Value '86401' at 'updateApiInput.corsConfiguration.maxAge'"),
        (json!({ "maxAge": -2 }), "greater than or equal to -1"),
        (json!({ "allowHeaders": ["a\r\nb"] }), "satisfy regular expression pattern"),
        (json!({ "allowMethods": [""] }), "greater than or equal to 1"),
        (json!({ "allowOrigin": ["*"] }), "did you mean 'allowOrigins'?"),
    ] {
        let message = gateway.refused("PATCH", &api, json!({ "corsConfiguration": cors }), BAD);
        assert!(message.contains(words), "{message}");
    }
    let body = json!({ "corsConfiguration": { "maxAge": "5" } });
    let message = gateway.refused("PATCH", &api, body, "SerializationException");
    assert_eq!(
        message,
        "class java.lang.String can not be converted to an Integer \
        ('updateApiInput.corsConfiguration.maxAge')"
    );
}

#[test]
fn quick_create_makes_all_that_serves() {
    let gateway = Gateway::new();
    let target = "http://127.0.0.1:9000";
    let reply = gateway.post(
        "/v2/apis",
        json!({ "name": "q", "protocolType": "HTTP",
        "target": target, "credentialsArn": "arn:aws:iam::000000000000:role/r" }),
    );
    let api = format!("/v2/apis/{}", reply.text("apiId"));

    let integrations = gateway.get(&format!("{api}/integrations"));
    let integration = integrations.column("integrationId").remove(0);
    assert_eq!(
        integrations.body["items"],
        json!([{
            "apiGatewayManaged": true, "connectionType": "INTERNET", "integrationId": integration,
            "integrationMethod": "ANY", "integrationType": "HTTP_PROXY", "integrationUri": target,
            "payloadFormatVersion": "1.0", "timeoutInMillis": 30_000,
            "credentialsArn": "arn:aws:iam::000000000000:role/r",
        }])
    );
    assert_eq!(integration.len(), 7);

    let routes = gateway.get(&format!("{api}/routes"));
    let route = routes.column("routeId").remove(0);
    let target = format!("integrations/{integration}");
    assert_eq!(
        routes.body["items"],
        json!([{
            "apiGatewayManaged": true, "apiKeyRequired": false, "authorizationType": "NONE",
            "routeId": route, "routeKey": "$default", "target": target,
        }])
    );

    let stage = gateway.get(&format!("{api}/stages/$default"));
    assert_eq!(stage.body["apiGatewayManaged"], json!(true));
    assert_eq!(stage.body["autoDeploy"], json!(true));
    assert_eq!(stage.text("deploymentId").len(), 6);

    // What the service model says of managed things.
    let at = format!("{api}/integrations/{integration}");
    gateway.delete(&format!("{api}/routes/{route}"));
    gateway.refused("DELETE", &at, json!({}), BAD);
    assert_eq!(gateway.patch(&at, json!({ "timeoutInMillis": 500 })).status, 200);
}

#[test]
fn quick_create_can_be_changed_but_not_added_later() {
    let gateway = Gateway::new();
    let body = json!({ "name": "q", "protocolType": "HTTP", "target": "http://a",
        "routeKey": "GET /pets" });
    let api = format!("/v2/apis/{}", gateway.post("/v2/apis", body).text("apiId"));
    gateway.patch(&api, json!({ "target": "http://b/x", "routeKey": "ANY /{proxy+}" }));
    let uris = gateway.get(&format!("{api}/integrations")).column("integrationUri");
    let routes = gateway.get(&format!("{api}/routes"));
    assert_eq!(
        (uris, routes.column("routeKey")),
        (vec!["http://b/x".to_owned()], vec!["ANY /{proxy+}".to_owned()])
    );
    let route = format!("{api}/routes/{}", routes.column("routeId").remove(0));
    gateway.refused("PATCH", &route, json!({ "routeKey": "GET /x" }), BAD);
    assert_eq!(gateway.patch(&route, json!({ "operationName": "o" })).status, 201);

    let plain = gateway.api();
    let message = gateway.refused("PATCH", &plain, json!({ "target": "http://b" }), BAD);
    assert!(message.contains("no integration made by quick create"), "{message}");
    for (target, words) in [
        ("ftp://a", "Invalid HTTP endpoint specified for URI"),
        ("arn:aws:s3:::bucket", "Invalid HTTP endpoint specified for URI"),
    ] {
        let body = json!({ "name": "q", "protocolType": "HTTP", "target": target });
        let message = gateway.refused("POST", "/v2/apis", body, BAD);
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn scopes_do_not_see_each_other() {
    let gateway = Gateway::new();
    let api = gateway.api();
    for scope in [Scope::new("eu-west-1", "000000000000"), Scope::new("us-east-1", "111111111111")]
    {
        for (method, target) in [
            ("GET", api.clone()),
            ("DELETE", api.clone()),
            ("GET", format!("{api}/routes")),
            ("POST", format!("{api}/deployments")),
        ] {
            let reply = gateway.raw(&scope, method, &target, b"");
            assert_eq!(reply.code, Some("NotFoundException"), "{method} {target}");
            let wanted = format!("{}:{}", scope.account, id_of(&api));
            assert_eq!(reply.message(), format!("Invalid API identifier specified {wanted}"));
        }
        assert_eq!(gateway.raw(&scope, "GET", "/v2/apis", b"").body, json!({ "items": [] }));
    }
}

#[test]
fn deleting_an_api_leaves_nothing_of_it() {
    let gateway = Gateway::new();
    let (kept, api) = (gateway.api(), gateway.api());
    gateway.route(&kept, "GET /");
    let before = gateway.dump();
    gateway.route(&api, "GET /a");
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "auto", "autoDeploy": true }));
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "dev" }));
    gateway.post(&format!("{api}/deployments"), json!({ "stageName": "dev" }));
    let reply = gateway.delete(&api);
    assert_eq!((reply.status, &reply.answer.removed[..]), (204, &[id_of(&api).to_owned()][..]));
    let keys = |dump: &std::collections::BTreeMap<String, String>| {
        dump.keys().filter(|key| !key.contains(id_of(&api))).cloned().collect::<Vec<_>>()
    };
    let after = gateway.dump();
    assert_eq!(after.len(), keys(&after).len());
    assert_eq!(keys(&after), keys(&before));
    assert_eq!(gateway.delete(&api).status, 404);
}

#[test]
fn a_tag_can_pin_the_id() {
    let gateway = Gateway::new();
    let body =
        |id: &str| json!({ "name": "n", "protocolType": "HTTP", "tags": { "_custom_id_": id } });
    assert_eq!(gateway.post("/v2/apis", body("my-api")).text("apiId"), "my-api");
    gateway.refused("POST", "/v2/apis", body("my-api"), "ConflictException");
    for bad in ["", "My", "a.b", "-a", "a-", &"x".repeat(64)] {
        gateway.refused("POST", "/v2/apis", body(bad), BAD);
    }
}

#[test]
fn pages_over_a_hundred_apis() {
    let gateway = Gateway::new();
    for _ in 0..101 {
        gateway.api();
    }
    let all = gateway.get("/v2/apis?maxResults=500");
    assert_eq!((all.column("apiId").len(), all.body.get("nextToken")), (101, None));
    let mut seen = Vec::new();
    let mut target = "/v2/apis".to_owned();
    let mut pages = 0;
    loop {
        let page = gateway.get(&target);
        seen.extend(page.column("apiId"));
        pages += 1;
        let Some(token) = page.body.get("nextToken") else { break };
        target = format!("/v2/apis?nextToken={}", token.as_str().unwrap());
    }
    assert_eq!((pages, &seen), (5, &all.column("apiId")));
    assert!(seen.is_sorted());
    // Exactly full pages have no empty one behind them.
    let page = gateway.get("/v2/apis?maxResults=101");
    assert_eq!(page.body.get("nextToken"), None);
    let token = gateway.get("/v2/apis?maxResults=1").text("nextToken");
    let api = gateway.api();
    for target in [
        "/v2/apis?maxResults=0".to_owned(),
        "/v2/apis?maxResults=x".to_owned(),
        "/v2/apis?nextToken=00".to_owned(),
        "/v2/apis?maxresults=1".to_owned(),
        format!("{api}/routes?nextToken={token}"),
    ] {
        assert_eq!(gateway.get(&target).code, Some(BAD), "{target}");
    }
}
