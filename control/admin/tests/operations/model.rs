//! The service model's own list of members, against what the operations know.

use serde_json::{Value, json};

use crate::gateway::{Gateway, id_of};

/// Method, path and body members of each operation with a body (apigatewayv2, 2018-11-29).
#[rustfmt::skip]
const INPUTS: &[(&str, &str, &[&str])] = &[
    ("POST", "/v2/apis", &[
        "apiKeySelectionExpression", "corsConfiguration", "credentialsArn", "description",
        "disableSchemaValidation", "disableExecuteApiEndpoint", "ipAddressType", "name",
        "protocolType", "routeKey", "routeSelectionExpression", "tags", "target", "version",
    ]),
    ("PATCH", "{api}", &[
        "apiKeySelectionExpression", "corsConfiguration", "credentialsArn", "description",
        "disableSchemaValidation", "disableExecuteApiEndpoint", "ipAddressType", "name", "routeKey",
        "routeSelectionExpression", "target", "version",
    ]),
    ("POST", "{api}/routes", &[
        "apiKeyRequired", "authorizationScopes", "authorizationType", "authorizerId",
        "modelSelectionExpression", "operationName", "requestModels", "requestParameters",
        "routeKey", "routeResponseSelectionExpression", "target",
    ]),
    ("PATCH", "{api}/routes/{route}", &[
        "apiKeyRequired", "authorizationScopes", "authorizationType", "authorizerId",
        "modelSelectionExpression", "operationName", "requestModels", "requestParameters",
        "routeKey", "routeResponseSelectionExpression", "target",
    ]),
    ("POST", "{api}/integrations", &[
        "connectionId", "connectionType", "contentHandlingStrategy", "credentialsArn",
        "description", "integrationMethod", "integrationSubtype", "integrationType",
        "integrationUri", "passthroughBehavior", "payloadFormatVersion", "requestParameters",
        "requestTemplates", "responseParameters", "templateSelectionExpression", "timeoutInMillis",
        "tlsConfig",
    ]),
    ("PATCH", "{api}/integrations/{integration}", &[
        "connectionId", "connectionType", "contentHandlingStrategy", "credentialsArn",
        "description", "integrationMethod", "integrationSubtype", "integrationType",
        "integrationUri", "passthroughBehavior", "payloadFormatVersion", "requestParameters",
        "requestTemplates", "responseParameters", "templateSelectionExpression", "timeoutInMillis",
        "tlsConfig",
    ]),
    ("POST", "{api}/stages", &[
        "accessLogSettings", "autoDeploy", "clientCertificateId", "defaultRouteSettings",
        "deploymentId", "description", "routeSettings", "stageName", "stageVariables", "tags",
    ]),
    ("PATCH", "{api}/stages/dev", &[
        "accessLogSettings", "autoDeploy", "clientCertificateId", "defaultRouteSettings",
        "deploymentId", "description", "routeSettings", "stageVariables",
    ]),
    ("POST", "{api}/deployments", &[
        "description", "stageName",
    ]),
    ("PATCH", "{api}/deployments/{deployment}", &[
        "description",
    ]),
    ("POST", "/v2/tags/{arn}", &[
        "tags",
    ]),
];

/// Members of structures inside, with the path of the structure.
#[rustfmt::skip]
const STRUCTURES: &[(&str, &str, &str, &[&str])] = &[
    ("PATCH", "{api}", "corsConfiguration", &[
        "allowCredentials", "allowHeaders", "allowMethods", "allowOrigins", "exposeHeaders",
        "maxAge",
    ]),
    ("PATCH", "{api}/stages/dev", "defaultRouteSettings", &[
        "dataTraceEnabled", "detailedMetricsEnabled", "loggingLevel", "throttlingBurstLimit",
        "throttlingRateLimit",
    ]),
];

#[test]
fn no_member_of_the_service_model_is_unknown() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let route = gateway.route(&api, "GET /");
    let integration = gateway.integration(&api);
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "dev" }));
    let deployment = gateway.post(&format!("{api}/deployments"), json!({})).text("deploymentId");
    let fill = |path: &str| {
        path.replace("{arn}", &format!("arn:aws:apigateway:us-east-1::/apis/{}", id_of(&api)))
            .replace("{api}", &api)
            .replace("{route}", &route)
            .replace("{integration}", &integration)
            .replace("{deployment}", &deployment)
    };
    // Half a thing is the wrong type for nearly all of them: known, and refused for that.
    for (method, path, members) in INPUTS {
        for member in *members {
            let reply = gateway.send(method, &fill(path), json!({ *member: 0.5 }));
            // A rate may be half a thing.
            let message = reply.body.get("message").and_then(Value::as_str).unwrap_or_default();
            assert!(!message.contains("Unknown member"), "{method} {path}: {message}");
        }
        let reply = gateway.send(method, &fill(path), json!({ "notAMember": 0.5 }));
        assert!(reply.message().contains("Unknown member 'notAMember' in "), "{}", reply.message());
    }
    for (method, path, outer, members) in STRUCTURES {
        for member in *members {
            let reply = gateway.send(method, &fill(path), json!({ *outer: { *member: 0.5 } }));
            // A rate may be half a thing.
            let message = reply.body.get("message").and_then(Value::as_str).unwrap_or_default();
            assert!(!message.contains("Unknown member"), "{outer}: {message}");
        }
    }
}
