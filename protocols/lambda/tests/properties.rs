//! Events of any requests: they parse, and hold what a slow, literal reading of the rules says.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use ringgate_lambda::{Answer, Context, Format, Invoked, Limits, Request, write_event};
use serde_json::{Value, json};

/// Names that meet in any case, and values of any bytes.
fn fields() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    const NAMES: [&str; 7] = ["x-a", "X-A", "x-b", "Cookie", "cookie", "content-type", "Accept"];
    vec(
        (proptest::sample::select(&NAMES[..]).prop_map(str::to_owned), vec(any::<u8>(), 0..12)),
        0..9,
    )
}

/// Texts with what matters to queries and paths in them, and anything else.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(&["&", "=", "+", "%", "%20", "%C3%A9", "%ff", "a", "b", "\""][..])
            .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Percent-decoding by a table of all 256 escapes.
fn decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = (0..=255u8).find(|byte| {
            rest.get(..3)
                .is_some_and(|three| three.eq_ignore_ascii_case(format!("%{byte:02x}").as_bytes()))
        });
        match escaped {
            Some(byte) => {
                out.push(byte);
                rest = &rest[3..];
            }
            None => {
                out.push(*first);
                rest = behind;
            }
        }
    }
    out
}

fn parameters(query: &str) -> BTreeMap<Vec<u8>, Vec<String>> {
    let mut map: BTreeMap<Vec<u8>, Vec<String>> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let part = |text: &str| decoded(&text.replace('+', " "));
        map.entry(part(name)).or_default().push(lossy(&part(value)));
    }
    map
}

fn event(format: Format, request: &Request<'_>, context: &Context<'_>) -> Value {
    let mut out = Vec::new();
    write_event(format, request, context, &Limits::default(), &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

proptest! {
    #[test]
    fn fields_and_cookies(fields in fields()) {
        let borrowed: Vec<(&str, &[u8])> =
            fields.iter().map(|(name, value)| (name.as_str(), &value[..])).collect();
        let request = Request { fields: &borrowed, ..Request::default() };
        let (one, two) = (
            event(Format::V1, &request, &Context::default()),
            event(Format::V2, &request, &Context::default()),
        );
        for name in ["x-a", "x-b", "content-type", "accept", "cookie"] {
            let same = || fields.iter().filter(|field| field.0.eq_ignore_ascii_case(name));
            let values: Vec<String> = same().map(|field| lossy(&field.1)).collect();
            let first = same().next().map_or(name, |field| &field.0);
            let key = if name == "content-type" { "Content-Type" } else { first };
            let list = (!values.is_empty()).then(|| json!(values));
            prop_assert_eq!(one["multiValueHeaders"].get(key), list.as_ref());
            let last = values.last().map(|value| json!(value));
            prop_assert_eq!(one["headers"].get(key), last.as_ref());
            if name == "cookie" {
                let split = same().flat_map(|field| field.1.split(|byte| *byte == b';'));
                let cookies: Vec<String> =
                    split.map(|c| lossy(c.trim_ascii())).filter(|c| !c.is_empty()).collect();
                prop_assert_eq!(two.get("cookies").is_some(), !cookies.is_empty());
                prop_assert!(cookies.is_empty() || two["cookies"] == json!(cookies));
                prop_assert!(two["headers"].get("cookie").is_none());
            } else {
                let joined = (!values.is_empty()).then(|| json!(values.join(",")));
                prop_assert_eq!(two["headers"].get(name), joined.as_ref());
            }
        }
    }

    #[test]
    fn paths_and_queries(path in text(), query in text(), value in text()) {
        let request = Request { path: &path, query: &query, ..Request::default() };
        let parameters_in_path = [("p", value.as_str())];
        let variables = [("v", value.as_str())];
        let context = Context {
            stage: "s",
            path_parameters: &parameters_in_path,
            stage_variables: &variables,
            ..Context::default()
        };
        let (one, two) =
            (event(Format::V1, &request, &context), event(Format::V2, &request, &context));
        let meant = format!("/s{}", lossy(&decoded(&path)));
        prop_assert_eq!(&one["path"], &json!(format!("/s{path}")));
        prop_assert_eq!(&one["requestContext"]["path"], &json!(meant));
        prop_assert_eq!(&two["rawPath"], &json!(meant));
        prop_assert_eq!(&two["rawQueryString"], &json!(query));
        let map = parameters(&query);
        for event in [&one, &two] {
            prop_assert_eq!(&event["pathParameters"]["p"], &json!(lossy(&decoded(&value))));
            prop_assert_eq!(&event["stageVariables"]["v"], &json!(value));
            prop_assert_eq!(event["queryStringParameters"].is_null(), map.is_empty());
        }
        // Names that are no UTF-8 may fall together once they are text; then the last one counts.
        let texts: BTreeMap<String, &Vec<String>> =
            map.iter().map(|(name, values)| (lossy(name), values)).collect();
        for (name, values) in texts {
            prop_assert_eq!(&one["multiValueQueryStringParameters"][&name], &json!(values));
            prop_assert_eq!(&one["queryStringParameters"][&name], &json!(values.last()));
            prop_assert_eq!(&two["queryStringParameters"][&name], &json!(values.join(",")));
        }
    }

    /// A function that sends back what it got sends back every byte.
    #[test]
    fn bodies_there_and_back(body in vec(any::<u8>(), 1..2000), is_text in any::<bool>()) {
        let content_type: &[u8] = if is_text { b"text/plain" } else { b"image/png" };
        let fields = [("content-type", content_type)];
        let request = Request { fields: &fields, body: &body, ..Request::default() };
        for format in [Format::V1, Format::V2] {
            let event = event(format, &request, &Context::default());
            let payload = json!({
                "statusCode": 200,
                "body": event["body"],
                "isBase64Encoded": event["isBase64Encoded"],
            });
            let payload = payload.to_string();
            let payload = payload.as_bytes();
            let invoked = Invoked { status: 200, function_error: None, payload };
            let answer = Answer::read(format, &invoked, &Limits::default()).unwrap();
            prop_assert_eq!(&answer.body, &body);
        }
    }

    /// Every text comes out of a body as it went in.
    #[test]
    fn any_text(body in any::<String>().prop_filter("some", |body| !body.is_empty())) {
        let fields: [(&str, &[u8]); 1] = [("content-type", b"application/json")];
        let request = Request { fields: &fields, body: body.as_bytes(), ..Request::default() };
        let event = event(Format::V2, &request, &Context::default());
        prop_assert_eq!(&event["body"], &json!(body));
        prop_assert_eq!(&event["isBase64Encoded"], &json!(false));
    }
}
