//! Every way in which a token is refused, and the answer to it.

use serde_json::json;

use super::support::{
    AUDIENCE, ISSUER, KEYS, NOW_S, encode, jwks, payload, rules, signed, token, verifier, verify,
    with_keys,
};
use crate::jwt::limits::TOKEN_BYTES_MAX;
use crate::jwt::{AdditionalClaim, Algorithm, Algorithms, IssuerKeys, Refusal};

const HEADER: &str = r#"{"alg":"ES256","kid":"ec"}"#;

#[test]
fn what_is_no_jwt() {
    let good = token(json!({}));
    let parts: Vec<&str> = good.split('.').collect();
    let &[header, claims, signature] = &parts[..] else { panic!() };
    for (token, expected) in [
        ("x".to_owned(), Refusal::Segments),
        (format!("{header}.{claims}"), Refusal::Segments),
        (format!("{good}.x"), Refusal::Segments),
        (format!("{good}."), Refusal::Segments),
        (format!("{header}....{signature}"), Refusal::Segments),
        ("x".repeat(TOKEN_BYTES_MAX + 1), Refusal::TooLarge),
        (format!("{header}.{claims}.{signature}="), malformed("signature is not base64url")),
        (format!("{header}.{claims}.{signature} "), malformed("signature is not base64url")),
        (format!("{header}=.{claims}.{signature}"), malformed("header is not base64url")),
        (format!("{header}.{claims}=.{signature}"), malformed("payload is not base64url")),
        (format!("{header}.{claims}."), Refusal::Signature),
        (format!("{header}..{signature}"), Refusal::Malformed("not JSON: a value was expected")),
        (format!(".{claims}.{signature}"), Refusal::Malformed("not JSON: a value was expected")),
    ] {
        match (verify(&token).unwrap_err(), expected) {
            (Refusal::Malformed(detail), Refusal::Malformed(end)) => {
                assert!(detail.ends_with(end), "{token}: {detail}");
            }
            (refusal, expected) => assert_eq!(refusal, expected, "{token}"),
        }
    }
}

fn malformed(end: &'static str) -> Refusal {
    Refusal::Malformed(end)
}

