use serde_json::{Value, json};

use super::support::{KEYS, NOW_S, encode, jwks, rules, token, with_keys};
use crate::jwt::limits::{JWKS_BYTES_MAX, JWKS_KEYS_MAX, KEYS_TRIED_MAX};
use crate::jwt::{Algorithm, Algorithms, IssuerKeys, Jwks, JwksError, PublicKey, Refusal};

fn read(key: &Value) -> Jwks {
    Jwks::read(json!({ "keys": [key] }).to_string().as_bytes()).unwrap()
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

#[test]
fn keys_of_no_use_are_left_out() {
    let (ec, rsa) = (KEYS.ec_jwk(), KEYS.rsa_jwk());
    let n = rsa["n"].as_str().unwrap();
    for key in [
        json!({}),
        json!({ "kty": "oct", "k": "AAAA", "kid": "x" }),
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "AAAA" }),
        json!({ "kty": "RSA", "kid": "x", "n": n }),
        json!({ "kty": "RSA", "kid": "x", "e": "AQAB" }),
        with(rsa.clone(), "n", json!(encode(&[0xff; 255]))),
        with(rsa.clone(), "n", json!(encode(&[0xff; 1025]))),
        with(rsa.clone(), "n", json!(encode(&[0xfe; 256]))),
        with(rsa.clone(), "n", json!(format!("{n}="))),
        with(rsa.clone(), "n", json!(7)),
        with(rsa.clone(), "e", json!("AQ")),
        with(rsa.clone(), "e", json!("Ag")),
        with(rsa.clone(), "e", json!("AA")),
        with(rsa.clone(), "e", json!("AQAAAAAB")),
        with(rsa.clone(), "use", json!("enc")),
        with(rsa.clone(), "use", json!(null)),
        with(rsa.clone(), "key_ops", json!(["sign"])),
        with(rsa.clone(), "key_ops", json!("verify")),
        with(rsa.clone(), "alg", json!("RSA-OAEP")),
        with(rsa.clone(), "alg", json!("HS256")),
        with(rsa.clone(), "alg", json!("ES256")),
        with(rsa.clone(), "kid", json!(1)),
        with(rsa.clone(), "kid", json!("k".repeat(257))),
        with(ec.clone(), "crv", json!("P-384")),
        with(ec.clone(), "crv", json!("secp256k1")),
        with(ec.clone(), "x", json!(encode(&[1; 32]))),
        with(ec.clone(), "x", json!(encode(&[0; 33]))),
        with(ec.clone(), "alg", json!("ES384")),
        with(ec.clone(), "alg", json!("RS256")),
    ] {
        assert_eq!(read(&key), Jwks { keys: vec![], ignored: 1 }, "{key}");
    }
}

#[test]
fn keys_of_use() {
    let (ec, rsa) = (KEYS.ec_jwk(), KEYS.rsa_jwk());
    let algorithms = |key: &Value| -> Vec<Algorithm> {
        read(key).keys.iter().flat_map(|key| key.algorithms().collect::<Vec<_>>()).collect()
    };
    assert_eq!(algorithms(&ec), [Algorithm::Es256]);
    assert_eq!(algorithms(&rsa), Algorithm::ALL[..6]);
    assert_eq!(algorithms(&with(rsa.clone(), "alg", json!("PS384"))), [Algorithm::Ps384]);
    let more = json!({ "use": "sig", "key_ops": ["verify"], "x5c": ["MIIC"], "x5t": "abc" });
    let mut decorated = rsa.clone();
    decorated.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    assert_eq!(read(&decorated), read(&rsa));
    // A leading zero is nothing.
    let PublicKey::Rsa { n, .. } = &read(&rsa).keys[0].public else { panic!() };
    let zero = with(rsa.clone(), "n", json!(encode(&[&[0], &n[..]].concat())));
    assert_eq!(read(&zero), read(&rsa));
    assert!(read(&rsa).serves(Algorithms::HTTP_API));
    assert!(!read(&ec).serves(Algorithms::HTTP_API));
}

#[test]
fn documents_that_are_none() {
    let large = format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(JWKS_BYTES_MAX));
    assert_eq!(Jwks::read(large.as_bytes()), Err(JwksError::TooLarge(large.len())));
    let many = json!({ "keys": vec![json!({}); JWKS_KEYS_MAX + 1] }).to_string();
    assert_eq!(Jwks::read(many.as_bytes()), Err(JwksError::TooMany(JWKS_KEYS_MAX + 1)));
    for document in [r#"{}"#, r#"{"keys":{}}"#, r#"{"keys":[1]}"#, r#"{"keys":null}"#] {
        assert_eq!(Jwks::read(document.as_bytes()), Err(JwksError::NoKeys), "{document}");
    }
    for document in ["", "[]", "<html>", r#"{"keys":[],"keys":[]}"#, r#"{"keys":[{"a":1,"a":1}]}"#]
    {
        let refused = Jwks::read(document.as_bytes());
        assert!(matches!(refused, Err(JwksError::Json(_))), "{document}: {refused:?}");
    }
    let deep = format!(r#"{{"keys":{}{}}}"#, "[".repeat(9), "]".repeat(9));
    assert_eq!(Jwks::read(deep.as_bytes()), Err(JwksError::Json("JSON is nested too deeply")));
    assert_eq!(Jwks::read(br#"{"keys":[]}"#), Ok(Jwks::default()));
}

/// Of keys that share a `kid` the first ones are tried, and no more: each costs a check.
#[test]
fn keys_of_one_name_are_tried_in_turn() {
    let other = json!({
        "kty": "EC", "crv": "P-256", "kid": "ec",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    for (before, expected) in
        [(0, None), (KEYS_TRIED_MAX - 1, None), (KEYS_TRIED_MAX, Some(Refusal::Signature))]
    {
        let mut keys = vec![other.clone(); before];
        keys.push(KEYS.ec_jwk());
        let set = json!({ "keys": keys });
        let only = with_keys(rules(), |_| IssuerKeys::Known(jwks(&set)));
        let verified = only.verify(&token(json!({})), NOW_S);
        assert_eq!(verified.err(), expected, "{before}");
    }
}

/// What a table carries verifies as what was read.
#[test]
fn keys_travel() {
    let keys = IssuerKeys::Known(jwks(&KEYS.set()));
    let bytes = postcard::to_stdvec(&keys).unwrap();
    let travelled: IssuerKeys = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(travelled, keys);
    let verifier = with_keys(rules(), |_| travelled.clone());
    assert!(verifier.verify(&token(json!({})), NOW_S).is_ok());
}

/// A table that was made wrong has no key rather than a wrong one.
#[test]
fn wrong_keys_of_a_table_are_none() {
    let mut jwks = jwks(&KEYS.set());
    for jwk in &mut jwks.keys {
        if let PublicKey::Ec { point, .. } = &mut jwk.public {
            point.pop();
        }
    }
    let verifier = with_keys(rules(), |_| IssuerKeys::Known(jwks.clone()));
    assert!(verifier.verify(&token(json!({})), NOW_S).is_err());
}
