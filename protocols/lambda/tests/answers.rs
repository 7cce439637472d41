//! What functions give back, right and wrong.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

use ringgate_lambda::{Answer, AnswerFault, Format, Invoked, Limits};

fn read(format: Format, payload: &[u8]) -> Result<Answer, AnswerFault> {
    let invoked = Invoked { status: 200, function_error: None, payload };
    Answer::read(format, &invoked, &Limits::default())
}

fn fields(answer: &Answer) -> Vec<(&str, &str)> {
    answer.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

const TEXT: (&str, &str) = ("Content-Type", "text/plain; charset=utf-8");

#[test]
fn right_answers_of_both_formats() {
    for (payload, status, expected, body) in [
        (r#"{"statusCode":200}"#, 200, vec![TEXT], ""),
        (r#"{"statusCode":"201","body":null}"#, 201, vec![TEXT], ""),
        (r#"{"statusCode":599,"headers":null,"isBase64Encoded":null}"#, 599, vec![TEXT], ""),
        (
            r#"{"statusCode":200,"body":"\u00e9","headers":{"content-type":"a/b","x-n":1,
                "x-b":true,"x-f":1.5,"x-null":null,"x-neg":-3}}"#,
            200,
            vec![
                ("Content-Type", "a/b"),
                ("X-N", "1"),
                ("X-B", "true"),
                ("X-F", "1.5"),
                ("X-Neg", "-3"),
            ],
            "é",
        ),
        (r#"{"statusCode":200,"body":"aGk=","isBase64Encoded":true}"#, 200, vec![TEXT], "hi"),
        (r#"{"statusCode":200,"body":"aGk=","isBase64Encoded":false}"#, 200, vec![TEXT], "aGk="),
        (r#"{"statusCode":204,"body":"x","headers":{"content-type":"a/b"}}"#, 204, vec![], ""),
        (r#"{"statusCode":500,"statusCode":404}"#, 404, vec![TEXT], ""),
        (
            r#"{"statusCode":200,"headers":{"Connection":"close, X-Hop","x-hop":"1","TE":"x",
                "Keep-Alive":"5","transfer-encoding":"chunked","content-length":"99","Date":"d"}}"#,
            200,
            vec![("Date", "d"), TEXT],
            "",
        ),
        (
            r#"{"statusCode":200,"headers":{"Set-Cookie":"a=1"}}"#,
            200,
            vec![("Set-Cookie", "a=1"), TEXT],
            "",
        ),
    ] {
        for format in [Format::V1, Format::V2] {
            let answer = read(format, payload.as_bytes())
                .unwrap_or_else(|fault| panic!("{format:?} {payload}: {fault}"));
            assert_eq!(answer.status, status, "{payload}");
            assert_eq!(fields(&answer), expected, "{payload}");
            assert_eq!(answer.body, body.as_bytes(), "{payload}");
        }
    }
}

/// The recorded answer: several values, then the single one.
#[test]
fn format_1_has_lists_of_values() {
    let payload = br#"{"statusCode":200,"headers":{"X-Custom-Header":"single-value",
        "combined-header":"single-value"},"multiValueHeaders":{"X-Multi-Header":["m1","m2"],
        "Combined-Header":["m1",2,null],"set-cookie":["a=1","b=2"],"x-none":null,"x-empty":[]}}"#;
    let answer = read(Format::V1, payload).unwrap();
    let expected = [
        ("X-Multi-Header", "m1"),
        ("X-Multi-Header", "m2"),
        ("Combined-Header", "m1"),
        ("Combined-Header", "2"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("X-Custom-Header", "single-value"),
        ("Combined-Header", "single-value"),
        TEXT,
    ];
    assert_eq!(fields(&answer), expected);
    let answer = read(Format::V2, payload).unwrap();
    assert_eq!(answer.fields.len(), 3, "format 2.0 knows no lists: {:?}", answer.fields);
}

#[test]
fn format_2_has_cookies_and_passes_over_the_unknown() {
    let payload = br#"{"statusCode":200,"cookies":["a=1; Secure","b=2"],"what":{"ever":[]}}"#;
    let answer = read(Format::V2, payload).unwrap();
    let expected = [("Set-Cookie", "a=1; Secure"), ("Set-Cookie", "b=2"), TEXT];
    assert_eq!(fields(&answer), expected);
}

/// The recorded cases, and null.
#[test]
fn format_2_infers_a_response() {
    for (payload, body) in [
        (r#"{"name": "John Doe", "age":"#, r#"{"name": "John Doe", "age":"#),
        (r#"{"name": "John Doe", "age": 30}"#, r#"{"name": "John Doe", "age": 30}"#),
        ("[1, 2, 3, 4, 5]", "[1, 2, 3, 4, 5]"),
        ("Hello, World!", "Hello, World!"),
        ("42", "42"),
        ("true", "true"),
        ("null", "null"),
        ("{}", "{}"),
        ("", ""),
        (r#"{"statusCode":null,"body":"x"}"#, r#"{"statusCode":null,"body":"x"}"#),
        (r#"{"headers":7}"#, r#"{"headers":7}"#),
        (r#""test""#, "test"),
        (r#""""#, ""),
        (r#""Special \"quoted\" text""#, r#"Special "quoted" text"#),
        (r#"{"statusCode":200} x"#, r#"{"statusCode":200} x"#),
    ] {
        let answer = read(Format::V2, payload.as_bytes()).unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(fields(&answer), [("Content-Type", "application/json")]);
        assert_eq!(answer.body, body.as_bytes());
        assert!(read(Format::V1, payload.as_bytes()).is_err(), "{payload}");
    }
    assert_eq!(read(Format::V2, b"\xff\0").unwrap().body, b"\xff\0");
}

#[test]
fn wrong_answers_of_both_formats() {
    use AnswerFault::{BadField, NotBase64, StatusOutOfRange, WrongType};
    let bad = |name: &str| BadField(name.to_owned());
    for (payload, fault) in [
        (r#"{"statusCode":0}"#, StatusOutOfRange),
        (r#"{"statusCode":199}"#, StatusOutOfRange),
        (r#"{"statusCode":600}"#, StatusOutOfRange),
        (r#"{"statusCode":-200}"#, StatusOutOfRange),
        (r#"{"statusCode":4294967496}"#, StatusOutOfRange),
        (r#"{"statusCode":""}"#, StatusOutOfRange),
        (r#"{"statusCode":"99999999999"}"#, StatusOutOfRange),
        (r#"{"statusCode":200.5,"body":"Hello"}"#, WrongType("statusCode")),
        (r#"{"statusCode":2e2}"#, WrongType("statusCode")),
        (r#"{"statusCode":"OK"}"#, WrongType("statusCode")),
        (r#"{"statusCode":" 200"}"#, WrongType("statusCode")),
        (r#"{"statusCode":true}"#, WrongType("statusCode")),
        (r#"{"statusCode":[200]}"#, WrongType("statusCode")),
        (r#"{"statusCode":{}}"#, WrongType("statusCode")),
        (r#"{"statusCode":200,"headers":"x"}"#, WrongType("headers")),
        (r#"{"statusCode":200,"headers":[]}"#, WrongType("headers")),
        (r#"{"statusCode":200,"headers":{"x":{}}}"#, WrongType("headers")),
        (r#"{"statusCode":200,"headers":{"x":["a"]}}"#, WrongType("headers")),
        (r#"{"statusCode":200,"body":{"a":1}}"#, WrongType("body")),
        (r#"{"statusCode":200,"body":[]}"#, WrongType("body")),
        (r#"{"statusCode":200,"body":7}"#, WrongType("body")),
        (r#"{"statusCode":200,"isBase64Encoded":"true"}"#, WrongType("isBase64Encoded")),
        (r#"{"statusCode":200,"isBase64Encoded":true,"body":"{}"}"#, NotBase64),
        (r#"{"statusCode":200,"headers":{"a b":"x"}}"#, bad("a b")),
        (r#"{"statusCode":200,"headers":{"":"x"}}"#, bad("")),
        (r#"{"statusCode":200,"headers":{"a:b":"x"}}"#, bad("a:b")),
        (r#"{"statusCode":200,"headers":{"a":"x\r\nSet-Cookie: b"}}"#, bad("a")),
        (r#"{"statusCode":200,"headers":{"a":"x\ny"}}"#, bad("a")),
        (r#"{"statusCode":200,"headers":{"a":"\u0000"}}"#, bad("a")),
    ] {
        for format in [Format::V1, Format::V2] {
            assert_eq!(read(format, payload.as_bytes()), Err(fault.clone()), "{payload}");
        }
        assert_eq!(fault.status(), 500);
    }
}

#[test]
fn wrong_answers_of_one_format() {
    for (format, payload, fault) in [
        (Format::V1, r#"{"body":"x"}"#, AnswerFault::NoStatus),
        (Format::V1, "{}", AnswerFault::NoStatus),
        (Format::V1, "[]", AnswerFault::NotAnObject),
        (Format::V1, "\"x\"", AnswerFault::NotAnObject),
        (Format::V1, "not JSON", AnswerFault::NotAnObject),
        (Format::V1, "", AnswerFault::NotAnObject),
        (Format::V1, r#"{"statusCode":200,"#, AnswerFault::NotAnObject),
        (Format::V1, r#"{"statusCode":200,"x":1}"#, AnswerFault::UnknownMember("x".to_owned())),
        (
            Format::V1,
            r#"{"statusCode":200,"cookies":[]}"#,
            AnswerFault::UnknownMember("cookies".to_owned()),
        ),
        (
            Format::V1,
            r#"{"statusCode":200,"multiValueHeaders":{"a":"b"}}"#,
            AnswerFault::WrongType("multiValueHeaders"),
        ),
        (
            Format::V1,
            r#"{"statusCode":200,"multiValueHeaders":{"a":[["b"]]}}"#,
            AnswerFault::WrongType("multiValueHeaders"),
        ),
        (Format::V2, r#"{"statusCode":200,"cookies":"a"}"#, AnswerFault::WrongType("cookies")),
        (Format::V2, r#"{"statusCode":200,"cookies":[{}]}"#, AnswerFault::WrongType("cookies")),
        (
            Format::V2,
            r#"{"statusCode":200,"cookies":["a\n"]}"#,
            AnswerFault::BadField("Set-Cookie".to_owned()),
        ),
    ] {
        assert_eq!(read(format, payload.as_bytes()), Err(fault), "{payload}");
    }
}

/// JavaScript and C# cut texts in the middle of a character.
#[test]
fn half_characters() {
    let payload = br#"{"statusCode":201,"body":"caf\u00e9 \ud83d","x":"\ude0a"}"#;
    let answer = read(Format::V2, payload).unwrap();
    assert_eq!((answer.status, answer.body), (201, "café \u{fffd}".as_bytes().to_vec()));
    assert_eq!(read(Format::V2, br#""\ud83d!""#).unwrap().body, "\u{fffd}!".as_bytes());
}

#[test]
fn invocations_that_fail() {
    let fault = |status, function_error, payload: &str| {
        let invoked = Invoked { status, function_error, payload: payload.as_bytes() };
        Answer::read(Format::V2, &invoked, &Limits::default()).unwrap_err()
    };
    assert_eq!(fault(429, None, "{}"), AnswerFault::Throttled);
    assert_eq!(AnswerFault::Throttled.status(), 503);
    for status in [202, 302, 403, 404, 500, 502] {
        assert_eq!(fault(status, None, "{}"), AnswerFault::Refused { status });
    }
    let error = r#"{"errorType":"Error","errorMessage":"boom\nbang","trace":[]}"#;
    let text = fault(200, Some("Unhandled"), error).to_string();
    assert_eq!(text, "The Lambda function returned an error (Unhandled): Error: boom bang");
    for payload in ["", "[]", "no JSON", r#"{"errorMessage":7}"#] {
        let text = fault(200, Some("Handled"), payload).to_string();
        assert_eq!(text, "The Lambda function returned an error (Handled).");
    }
    let long = format!(r#"{{"errorMessage":"{}"}}"#, "é".repeat(10_000));
    assert!(fault(200, Some("Unhandled"), &long).to_string().chars().count() < 400);
}

#[test]
fn answers_have_limits() {
    let limits = Limits { answer_bytes_max: 30, answer_fields_bytes_max: 8, ..Limits::default() };
    let read = |payload: &str| {
        let invoked = Invoked { status: 200, function_error: None, payload: payload.as_bytes() };
        Answer::read(Format::V2, &invoked, &limits)
    };
    assert!(read(&"x".repeat(30)).is_ok());
    assert_eq!(read(&"x".repeat(31)), Err(AnswerFault::TooLong { bytes_max: 30 }));
    let limits = Limits { answer_fields_bytes_max: 8, ..Limits::default() };
    let read = |value: &str| {
        let payload = format!(r#"{{"statusCode":200,"headers":{{"abc":"{value}"}}}}"#);
        let payload = payload.as_bytes();
        let invoked = Invoked { status: 200, function_error: None, payload };
        Answer::read(Format::V2, &invoked, &limits)
    };
    assert!(read("12345").is_ok());
    assert_eq!(read("123456"), Err(AnswerFault::FieldsTooLong { bytes_max: 8 }));
}

/// However deep, no stack is used up, and the shape is still seen.
#[test]
fn deep_answers() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    for deep in [deep, objects] {
        let payload = format!(r#"{{"statusCode":201,"x":{deep}}}"#);
        assert_eq!(read(Format::V2, payload.as_bytes()).unwrap().status, 201);
        for member in ["headers", "body", "cookies", "statusCode", "isBase64Encoded"] {
            let payload = format!(r#"{{"statusCode":201,"{member}":{deep}}}"#);
            let fault = AnswerFault::WrongType(member);
            assert_eq!(read(Format::V2, payload.as_bytes()), Err(fault));
        }
        assert_eq!(read(Format::V2, deep.as_bytes()).unwrap().body.len(), deep.len());
        assert!(read(Format::V1, deep.as_bytes()).is_err());
    }
}
