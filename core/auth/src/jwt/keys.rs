use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED,
    EcdsaVerificationAlgorithm, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
};

use super::algorithm::Algorithm;
use super::jwk::{Jwk, PublicKey};
use super::limits::KEYS_TRIED_MAX;
use super::refusal::Refusal;
use super::rules::IssuerKeys;

/// An issuer's keys made ready: each key once per algorithm that it may be used with, so that a
/// key and an algorithm that do not belong together never meet. Or why there are none.
#[derive(Debug)]
pub struct Keys {
    keys: Result<Vec<Key>, Refusal>,
    /// A digest of them.
    fingerprint: [u8; SHA256_OUTPUT_LEN],
}

#[derive(Debug)]
struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    public: ParsedPublicKey,
}

/// What the keys say about a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Valid,
    Invalid,
    /// No key has that name and takes that algorithm.
    NoKey,
}

impl Keys {
    /// Prepares the keys, which takes some microseconds for each: do it once when they change. A
    /// key that the library refuses is left out: what [`Jwks::read`](super::Jwks::read) made has
    /// none.
    pub fn prepare(keys: &IssuerKeys) -> Self {
        let jwks = match keys {
            IssuerKeys::Known(jwks) => Ok(&jwks.keys),
            IssuerKeys::DiscoveryFailed => Err(Refusal::Discovery),
            IssuerKeys::KeySetFailed => Err(Refusal::KeySet),
        };
        let prepare = |jwk: &Jwk| {
            let kid = jwk.kid.clone();
            let of = move |algorithm| {
                let public = parse(&jwk.public, algorithm)?;
                Some(Key { kid: kid.clone(), algorithm, public })
            };
            jwk.algorithms().filter_map(of).collect::<Vec<_>>()
        };
        Self {
            keys: jwks.map(|jwks| jwks.iter().flat_map(prepare).collect()),
            fingerprint: fingerprint(keys),
        }
    }

    /// Whether the library takes the key: its point is on its curve.
    pub(super) fn can_prepare(jwk: &Jwk) -> bool {
        jwk.algorithms().all(|algorithm| parse(&jwk.public, algorithm).is_some())
    }

    /// Other bytes when the keys are others.
    pub(super) fn fingerprint(&self) -> &[u8] {
        &self.fingerprint
    }

    /// Checks a signature with the keys of that name; a token without `kid` with those without.
    pub(super) fn verify(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Verdict, Refusal> {
        let fits = |key: &&Key| key.algorithm == algorithm && key.kid.as_deref() == kid;
        let mut verdict = Verdict::NoKey;
        let keys = self.keys.as_ref().map_err(|refusal| *refusal)?;
        for key in keys.iter().filter(fits).take(KEYS_TRIED_MAX) {
            if key.public.verify_sig(message, signature).is_ok() {
                return Ok(Verdict::Valid);
            }
            verdict = Verdict::Invalid;
        }
        Ok(verdict)
    }
}

fn fingerprint(keys: &IssuerKeys) -> [u8; SHA256_OUTPUT_LEN] {
    let digest = digest(&SHA256, format!("{keys:?}").as_bytes());
    digest.as_ref().try_into().unwrap_or_default()
}

/// None when the library refuses the key, or it is of another type than the algorithm.
fn parse(public: &PublicKey, algorithm: Algorithm) -> Option<ParsedPublicKey> {
    let rsa = |parameters: &'static RsaParameters| match public {
        PublicKey::Rsa { n, e } => {
            RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()
        }
        PublicKey::Ec { .. } => None,
    };
    let ec = |parameters: &'static EcdsaVerificationAlgorithm| match public {
        PublicKey::Ec { point, .. } => ParsedPublicKey::new(parameters, point).ok(),
        PublicKey::Rsa { .. } => None,
    };
    match algorithm {
        Algorithm::Rs256 => rsa(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => rsa(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => rsa(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => rsa(&RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => rsa(&RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => rsa(&RSA_PSS_2048_8192_SHA512),
        Algorithm::Es256 => ec(&ECDSA_P256_SHA256_FIXED),
        Algorithm::Es384 => ec(&ECDSA_P384_SHA384_FIXED),
        Algorithm::Es512 => ec(&ECDSA_P521_SHA512_FIXED),
    }
}
