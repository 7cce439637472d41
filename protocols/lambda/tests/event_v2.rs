//! Events of payload format 2.0, byte for byte.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use ringgate_lambda::{
    Authorizer, ClientCert, CognitoIdentity, Context, EventFault, Format, Iam, Limits, Request,
    write_event,
};
use serde_json::{Value, json};

fn event(request: &Request<'_>, context: &Context<'_>) -> Value {
    serde_json::from_slice(&written(request, context)).unwrap()
}

fn written(request: &Request<'_>, context: &Context<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    write_event(Format::V2, request, context, &Limits::default(), &mut out).unwrap();
    out
}

fn context<'r>() -> Context<'r> {
    Context {
        account_id: "111111111111",
        api_id: "apiid",
        domain_name: "apiid.execute-api.us-east-1.amazonaws.com",
        stage: "$default",
        route_key: "GET /items/{id}",
        request_id: "JKJaXmPLvHcESHA=",
        time: "12/Mar/2020:19:03:58 +0000",
        time_ms: 1_584_039_838_390,
        ..Context::default()
    }
}

#[test]
fn a_whole_event() {
    let claims = [("sub", "u")];
    let request = Request {
        path: "/items/7",
        query: "a=1&a=2&b=x%20y",
        fields: &[
            ("Host", b"apiid.execute-api.us-east-1.amazonaws.com"),
            ("Cookie", b"s1=v1; s2=v2"),
            ("X-Multi", b"v1"),
            ("User-Agent", b"curl/8"),
            ("x-multi", b"v2"),
            ("Content-Type", b"text/plain"),
            ("Connection", b"keep-alive, x-hop"),
            ("X-Hop", b"1"),
            ("Transfer-Encoding", b"chunked"),
            ("X-Forwarded-For", b"203.0.113.9"),
        ],
        body: b"say \"h\xc3\xa9\"\n",
        source_ip: "192.0.2.1".parse().unwrap(),
        ..Request::default()
    };
    let context = Context {
        path_parameters: &[("id", "7")],
        stage_variables: &[("k", "v")],
        trace_id: Some("Root=1-67fd88cb-4981526a50466e9f2be0fbed"),
        authorizer: Some(Authorizer::Jwt { claims: &claims, scopes: Some(&["read"]) }),
        client_cert: Some(ClientCert {
            pem: "-----BEGIN",
            subject_dn: "CN=c",
            issuer_dn: "CN=i",
            serial_number: "1",
            not_before: "May 28 12:30:02 2019 GMT",
            not_after: "Aug  5 09:36:04 2021 GMT",
        }),
        ..context()
    };
    let expected = concat!(
        r#"{"version":"2.0","routeKey":"GET /items/{id}","rawPath":"/items/7","#,
        r#""rawQueryString":"a=1&a=2&b=x%20y","cookies":["s1=v1","s2=v2"],"headers":{"#,
        r#""content-length":"10","content-type":"text/plain","#,
        r#""host":"apiid.execute-api.us-east-1.amazonaws.com","user-agent":"curl/8","#,
        r#""x-amzn-trace-id":"Root=1-67fd88cb-4981526a50466e9f2be0fbed","#,
        r#""x-forwarded-for":"203.0.113.9, 192.0.2.1","x-forwarded-port":"443","#,
        r#""x-forwarded-proto":"https","x-multi":"v1,v2"},"#,
        r#""queryStringParameters":{"a":"1,2","b":"x y"},"#,
        r#""requestContext":{"accountId":"111111111111","apiId":"apiid","#,
        r#""authentication":{"clientCert":{"clientCertPem":"-----BEGIN","subjectDN":"CN=c","#,
        r#""issuerDN":"CN=i","serialNumber":"1","validity":{"#,
        r#""notBefore":"May 28 12:30:02 2019 GMT","notAfter":"Aug  5 09:36:04 2021 GMT"}}},"#,
        r#""authorizer":{"jwt":{"claims":{"sub":"u"},"scopes":["read"]}},"#,
        r#""domainName":"apiid.execute-api.us-east-1.amazonaws.com","domainPrefix":"apiid","#,
        r#""http":{"method":"GET","path":"/items/7","protocol":"HTTP/1.1","#,
        r#""sourceIp":"192.0.2.1","userAgent":"curl/8"},"requestId":"JKJaXmPLvHcESHA=","#,
        r#""routeKey":"GET /items/{id}","stage":"$default","time":"12/Mar/2020:19:03:58 +0000","#,
        r#""timeEpoch":1584039838390},"body":"say \"hé\"\n","pathParameters":{"id":"7"},"#,
        r#""stageVariables":{"k":"v"},"isBase64Encoded":false}"#,
    );
    assert_eq!(String::from_utf8(written(&request, &context)).unwrap(), expected);
}

