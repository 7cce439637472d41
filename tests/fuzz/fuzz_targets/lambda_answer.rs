//! Any bytes as a function's answer, and as a request that goes to one. An answer that is taken can
//! be written as HTTP as it is; one of format 1.0 is JSON by a second look at it; an event is JSON
//! and brings the content back to the last byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringgate_lambda::limits::{STATUS_MAX, STATUS_MIN};
use ringgate_lambda::{Answer, Context, Format, Invoked, Limits, Request, write_event};
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let Some((choice, payload)) = input.split_first() else { return };
    let function_error = (choice & 1 == 1).then_some("Unhandled");
    let limits = Limits::default();
    for format in [Format::V1, Format::V2] {
        let invoked = Invoked { status: 200, function_error, payload };
        match Answer::read(format, &invoked, &limits) {
            Ok(answer) => {
                assert!(function_error.is_none());
                check(&answer);
                if format == Format::V1 {
                    assert!(answer.fields.iter().all(|field| field.0 != "Transfer-Encoding"));
                    let start = payload.trim_ascii_start().first();
                    assert_eq!(start, Some(&b'{'), "format 1.0 takes objects alone");
                }
            }
            Err(fault) => {
                assert!(fault.status() >= 500);
                assert!(!fault.to_string().contains('\n'), "one line of a log");
            }
        }
        there_and_back(format, payload, choice & 2 == 2);
    }
});

fn check(answer: &Answer) {
    assert!((STATUS_MIN..=STATUS_MAX).contains(&answer.status));
    for (name, value) in &answer.fields {
        assert!(!name.is_empty());
        assert!(name.bytes().all(|byte| byte.is_ascii_graphic() && !b":,;\"".contains(&byte)));
        assert!(!value.contains(['\r', '\n', '\0']));
        let lower = name.to_ascii_lowercase();
        assert!(!["connection", "content-length", "transfer-encoding"].contains(&&*lower));
    }
}

/// The input as the content, query, path and a field of a request.
fn there_and_back(format: Format, input: &[u8], is_text: bool) {
    let text = String::from_utf8_lossy(input);
    let content_type: &[u8] = if is_text { b"text/plain" } else { b"image/png" };
    let fields = [("content-type", content_type), ("x-a", input), ("cookie", input)];
    let request =
        Request { path: &text, query: &text, fields: &fields, body: input, ..Request::default() };
    let mut event = Vec::new();
    let context = Context::default();
    write_event(format, &request, &context, &Limits::default(), &mut event).expect("short");
    let event: Value = serde_json::from_slice(&event).expect("an event is JSON");
    if input.is_empty() {
        return;
    }
    let answer = serde_json::json!({
        "statusCode": 200,
        "body": event["body"],
        "isBase64Encoded": event["isBase64Encoded"],
    });
    let payload = answer.to_string();
    let invoked = Invoked { status: 200, function_error: None, payload: payload.as_bytes() };
    let answer = Answer::read(format, &invoked, &Limits::default()).expect("an answer");
    assert_eq!(answer.body, input);
}
