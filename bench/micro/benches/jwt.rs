//! A JWT verified, beside the bare check of its signature, and found again.
#![allow(missing_docs)] // criterion's macros
#![allow(clippy::expect_used)] // what it measures is made here

use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use criterion::{Criterion, criterion_group, criterion_main};
use ringgate_auth::jwt::{
    Algorithms, Cache, Issuer, IssuerKeys, Jwks, Keys, Rules, Verifier, limits,
};
use ringgate_bench_micro::{ThreadTime, criterion};

const NOW_S: u64 = 1_800_000_000;
const ISSUER: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example01";
/// As an access token of a user pool.
const PAYLOAD: &str = r#"{"sub":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee","cognito:groups":["admins",
"buyers"],"iss":"https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example01","version":2,
"client_id":"1example23456789abcdefghij","origin_jti":"11111111-2222-4333-8444-555555555555",
"event_id":"66666666-7777-4888-9999-aaaaaaaaaaaa","token_use":"access","auth_time":1799999000,
"scope":"orders/read orders/write openid profile","exp":1800003600,"iat":1799999000,
"jti":"bbbbbbbb-cccc-4ddd-8eee-ffffffffffff","username":"jane.doe@example.com"}"#;

/// A token, its parts as the bare check takes them, and who verifies it.
struct Signed {
    name: &'static str,
    token: String,
    message: String,
    signature: Vec<u8>,
    key: ParsedPublicKey,
    verifier: Verifier,
}

impl Signed {
    fn new(alg: &'static str, jwk: &str, key: ParsedPublicKey, sign: Sign<'_>) -> Self {
        let header = format!(r#"{{"kid":"{}","alg":"{alg}"}}"#, "k".repeat(44));
        let message = format!("{}.{}", encode(header.as_bytes()), encode(PAYLOAD.as_bytes()));
        let signature = sign(message.as_bytes());
        let token = format!("{message}.{}", encode(&signature));
        let set = format!(r#"{{"keys":[{{"kid":"{}",{jwk}}}]}}"#, "k".repeat(44));
        let issuer = Issuer {
            issuer: ISSUER.to_owned(),
            audiences: vec!["1example23456789abcdefghij".to_owned()],
            additional_claims: Vec::new(),
        };
        let leeway_s = limits::LEEWAY_S_DEFAULT;
        let rules = Rules { issuers: vec![issuer], algorithms: Algorithms::ALL, leeway_s };
        let keys = IssuerKeys::Known(Jwks::read(set.as_bytes()).expect("a JWK set"));
        let verifier = Verifier::new(rules, |_| Arc::new(Keys::prepare(&keys)));
        Self { name: alg, token, message, signature, key, verifier }
    }
}

type Sign<'s> = &'s dyn Fn(&[u8]) -> Vec<u8>;

fn es256() -> Signed {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let point = pair.public_key().as_ref();
    let (x, y) = (point.get(1..33).expect("x"), point.get(33..).expect("y"));
    let jwk = format!(r#""kty":"EC","crv":"P-256","x":"{}","y":"{}""#, encode(x), encode(y));
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).expect("its public key");
    Signed::new("ES256", &jwk, key, &|message| {
        pair.sign(&SystemRandom::new(), message).expect("a signature").as_ref().to_vec()
    })
}

fn rs256() -> Signed {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = pair.public_key().as_ref();
    // RSAPublicKey of RFC 8017: heads of a sequence and of an integer, a zero, the modulus.
    let n = encode(der.get(9..265).expect("a modulus"));
    let jwk = format!(r#""kty":"RSA","e":"AQAB","n":"{n}""#);
    let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).expect("its public key");
    Signed::new("RS256", &jwk, key, &|message| {
        let mut signature = vec![0; pair.public_modulus_len()];
        let random = SystemRandom::new();
        pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("a signature");
        signature
    })
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn jwt(criterion: &mut Criterion<ThreadTime>) {
    let mut group = criterion.benchmark_group("jwt");
    for Signed { name, token, message, signature, key, verifier } in [es256(), rs256()] {
        group.bench_function(format!("{name}/bare-signature"), |bencher| {
            bencher.iter(|| key.verify_sig(black_box(message.as_bytes()), &signature));
        });
        group.bench_function(format!("{name}/verified"), |bencher| {
            bencher.iter(|| verifier.verify(black_box(&token), NOW_S));
        });
        let claims = Rc::new(verifier.verify(&token, NOW_S).expect("a good token"));
        let mut cache = Cache::new(limits::CACHE_TOKENS_DEFAULT, 300, 7);
        cache.insert(1, &token, claims, NOW_S);
        group.bench_function(format!("{name}/cached"), |bencher| {
            bencher.iter(|| cache.get(1, black_box(&token), NOW_S).is_some());
        });
        assert!(cache.get(1, &token, NOW_S).is_some(), "the bench measures what it says");
    }
    group.finish();
}

criterion_group! { name = benches; config = criterion(); targets = jwt }
criterion_main!(benches);