#[test]
fn what_is_not_there_is_left_out() {
    let event = event(&Request::default(), &context());
    let keys: Vec<_> = event.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "headers",
        "requestContext",
        "isBase64Encoded",
    ];
    assert_eq!(keys, expected);
    assert_eq!(event["rawQueryString"], "");
    assert_eq!(event["headers"]["content-length"], "0");
    let context = event["requestContext"].as_object().unwrap();
    assert!(!context.contains_key("authorizer") && !context.contains_key("authentication"));
    assert_eq!(event["requestContext"]["http"]["userAgent"], "");
}

#[test]
fn a_recorded_query() {
    let request = Request {
        query: "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b\
            &encodedPlus=a%2Bb&empty=&&bare&bad=%zz%4",
        ..Request::default()
    };
    let expected = json!({
        "empty": "", "encodedPlus": "a+b", "literalPlus": "a b", "bare": "", "bad": "%zz%4",
        "redirect": "https://example.com/a/b", "repeat": "one,two",
    });
    let event = event(&request, &context());
    assert_eq!(event["queryStringParameters"], expected);
    assert_eq!(event["rawQueryString"], request.query);
}

#[test]
fn paths_are_decoded_and_show_the_stage_and_no_mapping() {
    let request = Request { path: "/users/****%20Doe/%E2%98%95%3F", ..Request::default() };
    let parameters = [("name", "****%20Doe"), ("drink", "%E2%98%95%3F")];
    for (stage, mapping_key, expected) in [
        ("$default", "", "/users/**** Doe/☕?"),
        ("dev", "", "/dev/users/**** Doe/☕?"),
        ("dev", "base/v1", "/dev/users/**** Doe/☕?"),
        ("$default", "base", "/users/**** Doe/☕?"),
    ] {
        let context = Context { stage, mapping_key, path_parameters: &parameters, ..context() };
        let event = event(&request, &context);
        assert_eq!(event["rawPath"], expected);
        assert_eq!(event["requestContext"]["http"]["path"], expected);
        assert_eq!(event["pathParameters"], json!({"name": "**** Doe", "drink": "☕?"}));
    }
}

#[test]
fn which_bodies_are_text() {
    for (content_type, is_text) in [
        (Some("text/plain"), true),
        (Some("TEXT/csv"), true),
        (Some("application/json"), true),
        (Some("Application/JSON ; charset=utf-8"), true),
        (Some("application/xml"), true),
        (Some("application/javascript"), true),
        (Some("application/x-www-form-urlencoded"), false),
        (Some("multipart/form-data; boundary=b"), false),
        (Some("application/octet-stream"), false),
        (Some("application/octet-stream; charset=utf-8"), false),
        (Some("application/vnd.api+json"), false),
        (Some(""), false),
        (None, false),
    ] {
        let fields: Vec<(&str, &[u8])> =
            content_type.iter().map(|value| ("Content-Type", value.as_bytes())).collect();
        let request = Request { fields: &fields, body: b"hello world", ..Request::default() };
        let event = event(&request, &context());
        let body = if is_text { "hello world" } else { "aGVsbG8gd29ybGQ=" };
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(body), &json!(!is_text)));
    }
    let fields: &[(&str, &[u8])] = &[("content-type", b"text/plain")];
    let request = Request { fields, body: b"\xff", ..Request::default() };
    assert_eq!(event(&request, &context())["body"], "/w==", "no byte of a body is lost");
}

