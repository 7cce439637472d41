//! Requests that botocore signed verify, and stop verifying when anything signed changes.
#![allow(missing_docs, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod support;

use ringgate_auth::sigv4::RefusalKind;
use support::{Case, NOW_S, SECRET, cases};

#[test]
fn every_request_that_botocore_signed_verifies() {
    let cases = cases();
    assert!(cases.len() > 80, "{}", cases.len());
    for case in cases {
        case.verify().unwrap_or_else(|refusal| panic!("{}: {refusal}", case.name));
    }
}

/// Every other text that differs from `text` in one character, by one bit or to `x`.
fn mutants(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (at, old) in text.char_indices().filter(|(_, c)| c.is_ascii_graphic()) {
        for new in [char::from(old as u8 ^ 1), char::from(old as u8 ^ 4), 'x'] {
            if new != old && new.is_ascii_graphic() {
                let mut mutant = text.to_owned();
                mutant.replace_range(at..=at, new.encode_utf8(&mut [0; 4]));
                out.push(mutant);
            }
        }
    }
    out
}

fn refuse(mutant: &Case, what: &str) {
    assert!(mutant.verify().is_err(), "{}: a changed {what} passed: {mutant:?}", mutant.name);
}

#[test]
fn one_changed_byte_of_anything_signed_is_refused() {
    for case in cases() {
        for method in mutants(&case.method) {
            refuse(&Case { method, ..case.clone() }, "method");
        }
        for path in mutants(&case.path) {
            // `//a` and `/./a` are `/a` to every service but S3: such a change is none.
            let plain =
                |path: &str| path.starts_with('/') && !path.contains("//") && !path.contains("/.");
            if plain(&case.path) && plain(&path) {
                refuse(&Case { path, ..case.clone() }, "path");
            }
        }
        for query in mutants(case.query.as_deref().unwrap_or_default()) {
            if same_query(&query, case.query.as_deref().unwrap_or_default()) {
                continue;
            }
            refuse(&Case { query: Some(query), ..case.clone() }, "query");
        }
        for body in mutants(case.body.get(..64).unwrap_or(&case.body)) {
            refuse(&Case { body, ..case.clone() }, "body");
        }
        for name in case.signed_headers() {
            for value in mutants(&case.clone().header(&name).clone()) {
                let mut mutant = case.clone();
                *mutant.header(&name) = value;
                refuse(&mutant, &name);
            }
        }
        for value in mutants(&case.clone().header("Authorization").clone()) {
            let mut mutant = case.clone();
            *mutant.header("Authorization") = value;
            // Another key id is no concern of the signature: the secret is looked up by it.
            if mutant.header("Authorization").contains("=AKIDEXAMPLE/") {
                refuse(&mutant, "Authorization");
            }
        }
    }
}

/// True for queries with the same pairs, in whatever order and however encoded.
fn same_query(a: &str, b: &str) -> bool {
    let pairs = |text: &str| {
        let mut pairs: Vec<String> = text
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| if pair.contains('=') { pair.to_owned() } else { format!("{pair}=") })
            .collect();
        pairs.sort();
        pairs
    };
    pairs(a) == pairs(b)
}

#[test]
fn another_secret_is_refused_with_what_the_server_signed() {
    let case = &cases()[0];
    let refusal = case.verify_at(NOW_S, "wrong").expect_err("wrong secret");
    assert_eq!(refusal.kind, RefusalKind::InvalidSignature);
    assert_eq!(refusal.code(), "InvalidSignatureException");
    assert!(refusal.message.contains("POST\n/v2/apis\n"), "{}", refusal.message);
    assert!(refusal.message.contains("AWS4-HMAC-SHA256\n20150830T123600Z\n"));
}

#[test]
fn five_minutes_either_way_and_not_a_second_more() {
    let case = &cases()[0];
    for now_s in [NOW_S - 300, NOW_S, NOW_S + 300] {
        assert_eq!(case.verify_at(now_s, SECRET), Ok(()));
    }
    let late = case.verify_at(NOW_S + 301, SECRET).expect_err("too old");
    assert_eq!(
        late.message,
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z \
         (20150830T124101Z - 5 min.)"
    );
    let early = case.verify_at(NOW_S - 301, SECRET).expect_err("from the future");
    assert!(early.message.starts_with("Signature not yet current: 20150830T123600Z"));
}
