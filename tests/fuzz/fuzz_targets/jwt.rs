//! Tokens and JWK sets: any text as a token, any payload behind a header and under a good
//! signature (only so are claims reached), any bytes as a set of keys. No panic; what is taken was
//! due, and is JSON for another reader too, with the same values.
#![no_main]

use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use libfuzzer_sys::fuzz_target;
use ringgate_auth::jwt::{
    Algorithms, Cache, Claims, Issuer, IssuerKeys, Jwks, Keys, Refusal, Rules, Verifier, bearer,
};
use serde_json::Value;

const NOW_S: u64 = 1_800_000_000;
const HEADER: &[u8] = br#"{"alg":"ES256","kid":"k"}"#;

static PAIR: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"));
static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let point = PAIR.public_key().as_ref();
    let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
    let set = format!(r#"{{"keys":[{{"kty":"EC","crv":"P-256","kid":"k","x":"{x}","y":"{y}"}}]}}"#);
    let issuer = Issuer {
        issuer: "i".to_owned(),
        audiences: vec!["a".to_owned()],
        additional_claims: Vec::new(),
    };
    let rules = Rules { issuers: vec![issuer], algorithms: Algorithms::ALL, leeway_s: 60 };
    let keys = IssuerKeys::Known(Jwks::read(set.as_bytes()).expect("a JWK set"));
    Verifier::new(rules, |_| Arc::new(Keys::prepare(&keys)))
});

fuzz_target!(|data: &[u8]| {
    let Some((&kind, rest)) = data.split_first() else { return };
    match kind % 4 {
        0 => {
            if let Ok(token) = bearer(Some(rest)) {
                assert!(VERIFIER.verify(token, NOW_S).is_err(), "nobody signed it");
            }
        }
        1 => judge(HEADER, rest),
        2 => {
            let cut = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let (header, payload) = rest.split_at(cut);
            judge(header, payload.get(1..).unwrap_or_default());
        }
        _ => {
            if let Ok(jwks) = Jwks::read(rest) {
                let Ok(tree) = read(rest) else { return };
                let count = tree["keys"].as_array().expect("a list").len();
                assert_eq!(jwks.keys.len() + jwks.ignored as usize, count);
            }
        }
    }
});

/// Signs a header and a payload and judges what the verifier says of them.
fn judge(header: &[u8], payload: &[u8]) {
    let signed = format!("{}.{}", encode(header), encode(payload));
    let signature = PAIR.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
    let token = format!("{signed}.{}", encode(signature.as_ref()));
    match VERIFIER.verify(&token, NOW_S) {
        Ok(claims) => accepted(&token, header, payload, claims),
        Err(refusal) => assert_ne!(refusal, Refusal::Signature, "it was signed"),
    }
}

fn accepted(token: &str, header: &[u8], payload: &[u8], claims: Claims) {
    let (Ok(header), Ok(tree)) = (read(header), read(payload)) else { return };
    assert_eq!(header["alg"], "ES256");
    assert_eq!(header["kid"], "k");
    assert_eq!(tree["iss"], "i");
    assert!(tree["exp"].as_f64().expect("a date") > NOW_S as f64);
    assert_eq!(claims.iter().count(), tree.as_object().expect("an object").len());
    for (name, value) in claims.iter() {
        if let Value::String(text) = &tree[name] {
            assert_eq!(text, value);
        }
    }
    let mut cache = Cache::new(8, 300, 1);
    cache.insert(1, token, Rc::new(claims), NOW_S);
    assert!(token.len() > 4096 || cache.get(1, token, NOW_S).is_some());
    assert!(cache.get(2, token, NOW_S).is_none());
}

/// A number that no float holds is text for us, and an error here; all else must be readable.
fn read(json: &[u8]) -> Result<Value, ()> {
    serde_json::from_slice(json).map_err(|error| {
        assert!(error.to_string().starts_with("number out of range"), "{error}");
    })
}

fn encode(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
        let word = word << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            text.push(char::from(alphabet[(word >> (18 - 6 * at)) as usize & 63]));
        }
    }
    text
}
