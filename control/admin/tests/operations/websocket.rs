//! WebSocket APIs: everything is kept, checked and shown; their traffic answers 501.

use serde_json::{Value, json};

use crate::gateway::{Gateway, id_of};

const BAD: &str = "BadRequestException";
const FUNCTION: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
                        arn:aws:lambda:us-east-1:000000000000:function:f/invocations";

#[test]
fn an_api_with_its_own_members() {
    let gateway = Gateway::new();
    let body = json!({ "name": "chat", "protocolType": "WEBSOCKET",
        "routeSelectionExpression": "${request.body.a}/${request.body.b}",
        "disableSchemaValidation": true });
    let made = gateway.post("/v2/apis", body);
    let id = made.text("apiId");
    assert_eq!(made.text("apiEndpoint"), format!("ws://{id}.execute-api.localhost:8080"));
    assert_eq!(made.text("routeSelectionExpression"), "${request.body.a}/${request.body.b}");
    assert_eq!(made.body["disableSchemaValidation"], json!(true));
    let api = format!("/v2/apis/{id}");
    let changed = gateway.patch(&api, json!({ "routeSelectionExpression": "$request.body.x" }));
    assert_eq!(changed.text("routeSelectionExpression"), "$request.body.x");
    for body in [json!({ "corsConfiguration": { "maxAge": 1 } }), json!({ "target": "http://a" })] {
        let message = gateway.refused("PATCH", &api, body, BAD);
        assert!(message.contains("is for HTTP APIs only"), "{message}");
    }
    let stage = gateway.post(&format!("{api}/stages"), json!({ "stageName": "prod" }));
    assert_eq!(
        stage.body["defaultRouteSettings"],
        json!({ "dataTraceEnabled": false, "detailedMetricsEnabled": false, "loggingLevel": "OFF" })
    );
    let body = json!({ "clientCertificateId": "abc123", "defaultRouteSettings":
        { "loggingLevel": "INFO", "throttlingBurstLimit": 5 } });
    let stage = gateway.patch(&format!("{api}/stages/prod"), body);
    assert_eq!(stage.text("clientCertificateId"), "abc123");
    assert_eq!(
        stage.body["defaultRouteSettings"],
        json!({ "dataTraceEnabled": false, "detailedMetricsEnabled": false, "loggingLevel": "INFO",
            "throttlingBurstLimit": 5 }),
        "what is not given stays"
    );
}

#[test]
fn routes_with_models_parameters_and_responses() {
    let gateway = Gateway::new();
    let api = gateway.websocket();
    let routes = format!("{api}/routes");
    let model = json!({ "name": "Message", "schema": "{\"type\":\"object\"}" });
    let model = gateway.post(&format!("{api}/models"), model);
    assert_eq!((model.status, model.text("contentType")), (201, "application/json".into()));
    let body = json!({ "routeKey": "send", "apiKeyRequired": true,
        "modelSelectionExpression": "$request.body.kind",
        "routeResponseSelectionExpression": "$default",
        "requestModels": { "message": "Message" },
        "requestParameters": { "route.request.header.x": { "required": true } } });
    let made = gateway.post(&routes, body.clone());
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(made.body.get(name), Some(value), "{name}");
    }
    let at = format!("{routes}/{}", made.text("routeId"));
    // Parameters are merged, and taken away by a call of their own.
    let body = json!({ "requestParameters": { "route.request.querystring.q": {} } });
    let keys = |reply: Value| {
        let map = reply["requestParameters"].as_object().cloned().unwrap_or_default();
        map.keys().cloned().collect::<Vec<_>>()
    };
    let both = ["route.request.header.x", "route.request.querystring.q"];
    assert_eq!(keys(gateway.patch(&at, body).body), both);
    let parameter = format!("{at}/requestparameters/route.request.header.x");
    assert_eq!(gateway.delete(&parameter).status, 204);
    gateway.refused("DELETE", &parameter, Value::Null, "NotFoundException");
    assert_eq!(keys(gateway.get(&at).body), both[1..]);

    for (body, words) in [
        (json!({ "routeKey": "a", "requestModels": { "m": "None" } }), "specified: None"),
        (json!({ "routeKey": "a", "requestParameters": { "x": {} } }), "parameter specified: x"),
    ] {
        let message = gateway.refused("POST", &routes, body, BAD);
        assert!(message.contains(words), "{message}");
    }
    let body = json!({ "routeKey": "send" });
    let message = gateway.refused("POST", &routes, body, "ConflictException");
    assert_eq!(message, "Route with key send already exists for this API");
    for key in ["$connect", "$disconnect", "$default", "GET /x/{y}/{y}"] {
        assert_eq!(gateway.post(&routes, json!({ "routeKey": key })).status, 201, "{key}");
    }
    // The model is in use, by name.
    let model = format!("{api}/models/{}", model.text("modelId"));
    gateway.refused("DELETE", &model, Value::Null, "ConflictException");
    gateway.refused("PATCH", &model, json!({ "name": "Other" }), "ConflictException");
    gateway.patch(&at, json!({ "requestModels": {} }));
    assert_eq!(gateway.delete(&model).status, 204);
}

