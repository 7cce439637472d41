//! What cannot be a signature is refused with AWS's code and a message that says what is wrong.
#![allow(missing_docs, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use proptest::prelude::*;
use ringgate_auth::sigv4::{Claim, Refusal, RequestParts};
use support::{Case, NOW_S, SERVICES, cases};

fn changed(change: impl FnOnce(&mut Case)) -> Refusal {
    let mut case = cases()[0].clone();
    change(&mut case);
    case.verify().expect_err("refused")
}

fn authorization(text: &str) -> Refusal {
    changed(|case| *case.header("Authorization") = text.to_owned())
}

fn assert_refused(refusal: &Refusal, code: &str, part: &str) {
    assert_eq!(refusal.code(), code, "{refusal}");
    assert!(refusal.message.contains(part), "{refusal}");
    assert_eq!(refusal.status(), 403);
}

const INCOMPLETE: &str = "IncompleteSignatureException";
const INVALID: &str = "InvalidSignatureException";

#[test]
fn no_signature() {
    let refusal = changed(|case| case.headers.retain(|(name, _)| name != "Authorization"));
    assert_refused(&refusal, "MissingAuthenticationTokenException", "Missing Authentication Token");
    let refusal = changed(|case| {
        case.headers.retain(|(name, _)| name != "Authorization");
        case.query = Some("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00".to_owned());
    });
    assert_refused(&refusal, INCOMPLETE, "presigned");
}

#[test]
fn unreadable_authorization() {
    let credential = "Credential=A/20150830/us-east-1/apigateway/aws4_request";
    for (text, part) in [
        ("", "Unsupported AWS 'algorithm': ''"),
        ("Bearer abc", "Unsupported AWS 'algorithm': 'Bearer'"),
        ("AWS4-ECDSA-P256-SHA256 Credential=x", "AWS4-ECDSA-P256-SHA256"),
        ("AWS4-HMAC-SHA256", "requires 'Credential' parameter."),
        ("AWS4-HMAC-SHA256 Credential=A/b", "requires 'SignedHeaders' parameter."),
        ("AWS4-HMAC-SHA256 nonsense", "'nonsense' not a valid key=value pair"),
        ("AWS4-HMAC-SHA256 Extra=1", "unknown parameter 'Extra'"),
        ("AWS4-HMAC-SHA256 Signature=1, Signature=1", "'Signature' twice"),
        ("AWS4-HMAC-SHA256 Credential=A/b,SignedHeaders=host,Signature=0", "exactly 5"),
    ] {
        assert_refused(&authorization(text), INCOMPLETE, part);
    }
    for (rest, part) in [
        ("SignedHeaders=Host, Signature=0", "lower-case header names"),
        ("SignedHeaders=, Signature=0", "lower-case header names"),
        ("SignedHeaders=host, Signature=0", "64 lower-case"),
    ] {
        assert_refused(
            &authorization(&format!("AWS4-HMAC-SHA256 {credential}, {rest}")),
            INCOMPLETE,
            part,
        );
    }
    let refusal = changed(|case| {
        let twice = ("authorization".to_owned(), "AWS4-HMAC-SHA256 x".to_owned());
        case.headers.push(twice);
    });
    assert_refused(&refusal, INCOMPLETE, "more than one");
}

#[test]
fn wrong_credential_scope() {
    for (from, to, part) in [
        ("/apigateway/", "/s3/", "correct service: 'apigateway'"),
        ("aws4_request", "aws5_request", "valid terminator"),
        ("/eu-west-1/", "/EU west/", "valid region"),
        ("/eu-west-1/", "//", "valid region"),
        ("/20150830/", "/20150829/", "does not match YYYYMMDD"),
    ] {
        let refusal = changed(|case| {
            let value = case.header("Authorization");
            *value = value.replace(from, to);
        });
        assert_refused(&refusal, INVALID, part);
    }
}

#[test]
fn headers_that_must_be_signed() {
    let add = |name: &str| changed(|case| case.headers.push((name.to_owned(), "1".to_owned())));
    assert_refused(&add("x-amz-target"), INVALID, "'x-amz-target' must be a 'SignedHeader'");
    assert_refused(&add("X-Amz-Security-Token"), INVALID, "X-Amz-Security-Token");
    let mut case = cases()[0].clone();
    case.headers.push(("X-Amz-Cf-Id".to_owned(), "1".to_owned()));
    assert_eq!(case.verify(), Ok(()), "set by a proxy after signing");

    let without_host = changed(|case| {
        let value = case.header("Authorization");
        *value = value.replace("host;", "");
    });
    assert_refused(&without_host, INCOMPLETE, "'Host' must be");
    let absent = changed(|case| case.headers.retain(|(name, _)| name != "Content-Type"));
    assert_refused(&absent, INVALID, "no such header");
}

#[test]
fn dates_that_are_none() {
    let refusal = changed(|case| case.headers.retain(|(name, _)| name != "X-Amz-Date"));
    assert_refused(&refusal, INCOMPLETE, "'X-Amz-Date' or a 'Date'");
    let refusal = changed(|case| *case.header("X-Amz-Date") = "yesterday".to_owned());
    assert_refused(&refusal, INCOMPLETE, "Got 'yesterday'");
    let refusal = changed(|case| {
        case.headers.push(("x-amz-date".to_owned(), "20150830T123600Z".to_owned()));
    });
    assert_refused(&refusal, INCOMPLETE, "there twice");
}

#[test]
fn bodies_that_are_not_what_was_signed() {
    let hashed = cases().into_iter().find(|case| case.name == "headers hash").expect("case");
    let mut other = hashed.clone();
    other.body.push(' ');
    assert_refused(&other.verify().expect_err("changed"), INVALID, "x-amz-content-sha256");
    let mut unsigned = hashed;
    *unsigned.header("x-amz-content-sha256") = "UNSIGNED-PAYLOAD".to_owned();
    assert_refused(&unsigned.verify().expect_err("unsigned"), INVALID, "must be signed");
}

proptest! {
    /// Whatever the bytes are, the answer is a refusal, never a panic.
    #[test]
    fn arbitrary_heads_are_refused(
        authorization in prop_oneof![
            ".*",
            "AWS4-HMAC-SHA256 .{0,80}",
            "AWS4-HMAC-SHA256 Credential=.{0,40}/.{0,10}, SignedHeaders=.{0,10}, Signature=.{0,70}",
        ],
        date in prop_oneof![".*", "[0-9]{8}T[0-9]{6}Z", "[A-Z][a-z]{2}, .{20,28}"],
        path in ".*",
        query in proptest::option::of(".*"),
    ) {
        let headers: [(&str, &[u8]); 3] = [
            ("host", b"h"),
            ("x-amz-date", date.as_bytes()),
            ("authorization", authorization.as_bytes()),
        ];
        let request =
            RequestParts { method: "GET", path: &path, query: query.as_deref(), headers: &headers };
        if let Ok(claim) = Claim::read(request, &SERVICES, NOW_S) {
            prop_assert!(claim.verify("secret", &[0; 32]).is_err());
        }
    }
}