#[test]
fn every_authorizer() {
    let claims = [("sub", "u"), ("aud", "[a b]"), ("exp", "1700000000")];
    let jwt = Authorizer::Jwt { claims: &claims, scopes: None };
    let found = json!({"n": 1, "deep": {"a": [true, null, "\u{1}\""]}});
    let lambda =
        Authorizer::Lambda { principal_id: Some("u"), context: found.as_object().unwrap() };
    let iam = Iam { access_key: "AKIA", account_id: "1", user_arn: "arn", ..Iam::default() };
    let cognito = CognitoIdentity { amr: &["x"], identity_id: "i", identity_pool_id: "p" };
    let pooled = Iam { cognito_identity: Some(cognito), principal_org_id: Some("o"), ..iam };
    let iam_event = |cognito: Value, org: Value| {
        json!({"iam": {"accessKey": "AKIA", "accountId": "1", "callerId": "", "userId": "",
            "cognitoIdentity": cognito, "principalOrgId": org, "userArn": "arn"}})
    };
    for (authorizer, expected) in [
        (
            jwt,
            json!({"jwt": {"scopes": null,
                "claims": {"aud": "[a b]", "exp": "1700000000", "sub": "u"}}}),
        ),
        (lambda, json!({"lambda": found})),
        (Authorizer::Iam(iam), iam_event(Value::Null, Value::Null)),
        (
            Authorizer::Iam(pooled),
            iam_event(json!({"amr": ["x"], "identityId": "i", "identityPoolId": "p"}), json!("o")),
        ),
    ] {
        let context = Context { authorizer: Some(authorizer), ..context() };
        assert_eq!(event(&Request::default(), &context)["requestContext"]["authorizer"], expected);
    }
}

/// As recorded events are, whatever order the token or the authorizer's answer had.
#[test]
fn members_of_an_authorizer_are_sorted() {
    let found: Value =
        serde_json::from_str(r#"{"z":1,"deep":[{"y":{"q":1,"b":2},"a":3}],"a":"x"}"#).unwrap();
    let map = found.as_object().unwrap();
    for (authorizer, expected) in [
        (
            Authorizer::Jwt { claims: &[("z", "1"), ("a", "x")], scopes: None },
            r#"{"jwt":{"claims":{"a":"x","z":"1"},"#,
        ),
        (
            Authorizer::Lambda { principal_id: None, context: map },
            r#"{"lambda":{"a":"x","deep":[{"a":3,"y":{"b":2,"q":1}}],"z":1}"#,
        ),
    ] {
        let context = Context { authorizer: Some(authorizer), ..context() };
        let event = String::from_utf8(written(&Request::default(), &context)).unwrap();
        assert!(event.contains(expected), "{event}");
    }
}

#[test]
fn an_event_has_a_limit() {
    let request = Request { body: b"0123456789", ..Request::default() };
    let len = written(&request, &context()).len();
    let mut out = b"before".to_vec();
    let mut write = |event_bytes_max| {
        let limits = Limits { event_bytes_max, ..Limits::default() };
        write_event(Format::V2, &request, &context(), &limits, &mut out)
            .map(|()| out.len())
            .map_err(|fault| (fault, out.clone()))
    };
    let fault = EventFault::TooLong { bytes_max: len - 1 };
    assert_eq!(write(len - 1), Err((fault, b"before".to_vec())));
    assert_eq!(write(len), Ok(len + 6));
}
