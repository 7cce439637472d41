//! Formats as users write them, and the lines that come of them.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::collections::HashMap;

use proptest::prelude::*;
use ringgate_observe::{FormatError, LogFormat, Record, Value, Values, Variable};

/// What a request was, by name.
#[derive(Debug, Default)]
struct Request(HashMap<String, Vec<u8>>);

impl Request {
    fn new<const N: usize>(values: [(&str, &str); N]) -> Self {
        Self(values.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).into())
    }
}

impl Values for Request {
    fn value(&self, variable: Variable, property: &str) -> Value<'_> {
        let name = match variable {
            Variable::ErrorMessageString => "error.message".to_owned(),
            _ => variable.name().trim_end_matches('*').to_owned() + property,
        };
        self.0.get(&name).map_or(Value::Missing, |value| Value::Text(value))
    }
}

fn line(format: &str, values: &impl Values) -> String {
    let mut line = Vec::new();
    LogFormat::parse(format).unwrap().write(values, &mut line);
    String::from_utf8(line).unwrap()
}

fn record() -> Record {
    Record {
        request_id: "JKJaXmPLvHcESHA=".into(),
        request_time_epoch_ms: 1_584_039_838_640,
        ip: "127.0.0.1".into(),
        http_method: "GET".into(),
        path: "/items/\"1\"".into(),
        protocol: "HTTP/1.1",
        domain_name: Some("a1.execute-api.localhost:8080".into()),
        api_id: Some("a1".into()),
        stage: Some("$default".into()),
        route_key: Some("GET /items/{id}".into()),
        status: 200,
        response_length: 17,
        response_latency_us: 4_321,
        ..Record::default()
    }
}

#[test]
fn formats_of_aws_s_guide() {
    let cases = [
        // The default of AWS's console.
        (
            [
                r#"{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "#,
                r#""requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod","#,
                r#""routeKey":"$context.routeKey", "status":"$context.status","#,
                r#""protocol":"$context.protocol", "responseLength":"$context.responseLength" }"#,
            ]
            .concat(),
            "{ \"requestId\":\"JKJaXmPLvHcESHA=\", \"ip\": \"127.0.0.1\", \
             \"requestTime\":\"12/Mar/2020:19:03:58 +0000\", \"httpMethod\":\"GET\",\
             \"routeKey\":\"GET /items/{id}\", \"status\":\"200\",\
             \"protocol\":\"HTTP/1.1\", \"responseLength\":\"17\" }",
        ),
        // Common Log Format.
        (
            [
                "$context.identity.sourceIp - - [$context.requestTime] ",
                r#""$context.httpMethod $context.routeKey $context.protocol" "#,
                "$context.status $context.responseLength $context.requestId\n",
            ]
            .concat(),
            "127.0.0.1 - - [12/Mar/2020:19:03:58 +0000] \
             \"GET GET /items/{id} HTTP/1.1\" 200 17 JKJaXmPLvHcESHA=",
        ),
        // CSV.
        (
            "$context.identity.sourceIp,$context.requestTime,$context.path,$context.error.message,\
             $context.requestId"
                .to_owned(),
            r#"127.0.0.1,12/Mar/2020:19:03:58 +0000,/items/\"1\",-,JKJaXmPLvHcESHA="#,
        ),
        // XML.
        (
            "<request id=\"$context.requestId\"> <ip>$context.identity.sourceIp</ip> \
             <status>${context.status}</status> </request>"
                .to_owned(),
            "<request id=\"JKJaXmPLvHcESHA=\"> <ip>127.0.0.1</ip> \
             <status>200</status> </request>",
        ),
        (
            r#"{"id":$context.requestId,"at":$context.requestTime,"ms":$context.responseLatency}"#
                .to_owned(),
            r#"{"id":"JKJaXmPLvHcESHA=","at":"12/Mar/2020:19:03:58 +0000","ms":4}"#,
        ),
    ];
    for (format, expected) in cases {
        assert_eq!(line(&format, &record()), format!("{expected}\n"));
    }
}