#[test]
fn headers() {
    let claims = payload(json!({}));
    let jwk = KEYS.ec_jwk();
    for (header, expected) in [
        (r#"{"alg":"none","kid":"ec"}"#.to_owned(), Refusal::Algorithm),
        (r#"{"alg":"NONE","kid":"ec"}"#.to_owned(), Refusal::Algorithm),
        (r#"{"alg":"HS256","kid":"ec"}"#.to_owned(), Refusal::Algorithm),
        (r#"{"alg":"es256","kid":"ec"}"#.to_owned(), Refusal::Algorithm),
        (r#"{"alg":"EdDSA","kid":"ec"}"#.to_owned(), Refusal::Algorithm),
        (r#"{"kid":"ec"}"#.to_owned(), malformed("no 'alg'")),
        (r#"{"alg":["ES256"],"kid":"ec"}"#.to_owned(), malformed("no 'alg'")),
        (r#"{"alg":"ES256","kid":1}"#.to_owned(), malformed("no text, or too long")),
        (r#"{"alg":"ES256","kid":null}"#.to_owned(), malformed("no text, or too long")),
        (format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(257)), malformed("too long")),
        (r#"{"alg":"ES256"}"#.to_owned(), Refusal::UnknownKey { issuer: 0 }),
        (r#"{"alg":"ES256","kid":"EC"}"#.to_owned(), Refusal::UnknownKey { issuer: 0 }),
        (r#"{"alg":"ES256","kid":"rsa"}"#.to_owned(), Refusal::UnknownKey { issuer: 0 }),
        (r#"{"alg":"RS256","kid":"ec"}"#.to_owned(), Refusal::UnknownKey { issuer: 0 }),
        (r#"{"alg":"ES384","kid":"ec"}"#.to_owned(), Refusal::UnknownKey { issuer: 0 }),
        (r#"{"alg":"RS256","kid":"rsa"}"#.to_owned(), Refusal::Signature),
        (format!(r#"{{"alg":"ES256","kid":"ec","jwk":{jwk}}}"#), malformed("issuer alone")),
        (r#"{"alg":"ES256","kid":"ec","jku":"https://x"}"#.to_owned(), malformed("issuer alone")),
        (r#"{"alg":"ES256","kid":"ec","x5u":"https://x"}"#.to_owned(), malformed("issuer alone")),
        (r#"{"alg":"ES256","kid":"ec","x5c":[]}"#.to_owned(), malformed("issuer alone")),
        (r#"{"alg":"ES256","kid":"ec","crit":[]}"#.to_owned(), malformed("is understood")),
        (r#"{"alg":"ES256","kid":"ec","b64":false}"#.to_owned(), malformed("is understood")),
        (r#"{"alg":"ES256","alg":"ES256","kid":"ec"}"#.to_owned(), malformed("named twice")),
        (r#"{"alg":"ES256","kid":"ec","k\u0069d":"ec"}"#.to_owned(), malformed("named twice")),
        (r#"["alg","ES256"]"#.to_owned(), malformed("not an object")),
        (format!("{HEADER} x"), malformed("follows the JSON value")),
    ] {
        match (verify(&signed(&header, &claims)).unwrap_err(), expected) {
            (Refusal::Malformed(detail), Refusal::Malformed(end)) => {
                assert!(detail.ends_with(end), "{header}: {detail}");
            }
            (refusal, expected) => assert_eq!(refusal, expected, "{header}"),
        }
    }
    // What says nothing about keys is left alone, and so is any white space.
    let header = r#" { "typ" : "at+jwt", "alg":"ES256","kid":"ec","x5t":"abc","other":{"a":[1]}} "#;
    assert!(verify(&signed(header, &claims)).is_ok());
}

#[test]
fn claims() {
    let claim = Refusal::Claim;
    for (changes, expected) in [
        (json!({ "iss": null }), Refusal::Issuer),
        (json!({ "iss": 1 }), Refusal::Issuer),
        (json!({ "iss": [ISSUER] }), Refusal::Issuer),
        (json!({ "iss": "https://issuer.example/" }), Refusal::Issuer),
        (json!({ "iss": "HTTPS://issuer.example" }), Refusal::Issuer),
        (json!({ "exp": null }), claim("the token has no 'exp'")),
        (json!({ "exp": "1800000300" }), claim("the token's 'exp' is no date")),
        (json!({ "exp": NOW_S }), Refusal::Expired),
        (json!({ "exp": NOW_S - 1 }), Refusal::Expired),
        (json!({ "exp": 0 }), Refusal::Expired),
        (json!({ "exp": -1 }), Refusal::Expired),
        (json!({ "nbf": NOW_S + 61 }), Refusal::NotYetValid),
        (json!({ "nbf": 1e300 }), Refusal::NotYetValid),
        (json!({ "nbf": "0" }), claim("the token's 'nbf' is no date")),
        (json!({ "iat": NOW_S + 61 }), Refusal::IssuedLater),
        (json!({ "iat": [] }), claim("the token's 'iat' is no date")),
        (json!({ "aud": "Orders" }), Refusal::Audience),
        (json!({ "aud": ["a", "b"] }), Refusal::Audience),
        (json!({ "aud": [] }), Refusal::Audience),
        (json!({ "aud": [[AUDIENCE]] }), Refusal::Audience),
        (json!({ "aud": { "a": AUDIENCE } }), Refusal::Audience),
        (json!({ "aud": null }), Refusal::Audience),
        (json!({ "aud": null, "client_id": "x" }), Refusal::Audience),
        (json!({ "aud": null, "client_id": [AUDIENCE] }), Refusal::Audience),
        (json!({ "aud": "x", "client_id": AUDIENCE }), Refusal::Audience),
        (json!({ "aud": [], "client_id": AUDIENCE }), Refusal::Audience),
    ] {
        assert_eq!(verify(&token(changes.clone())), Err(expected), "{changes}");
    }
    for changes in [
        json!({}),
        json!({ "exp": NOW_S + 1 }),
        json!({ "exp": NOW_S as f64 + 0.5 }),
        json!({ "exp": 1e300 }),
        json!({ "nbf": NOW_S + 60, "iat": NOW_S + 60 }),
        json!({ "nbf": 0, "iat": -5 }),
        json!({ "aud": ["a", AUDIENCE] }),
        json!({ "aud": ["a", 1, AUDIENCE], "client_id": "x" }),
        json!({ "aud": null, "client_id": AUDIENCE }),
    ] {
        assert!(verify(&token(changes.clone())).is_ok(), "{changes}");
    }
    // Texts that no JSON library would write.
    let exp = NOW_S + 300;
    for (more, expected) in [
        (format!(r#""exp":{exp}"#), Refusal::Malformed("a JSON member is named twice")),
        (format!(r#""iss":"{ISSUER}""#), Refusal::Malformed("a JSON member is named twice")),
        (r#""nbf":1e999"#.to_owned(), claim("the token's 'nbf' is no date")),
        (r#""d":[[[[[[[[[]]]]]]]]]"#.to_owned(), Refusal::Malformed("JSON is nested too deeply")),
    ] {
        let claims = format!(r#"{{"iss":"{ISSUER}","aud":"orders","exp":{exp},{more}}}"#);
        assert_eq!(verify(&signed(HEADER, &claims)), Err(expected), "{claims}");
    }
}

#[test]
fn algorithms_of_the_authorizer_and_of_the_key() {
    let mut http = rules();
    http.algorithms = Algorithms::HTTP_API;
    let http = verifier(http);
    assert_eq!(http.verify(&token(json!({})), NOW_S), Err(Refusal::Algorithm));
    let by_rsa = |name: &str, sign: fn(&str) -> Vec<u8>| {
        let header = format!(r#"{{"alg":"{name}","kid":"rsa"}}"#);
        let signed =
            format!("{}.{}", encode(header.as_bytes()), encode(payload(json!({})).as_bytes()));
        let signature = sign(&signed);
        format!("{signed}.{}", encode(&signature))
    };
    let rs256 = by_rsa("RS256", |signed| KEYS.rs256(signed));
    let ps512 = by_rsa("PS512", |signed| KEYS.ps512(signed));
    assert!(http.verify(&rs256, NOW_S).is_ok());
    assert!(http.verify(&ps512, NOW_S).is_ok());
    // The right signature under another algorithm's name is none.
    let wrong = by_rsa("PS256", |signed| KEYS.rs256(signed));
    assert_eq!(http.verify(&wrong, NOW_S), Err(Refusal::Signature));
    let wrong = by_rsa("RS512", |signed| KEYS.rs256(signed));
    assert_eq!(http.verify(&wrong, NOW_S), Err(Refusal::Signature));
    // A key that names its algorithm has no other.
    let mut only = KEYS.rsa_jwk();
    only["alg"] = json!("RS256");
    let set = json!({ "keys": [only] });
    let only = with_keys(rules(), |_| IssuerKeys::Known(jwks(&set)));
    assert!(only.verify(&rs256, NOW_S).is_ok());
    assert_eq!(only.verify(&ps512, NOW_S), Err(Refusal::UnknownKey { issuer: 0 }));
    assert!(Algorithms::REST_API.contains(Algorithm::Es512));
    assert!(!Algorithms::REST_API.contains(Algorithm::Ps256));
}

#[test]
fn issuers() {
    let mut rules = rules();
    let mut second = rules.issuers[0].clone();
    second.issuer = "https://second.example".to_owned();
    let mut failed = second.clone();
    failed.issuer = "https://failed.example".to_owned();
    let mut unread = second.clone();
    unread.issuer = "https://unread.example".to_owned();
    rules.issuers.extend([second, failed, unread]);
    let keys = |issuer: &str| match issuer {
        ISSUER => IssuerKeys::Known(jwks(&KEYS.set())),
        "https://failed.example" => IssuerKeys::DiscoveryFailed,
        "https://unread.example" => IssuerKeys::KeySetFailed,
        _ => IssuerKeys::Known(jwks(&json!({ "keys": [] }))),
    };
    let several = with_keys(rules.clone(), keys);
    let of = |issuer: &str| several.verify(&token(json!({ "iss": issuer })), NOW_S);
    assert!(of(ISSUER).is_ok());
    // A key of one issuer is none of another's.
    assert_eq!(of("https://second.example"), Err(Refusal::UnknownKey { issuer: 1 }));
    assert_eq!(of("https://failed.example"), Err(Refusal::Discovery));
    assert_eq!(of("https://unread.example"), Err(Refusal::KeySet));
    rules.issuers[0].audiences.clear();
    let nobody = with_keys(rules, keys);
    assert_eq!(nobody.verify(&token(json!({})), NOW_S), Err(Refusal::Audience));
    let with_empty = token(json!({ "aud": "" }));
    assert_eq!(nobody.verify(&with_empty, NOW_S), Err(Refusal::Audience));
}

#[test]
fn additional_claims() {
    let mut rules = rules();
    let claim = |name: &str, required, values: &[&str]| AdditionalClaim {
        name: name.to_owned(),
        required,
        expected_values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    rules.issuers[0].additional_claims =
        vec![claim("token_use", true, &["access", "id"]), claim("org", false, &[])];
    let verifier = verifier(rules);
    for (changes, expected) in [
        (json!({ "token_use": "id" }), None),
        (json!({ "token_use": "access", "org": "x" }), None),
        (json!({}), Some("the token lacks a claim that is required")),
        (json!({ "token_use": "ID" }), Some("a claim of the token is not as expected")),
        (json!({ "token_use": ["id"] }), Some("a claim of the token is not as expected")),
        (json!({ "token_use": "id", "org": 1 }), Some("a claim of the token is not as expected")),
    ] {
        let verified = verifier.verify(&token(changes.clone()), NOW_S);
        assert_eq!(verified.err(), expected.map(Refusal::Claim), "{changes}");
    }
}

/// The table of section "JWT authorizer answers" of AWS's recorded behaviour.
#[test]
fn answers() {
    let scopes = ["read", "write"];
    let invalid = |text: &str| {
        format!(r#"Bearer scope="read write" error="invalid_token" error_description="{text}""#)
    };
    for (refusal, status, header) in [
        (Refusal::Missing, 401, "Bearer".to_owned()),
        (Refusal::Segments, 401, invalid("token contains an invalid number of segments")),
        (Refusal::Audience, 401, invalid("the token does not have a valid audience")),
        (Refusal::Issuer, 401, invalid("issuer does not match")),
        (Refusal::Discovery, 401, invalid("OIDC discovery endpoint communication error")),
        (Refusal::KeySet, 401, invalid("JWKS communication error")),
        (Refusal::Expired, 401, invalid("the token has expired")),
        (Refusal::Malformed("JSON is not UTF-8"), 401, invalid("JSON is not UTF-8")),
    ] {
        assert_eq!(refusal.status(), status);
        assert_eq!(refusal.www_authenticate(&scopes), header);
    }
    assert_eq!(Refusal::Scope.status(), 403);
    assert_eq!(
        Refusal::Scope.www_authenticate(&["a/b:c", "x\"\\y\r\n"]),
        concat!(
            r#"Bearer scope="a/b:c xy" error="insufficient_scope" "#,
            r#"error_description="expected scopes within the token""#
        )
    );
    let empty: [&str; 0] = [];
    assert_eq!(
        Refusal::Segments.www_authenticate(&empty),
        concat!(
            r#"Bearer scope="" error="invalid_token" "#,
            r#"error_description="token contains an invalid number of segments""#
        )
    );
    assert_eq!(Refusal::Missing.to_string(), "missing: token not provided");
    assert_eq!(Refusal::Expired.to_string(), "invalid_token: the token has expired");
}
