//! A signed request verified: by the right secret, and where something is wrong.
#![allow(missing_docs)] // criterion's macros
#![allow(clippy::expect_used)] // what it measures is made here

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ringgate_auth::sigv4::{Claim, Credentials, RequestParts, body_sha256, signed_fields};
use ringgate_bench_micro::{ThreadTime, criterion};

const NOW_S: u64 = 1_800_000_000;
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// As long, and no one's.
const OTHER: &str = "----------------------------------------";
const SERVICES: [&str; 1] = ["execute-api"];
const HOST: &[u8] = b"a1b2c3d4e5.execute-api.us-east-1.amazonaws.com";

fn request<'r>(headers: &'r [(&'r str, &'r [u8])]) -> RequestParts<'r> {
    RequestParts {
        method: "POST",
        path: "/prod/customers/c-1017/orders",
        query: Some("limit=20&after=o-40001"),
        headers,
    }
}

/// What the gateway does with the head and the content of one request.
fn verify(headers: &[(&str, &[u8])], secret: &str, body: &[u8]) -> bool {
    let claim = Claim::read_either(request(headers), &SERVICES, NOW_S).expect("a signature");
    claim.verify(secret, &body_sha256(body)).is_ok()
}

fn sigv4(criterion: &mut Criterion<ThreadTime>) {
    let body = br#"{"sku":"a-1","count":2,"note":"leave it at the door"}"#;
    let sent: [(&str, &[u8]); 4] = [
        ("host", HOST),
        ("content-type", b"application/json"),
        ("user-agent", b"aws-sdk-js/3.650.0 ua/2.0 os/linux lang/js md/nodejs#20.11.0"),
        ("accept-encoding", b"gzip, deflate"),
    ];
    let credentials = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        secret_access_key: SECRET,
        session_token: None,
    };
    let scope = ("us-east-1", "execute-api");
    let made = signed_fields(&request(&sent), &body_sha256(body), &credentials, scope, NOW_S);
    let signed: Vec<(&str, &[u8])> =
        sent.into_iter().chain(made.iter().map(|(n, v)| (*n, v.as_bytes()))).collect();
    assert!(verify(&signed, SECRET, body), "the bench measures what it says");
    assert!(!verify(&signed, OTHER, body), "and what it does not");
    // The same request with the first and with the last digit of its signature changed.
    let forged = |last: bool| -> Vec<(&'static str, String)> {
        let change = |value: &str| {
            let at = match last {
                true => value.len() - 1,
                false => value.find("Signature=").expect("one") + "Signature=".len(),
            };
            let digit = if value.as_bytes().get(at) == Some(&b'0') { "1" } else { "0" };
            let mut value = value.to_owned();
            value.replace_range(at..=at, digit);
            value
        };
        let field = |(name, value): &(&'static str, String)| match *name {
            "Authorization" => (*name, change(value)),
            _ => (*name, value.clone()),
        };
        made.iter().map(field).collect()
    };
    let (first, last) = (forged(false), forged(true));
    let with = |fields| -> Vec<(&str, &[u8])> {
        let fields: &[(&'static str, String)] = fields;
        sent.into_iter().chain(fields.iter().map(|(n, v)| (*n, v.as_bytes()))).collect()
    };
    let (first, last) = (with(&first), with(&last));
    let mut group = criterion.benchmark_group("sigv4");
    for (name, headers, secret) in [
        ("right", &signed, SECRET),
        ("last-digit-wrong", &last, SECRET),
        ("first-digit-wrong", &first, SECRET),
        ("unknown-key", &signed, OTHER),
    ] {
        let right = name == "right";
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let passed = verify(black_box(headers), black_box(secret), black_box(body));
                assert_eq!(passed, right);
            });
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = criterion(); targets = sigv4 }
criterion_main!(benches);