#[test]
fn values_of_all_kinds_in_places_of_all_kinds() {
    let request = Request::new([
        ("requestId", "r"),
        ("identity.userAgent", "\"a\\b\"\n"),
        ("error.message", "say \"no\""),
        ("authorizer.claims.cognito-id", "c"),
        ("authorizer.numKey", "1"),
        ("authorizer.boolKey", "true"),
        ("authorizer.empty", ""),
    ]);
    let cases = [
        (r#"{"x":"$context.identity.userAgent"}"#, r#"{"x":"\"a\\b\"\n"}"#),
        (r#"{"x":$context.identity.userAgent}"#, r#"{"x":"\"a\\b\"\n"}"#),
        ("$context.identity.userAgent", r#"\"a\\b\"\n"#),
        (r#"{"x":"$context.error.messageString"}"#, r#"{"x":"\"say \\\"no\\\"\""}"#),
        (r#"{"x":$context.error.messageString}"#, r#"{"x":"say \"no\""}"#),
        ("$context.error.messageString", r#""say \"no\"""#),
        ("$context.authorizer.claims.cognito-id-$context.authorizer.claims", "c--"),
        (r#"{"x":[$context.authorizer.numKey,$context.authorizer.boolKey]}"#, r#"{"x":[1,true]}"#),
        (r#"{"x":$context.authorizer.empty,"y":"$context.stage"}"#, r#"{"x":null,"y":"-"}"#),
        ("$context.stage/$context.authorizer.empty/$context.resourcePath", "-/-/-"),
        ("costs $5, or 5$. ${context.stage}$", "costs $5, or 5$. -$"),
    ];
    for (format, expected) in cases {
        let id = "$context.extendedRequestId";
        let (format, expected) = match (format.strip_suffix('}'), expected.strip_suffix('}')) {
            (Some(format), Some(expected)) if format.starts_with('{') => {
                (format!(r#"{format},"":"{id}"}}"#), format!(r#"{expected},"":"-"}}"#))
            }
            _ => (format!("{format} {id}"), format!("{expected} -")),
        };
        assert_eq!(line(&format, &request), expected + "\n", "{format}");
    }
}

#[test]
fn formats_that_are_refused() {
    let refused = |format: &str| LogFormat::parse(format).unwrap_err();
    assert_eq!(refused(""), FormatError::NoRequestId);
    assert_eq!(refused("$context.status"), FormatError::NoRequestId);
    assert_eq!(refused("$context.requestId\n$context.status"), FormatError::NotOneLine);
    assert_eq!(refused("$context.requestId\n\n"), FormatError::NotOneLine);
    assert_eq!(refused("$context.requestId\r$context.status"), FormatError::NotOneLine);
    assert_eq!(refused(&"x".repeat(65_537)), FormatError::TooLong(65_537));
    let cases = [
        ("$context.requestid", "[$context.requestid (did you mean '$context.requestId'?)]"),
        (
            "$context.sourceIp ${context.xrayTraceId}.",
            "[$context.sourceIp (did you mean '$context.identity.sourceIp'?), \
             ${context.xrayTraceId}]",
        ),
        ("$context", "[$context]"),
        ("$requestId", "[$requestId (did you mean '$context.requestId'?)]"),
        ("$stageVariables.x", "[$stageVariables.x]"),
        ("${context.requestId", "[${context.requestId]"),
    ];
    for (format, expected) in cases {
        let message = refused(format).to_string();
        let start = format!("The following context variables are not supported: {expected}; ");
        assert!(message.starts_with(&start), "{message}");
        assert!(message.contains("HTTP APIs have, after $context.: accountId apiId"), "{message}");
    }
}

#[test]
fn a_format_knows_its_variables() {
    let format = LogFormat::parse("$context.requestId $context.authorizer.claims.sub").unwrap();
    let variables: Vec<_> = format.variables().collect();
    assert_eq!(variables, [Variable::RequestId, Variable::AuthorizerClaim]);
}

/// Every variable has the same value.
struct Same(Vec<u8>);

impl Values for Same {
    fn value(&self, _: Variable, _: &str) -> Value<'_> {
        Value::Text(&self.0)
    }
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(Variable::ALL).prop_map(|variable| variable.name().replace('*', "x_1"))
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        any::<String>().prop_map(String::into_bytes),
        r#"[-+0-9.eE"\\\n{}\[\],:$ \x{85}\x{2028}]{0,12}"#.prop_map(String::into_bytes),
    ]
}

fn shown(bytes: &[u8]) -> String {
    if bytes.is_empty() { "-".into() } else { String::from_utf8_lossy(bytes).into_owned() }
}

proptest! {
    #[test]
    fn a_format_of_json_gives_json_whatever_the_values_hold(
        names in prop::collection::vec((name(), 0..3u8), 1..8),
        value in bytes(),
    ) {
        let members = names.iter().enumerate().map(|(at, (name, kind))| match kind {
            0 => format!(r#""{at}":"$context.{name}""#),
            1 => format!(r#""{at}" : [$context.{name}, {{"$context.{name}":1}}]"#),
            _ => format!(r#""{at}":"a\"${{context.{name}}}\\$context.stage""#),
        });
        let members: Vec<_> = members.collect();
        let format = format!(r#"{{"id":"$context.requestId",{}}}"#, members.join(","));
        let line = line(&format, &Same(value.clone()));
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        prop_assert_eq!(json["id"].as_str().unwrap(), shown(&value));
        prop_assert_eq!(json.as_object().unwrap().len(), names.len() + 1);
    }

    #[test]
    fn a_line_is_one_line(
        parts in prop::collection::vec((name(), "[^$\r\n]{0,8}"), 0..8),
        value in bytes(),
    ) {
        let parts: String = parts.iter().map(|(name, text)| format!("${{context.{name}}}{text}"))
            .collect();
        let line = line(&format!("{parts}$context.requestId"), &Same(value));
        prop_assert_eq!(line.find(['\n', '\r']), Some(line.len() - 1));
    }

    #[test]
    fn any_text_is_a_format_or_refused(
        text in r#"((\$\{?context\.|requestId|authorizer\.|[${}."\\ é\n-]){0,4}){0,9}"#,
    ) {
        if let Ok(format) = LogFormat::parse(&text) {
            format.write(&Request::default(), &mut Vec::new());
        }
    }
}
