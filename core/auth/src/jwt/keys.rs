use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED,
    EcdsaVerificationAlgorithm, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
};

use super::algorithm::{Algorithm, Algorithms};
use super::jwk::{Jwk, PublicKey};
use super::jwks::Jwks;
use super::limits::KEYS_TRIED_MAX;

/// An issuer's keys made ready: each key once per algorithm that it may be used with, so that a
/// key and an algorithm that do not belong together never meet.
#[derive(Debug)]
pub(super) struct Keys(Vec<Key>);

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
    /// Prepares what `algorithms` have a use for. A key that the library refuses is left out: what
    /// [`Jwks::read`] made has none.
    pub(super) fn prepare(jwks: &Jwks, algorithms: Algorithms) -> Self {
        let mut keys = Vec::new();
        for jwk in &jwks.keys {
            for algorithm in jwk.algorithms().filter(|it| algorithms.contains(*it)) {
                if let Some(public) = parse(&jwk.public, algorithm) {
                    keys.push(Key { kid: jwk.kid.clone(), algorithm, public });
                }
            }
        }
        Self(keys)
    }

    /// Whether the library takes the key: its point is on its curve.
    pub(super) fn can_prepare(jwk: &Jwk) -> bool {
        jwk.algorithms().all(|algorithm| parse(&jwk.public, algorithm).is_some())
    }

    /// Checks a signature with the keys of that name; a token without `kid` with those without.
    pub(super) fn verify(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Verdict {
        let fits = |key: &&Key| key.algorithm == algorithm && key.kid.as_deref() == kid;
        let mut verdict = Verdict::NoKey;
        for key in self.0.iter().filter(fits).take(KEYS_TRIED_MAX) {
            if key.public.verify_sig(message, signature).is_ok() {
                return Verdict::Valid;
            }
            verdict = Verdict::Invalid;
        }
        verdict
    }
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
