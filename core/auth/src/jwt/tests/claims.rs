//! What a good token says, as events show it.

use serde_json::json;

use super::support::{ISSUER, NOW_S, signed, token, verify};
use crate::jwt::Refusal;

#[test]
fn claims_are_texts_in_order() {
    let payload = format!(
        r#"{{"sub":"j\u00e4ne","iss":"{ISSUER}","aud":["orders","x"],"exp":1.8000003e9,
            "iat":1799999999,"n":-0.50,"big":12345678901234567890123,"ok":true,"no":null,
            "groups":["a","b c"],"none":[],"o":{{"z":1,"a":["p",2]}},"e":{{}},"scope":"read"}}"#
    );
    let claims = verify(&signed(r#"{"alg":"ES256","kid":"ec"}"#, &payload)).unwrap();
    let expected = [
        ("sub", "jäne"),
        ("iss", ISSUER),
        ("aud", "[orders x]"),
        ("exp", "1.8000003e9"),
        ("iat", "1799999999"),
        ("n", "-0.50"),
        ("big", "12345678901234567890123"),
        ("ok", "true"),
        ("no", "<nil>"),
        ("groups", "[a b c]"),
        ("none", "[]"),
        ("o", "map[a:[p 2] z:1]"),
        ("e", "map[]"),
        ("scope", "read"),
    ];
    assert_eq!(claims.iter().collect::<Vec<_>>(), expected);
    assert_eq!(claims.get("ok"), Some("true"));
    assert_eq!(claims.get("missing"), None);
    assert_eq!(claims.expires_s(), NOW_S + 300);
}

#[test]
fn scopes() {
    for (changes, expected) in [
        (json!({}), vec![]),
        (json!({ "scope": "read  write " }), vec!["read", "write"]),
        (json!({ "scp": "read" }), vec!["read"]),
        (json!({ "scp": ["read", "a b", 1] }), vec!["read", "a", "b"]),
        (json!({ "scope": "x", "scp": ["y"] }), vec!["x", "y"]),
        (json!({ "scope": 1, "scp": { "a": "read" } }), vec![]),
    ] {
        let claims = verify(&token(changes.clone())).unwrap();
        assert_eq!(claims.scopes(), expected, "{changes}");
    }
    let claims = verify(&token(json!({ "scope": "read write" }))).unwrap();
    let none: [&str; 0] = [];
    assert_eq!(claims.check_scopes(&none), Ok(()));
    assert_eq!(claims.check_scopes(&["admin", "write"]), Ok(()));
    assert_eq!(claims.check_scopes(&["admin", "writ", "READ"]), Err(Refusal::Scope));
    assert_eq!(verify(&token(json!({}))).unwrap().check_scopes(&["read"]), Err(Refusal::Scope));
}
