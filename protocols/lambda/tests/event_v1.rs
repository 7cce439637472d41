//! Events of payload format 1.0.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use ringgate_lambda::{Authorizer, Context, Format, Iam, Limits, Request, write_event};
use serde_json::{Value, json};

fn event(request: &Request<'_>, context: &Context<'_>) -> Value {
    let mut out = Vec::new();
    write_event(Format::V1, request, context, &Limits::default(), &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn context<'r>() -> Context<'r> {
    Context {
        account_id: "111111111111",
        api_id: "apiid",
        domain_name: "apiid.execute-api.us-west-2.amazonaws.com",
        stage: "$default",
        route_key: "POST /users/{userId}/avatar",
        path_parameters: &[("userId", "12%203")],
        request_id: "JCJXri3_PHcEP_Q=",
        time: "14/Apr/2025:22:15:25 +0000",
        time_ms: 1_744_668_925_528,
        ..Context::default()
    }
}

/// As recorded for a request with five bytes of content and no `User-Agent`.
#[test]
fn a_whole_event() {
    let host = "apiid.execute-api.us-west-2.amazonaws.com";
    let request = Request {
        method: "POST",
        path: "/users/12%203/avatar",
        query: "q=Hello%20World&tag=C%23%20Programming&tag=.NET%20Core",
        fields: &[
            ("content-type", b"application/octet-stream"),
            ("host", host.as_bytes()),
            ("Content-Length", b"5"),
            ("tEsT-HEADeR", b"one"),
            ("TEST-header", b"two"),
            ("Cookie", b"a=1; b=2"),
        ],
        body: &[1, 2, 3, 4, 5],
        protocol: "HTTP/2.0",
        source_ip: "192.0.2.1".parse().unwrap(),
        ..Request::default()
    };
    let expected = json!({
        "version": "1.0", "resource": "/users/{userId}/avatar", "path": "/users/12%203/avatar",
        "httpMethod": "POST",
        "headers": {
            "Content-Length": "5", "Content-Type": "application/octet-stream",
            "Cookie": "a=1; b=2", "Host": host, "tEsT-HEADeR": "two",
            "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Port": "443",
            "X-Forwarded-Proto": "https",
        },
        "multiValueHeaders": {
            "Content-Length": ["5"], "Content-Type": ["application/octet-stream"],
            "Cookie": ["a=1; b=2"], "Host": [host], "tEsT-HEADeR": ["one", "two"],
            "X-Forwarded-For": ["192.0.2.1"], "X-Forwarded-Port": ["443"],
            "X-Forwarded-Proto": ["https"],
        },
        "queryStringParameters": {"q": "Hello World", "tag": ".NET Core"},
        "multiValueQueryStringParameters":
            {"q": ["Hello World"], "tag": ["C# Programming", ".NET Core"]},
        "requestContext": {
            "accountId": "111111111111", "apiId": "apiid", "authorizer": null,
            "domainName": host, "domainPrefix": "apiid",
            "extendedRequestId": "JCJXri3_PHcEP_Q=", "httpMethod": "POST",
            "identity": {
                "accessKey": null, "accountId": null, "caller": null, "cognitoAmr": null,
                "cognitoAuthenticationProvider": null, "cognitoAuthenticationType": null,
                "cognitoIdentityId": null, "cognitoIdentityPoolId": null, "principalOrgId": null,
                "sourceIp": "192.0.2.1", "user": null, "userAgent": "", "userArn": null,
            },
            "path": "/users/12 3/avatar", "protocol": "HTTP/1.1",
            "requestId": "JCJXri3_PHcEP_Q=", "requestTime": "14/Apr/2025:22:15:25 +0000",
            "requestTimeEpoch": 1_744_668_925_528_u64,
            "resourceId": "POST /users/{userId}/avatar",
            "resourcePath": "/users/{userId}/avatar", "stage": "$default",
        },
        "pathParameters": {"userId": "12 3"}, "stageVariables": null,
        "body": "AQIDBAU=", "isBase64Encoded": true,
    });
    assert_eq!(event(&request, &context()), expected);
}

#[test]
fn what_is_not_there_is_null() {
    let context = Context { route_key: "$default", path_parameters: &[], ..context() };
    let event = event(&Request::default(), &context);
    for name in [
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "body",
    ] {
        assert_eq!(event.get(name), Some(&Value::Null), "{name}");
    }
    assert_eq!(event["resource"], "$default");
    assert_eq!(event["requestContext"]["resourcePath"], "$default");
    assert_eq!(event["requestContext"]["resourceId"], "$default");
}

#[test]
fn paths_show_the_stage_or_the_mapping_key() {
    let request = Request { path: "/a%20b", ..Request::default() };
    for (stage, mapping_key, prefix) in
        [("$default", "", ""), ("dev", "", "/dev"), ("dev", "base", "/base")]
    {
        let event = event(&request, &Context { stage, mapping_key, ..context() });
        assert_eq!(event["path"], format!("{prefix}/a%20b"));
        assert_eq!(event["requestContext"]["path"], format!("{prefix}/a b"));
    }
}

#[test]
fn every_authorizer() {
    let members = json!({"principalId": "other", "n": 1, "sub": "u"});
    let map = members.as_object().unwrap();
    let iam = Iam {
        access_key: "AKIA",
        account_id: "1",
        caller_id: "c",
        user_arn: "arn",
        user_id: "u",
        ..Iam::default()
    };
    let identity = json!({"accessKey": "AKIA", "accountId": "1", "caller": "c", "userArn": "arn",
        "user": "u"});
    for (authorizer, expected) in [
        (
            Authorizer::Jwt { claims: &[("sub", "u"), ("n", "1")], scopes: Some(&["a"]) },
            json!({"claims": {"n": "1", "sub": "u"}, "scopes": ["a"]}),
        ),
        (
            Authorizer::Lambda { principal_id: Some("p"), context: map },
            json!({"principalId": "p", "n": 1, "sub": "u"}),
        ),
        (Authorizer::Lambda { principal_id: None, context: map }, members.clone()),
        (Authorizer::Iam(iam), Value::Null),
    ] {
        let is_iam = matches!(authorizer, Authorizer::Iam(_));
        let context = Context { authorizer: Some(authorizer), ..context() };
        let event = event(&Request::default(), &context);
        assert_eq!(event["requestContext"]["authorizer"], expected);
        for (name, value) in identity.as_object().unwrap() {
            let shown = if is_iam { value } else { &Value::Null };
            assert_eq!(&event["requestContext"]["identity"][name], shown);
        }
    }
}