#[test]
fn route_responses_from_creation_to_deletion() {
    let gateway = Gateway::new();
    let api = gateway.websocket();
    let route = gateway.post(&format!("{api}/routes"), json!({ "routeKey": "send" }));
    let route = format!("{api}/routes/{}", route.text("routeId"));
    let responses = format!("{route}/routeresponses");
    let made = gateway.post(&responses, json!({ "routeResponseKey": "$default" }));
    let id = made.text("routeResponseId");
    assert_eq!(
        (made.status, made.body),
        (201, json!({ "routeResponseId": id, "routeResponseKey": "$default" }))
    );
    let at = format!("{responses}/{id}");
    let body = json!({ "modelSelectionExpression": "$default",
        "responseParameters": { "route.response.header.x": { "required": false } } });
    let changed = gateway.patch(&at, body);
    assert_eq!(changed.status, 200);
    assert_eq!(gateway.get(&at).body, changed.body);
    assert_eq!(gateway.get(&responses).body["items"], json!([changed.body]));
    let body = json!({ "routeResponseKey": "$default" });
    gateway.refused("POST", &responses, body.clone(), "ConflictException");
    gateway.refused("POST", &responses, json!({ "routeResponseKey": "x" }), BAD);
    let elsewhere = format!("{api}/routes/nothere/routeresponses");
    let message = gateway.refused("POST", &elsewhere, body.clone(), "NotFoundException");
    assert_eq!(message, "Invalid Route identifier specified nothere");
    gateway.refused("GET", &elsewhere, Value::Null, "NotFoundException");
    // It goes with its route.
    assert_eq!(gateway.keys("/routeresponses/"), 1);
    gateway.delete(&route);
    assert_eq!(gateway.keys("/routeresponses/"), 0);
    // HTTP APIs have none.
    let http = gateway.api();
    let route = gateway.route(&http, "GET /");
    gateway.refused("POST", &format!("{http}/routes/{route}/routeresponses"), body, BAD);
}

