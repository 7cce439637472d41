use std::sync::{Arc, LazyLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA512,
    RsaEncoding,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::jwt::limits::LEEWAY_S_DEFAULT;
use crate::jwt::{Algorithms, Claims, Issuer, IssuerKeys, Jwks, Keys, Refusal, Rules, Verifier};

pub(super) const NOW_S: u64 = 1_800_000_000;
pub(super) const ISSUER: &str = "https://issuer.example";
pub(super) const AUDIENCE: &str = "orders";

/// The keys of the issuer in these tests.
pub(super) struct KeyPairs {
    ec: EcdsaKeyPair,
    rsa: RsaKeyPair,
}

pub(super) static KEYS: LazyLock<KeyPairs> = LazyLock::new(|| KeyPairs {
    ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
    rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
});

/// Everything, prepared once.
pub(super) static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| verifier(rules()));

impl KeyPairs {
    pub(super) fn ec_jwk(&self) -> Value {
        let point = self.ec.public_key().as_ref();
        let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
        json!({ "kty": "EC", "crv": "P-256", "kid": "ec", "x": x, "y": y })
    }

    pub(super) fn rsa_jwk(&self) -> Value {
        // RSAPublicKey of RFC 8017: heads of a sequence and of an integer, a zero, the modulus.
        let der = self.rsa.public_key().as_ref();
        let (n, e) = (encode(&der[9..265]), "AQAB");
        json!({ "kty": "RSA", "kid": "rsa", "n": n, "e": e })
    }

    pub(super) fn set(&self) -> Value {
        json!({ "keys": [self.ec_jwk(), self.rsa_jwk()] })
    }

    pub(super) fn ec(&self, signed: &str) -> Vec<u8> {
        self.ec.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec()
    }

    pub(super) fn rs256(&self, signed: &str) -> Vec<u8> {
        self.rsa(&RSA_PKCS1_SHA256, signed)
    }

    pub(super) fn ps512(&self, signed: &str) -> Vec<u8> {
        self.rsa(&RSA_PSS_SHA512, signed)
    }

    fn rsa(&self, encoding: &'static dyn RsaEncoding, signed: &str) -> Vec<u8> {
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        let random = SystemRandom::new();
        self.rsa.sign(encoding, &random, signed.as_bytes(), &mut signature).unwrap();
        signature
    }
}

pub(super) fn jwks(set: &Value) -> Jwks {
    Jwks::read(set.to_string().as_bytes()).unwrap()
}

pub(super) fn rules() -> Rules {
    let issuer = Issuer {
        issuer: ISSUER.to_owned(),
        audiences: vec!["other".to_owned(), AUDIENCE.to_owned()],
        additional_claims: Vec::new(),
    };
    Rules { issuers: vec![issuer], algorithms: Algorithms::ALL, leeway_s: LEEWAY_S_DEFAULT }
}

/// One whose issuers all have the keys of [`KEYS`].
pub(super) fn verifier(rules: Rules) -> Verifier {
    with_keys(rules, |_| IssuerKeys::Known(jwks(&KEYS.set())))
}

pub(super) fn with_keys(rules: Rules, keys: impl Fn(&str) -> IssuerKeys) -> Verifier {
    Verifier::new(rules, |issuer| Arc::new(Keys::prepare(&keys(issuer))))
}

/// A token by the EC key, of any header and payload.
pub(super) fn signed(header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", encode(header.as_bytes()), encode(payload.as_bytes()));
    let signature = KEYS.ec(&signed);
    format!("{signed}.{}", encode(&signature))
}

/// A token of good claims with these put over them; null takes a claim away.
pub(super) fn token(changes: Value) -> String {
    signed(r#"{"alg":"ES256","kid":"ec"}"#, &payload(changes))
}

pub(super) fn payload(changes: Value) -> String {
    let mut claims = json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "u", "exp": NOW_S + 300 });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims.to_string()
}

pub(super) fn verify(token: &str) -> Result<Claims, Refusal> {
    VERIFIER.verify(token, NOW_S)
}

pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