#[test]
fn integrations_of_every_type_with_their_responses() {
    let gateway = Gateway::new();
    let api = gateway.websocket();
    let integrations = format!("{api}/integrations");
    let lambda = json!({ "integrationType": "AWS_PROXY", "integrationUri": FUNCTION });
    let made = gateway.post(&integrations, lambda);
    let id = made.text("integrationId");
    assert_eq!(
        made.body,
        json!({ "connectionType": "INTERNET", "integrationId": id, "integrationUri": FUNCTION,
            "integrationType": "AWS_PROXY", "passthroughBehavior": "WHEN_NO_MATCH",
            "payloadFormatVersion": "1.0", "timeoutInMillis": 29_000 }),
        "as recorded from AWS (spec section 1.7)"
    );
    let mock = json!({ "integrationType": "MOCK", "passthroughBehavior": "NEVER",
        "templateSelectionExpression": "$request.body.action",
        "requestTemplates": { "200": "{\"statusCode\":200}" } });
    let mock = gateway.post(&integrations, mock);
    let expression = mock.text("integrationResponseSelectionExpression");
    assert_eq!(expression, "${integration.response.statuscode}");
    for (body, words) in [
        (json!({ "integrationType": "AWS_PROXY" }), "Invalid function ARN or invalid uri"),
        (json!({ "integrationType": "AWS", "integrationUri": "x" }), "Invalid ARN specified"),
        (json!({ "integrationType": "HTTP", "integrationUri": "http://b" }), "HttpMethod must be"),
        (json!({ "integrationType": "MOCK", "timeoutInMillis": 29_001 }), "equal to 29000"),
        (json!({ "integrationType": "MOCK", "tlsConfig": { "serverNameToVerify": "x" } }), "HTTP"),
        (json!({ "integrationType": "MOCK", "requestParameters": { "x": "'y'" } }), "specified: x"),
    ] {
        let message = gateway.refused("POST", &integrations, body, BAD);
        assert!(message.contains(words), "{message}");
    }
    let responses = format!("{integrations}/{}/integrationresponses", mock.text("integrationId"));
    let body = json!({ "integrationResponseKey": "/2\\d\\d/",
        "contentHandlingStrategy": "CONVERT_TO_TEXT", "templateSelectionExpression": "$default",
        "responseParameters": { "route.response.header.x": "integration.response.body.a" },
        "responseTemplates": { "$default": "{}" } });
    let made = gateway.post(&responses, body.clone());
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(made.body.get(name), Some(value), "{name}");
    }
    gateway.refused("POST", &responses, body, "ConflictException");
    gateway.refused("POST", &responses, json!({ "integrationResponseKey": "2" }), BAD);
    let at = format!("{responses}/{}", made.text("integrationResponseId"));
    let changed = gateway.patch(
        &at,
        json!({ "integrationResponseKey": "$default",
        "responseParameters": { "route.response.header.x": "" }, "responseTemplates": {} }),
    );
    assert_eq!(changed.body.get("responseParameters"), None);
    assert_eq!(changed.body.get("responseTemplates"), None);
    assert_eq!(gateway.get(&responses).column("integrationResponseKey"), ["$default"]);
    assert_eq!(gateway.delete(&at).status, 204);
    gateway.refused("GET", &at, Value::Null, "NotFoundException");
}

#[test]
fn models_are_schemas_with_templates() {
    let gateway = Gateway::new();
    let api = gateway.websocket();
    let models = format!("{api}/models");
    for (body, words) in [
        (json!({ "name": "a b", "schema": "{}" }), "^[a-zA-Z0-9]+$"),
        (json!({ "name": "a", "schema": "{" }), "Invalid model schema specified"),
        (json!({ "name": "a", "schema": "[]" }), "a JSON object"),
        (json!({ "name": "a" }), "'createModelInput.schema' failed"),
    ] {
        let message = gateway.refused("POST", &models, body, BAD);
        assert!(message.contains(words), "{message}");
    }
    let schema = "{\"properties\":{\"id\":{\"type\":\"integer\"}}}";
    let body = json!({ "name": "Pet", "schema": schema, "contentType": "application/x",
        "description": "d" });
    let made = gateway.post(&models, body);
    gateway.refused("POST", &models, json!({ "name": "Pet", "schema": "{}" }), "ConflictException");
    let at = format!("{models}/{}", made.text("modelId"));
    let template = gateway.get(&format!("{at}/template"));
    assert_eq!(
        template.body,
        json!({ "value": "#set($inputRoot = $input.path('$'))\n{\n  \"id\" : $inputRoot.id\n}" })
    );
    gateway.refused("GET", &format!("{models}/none/template"), Value::Null, "NotFoundException");
}

#[test]
fn a_deployment_freezes_all_of_it() {
    let gateway = Gateway::new();
    let api = gateway.websocket();
    let route = gateway.post(&format!("{api}/routes"), json!({ "routeKey": "send" }));
    let responses = format!("{api}/routes/{}/routeresponses", route.text("routeId"));
    gateway.post(&responses, json!({ "routeResponseKey": "$default" }));
    gateway.post(&format!("{api}/models"), json!({ "name": "M", "schema": "{}" }));
    let made = gateway.post(&format!("{api}/deployments"), json!({}));
    let key = format!("definitions/{}/{}", id_of(&api), made.text("deploymentId"));
    let frozen: Value = serde_json::from_str(&gateway.dump()[&key]).unwrap();
    assert_eq!(frozen["routeSelectionExpression"], "$request.body.action");
    assert_eq!(frozen["models"][0]["name"], "M");
    let response = &frozen["routeResponses"][route.text("routeId")][0];
    assert_eq!(response["routeResponseKey"], "$default");
}
