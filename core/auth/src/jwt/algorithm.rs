use serde::{Deserialize, Serialize};

/// A signature algorithm with a public key (RFC 7518 section 3.1). There is no other kind here:
/// `none` and the HMACs have no value, so nothing can ask for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256 and a salt as long.
    Ps256,
    /// RSASSA-PSS with SHA-384 and a salt as long.
    Ps384,
    /// RSASSA-PSS with SHA-512 and a salt as long.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
    ];

    /// The name in `alg`, as RFC 7518 spells it (it is case-sensitive).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
        }
    }

    /// The algorithm of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// The algorithms that an authorizer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Algorithms(u16);

impl Algorithms {
    /// HTTP APIs: "only RSA-based algorithms" (JWT authorizer page of the API Gateway guide).
    pub const HTTP_API: Self = Self::set(&[
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
        Algorithm::Ps256,
        Algorithm::Ps384,
        Algorithm::Ps512,
    ]);
    /// REST APIs: `defaultAlgorithms` of `jwtConfiguration`.
    pub const REST_API: Self = Self::set(&[
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
    ]);
    /// All there are.
    pub const ALL: Self = Self::set(&Algorithm::ALL);

    /// The set of the algorithms given.
    pub const fn set(algorithms: &[Algorithm]) -> Self {
        let mut set = 0;
        let mut rest = algorithms;
        while let [first, after @ ..] = rest {
            set |= 1 << *first as u16;
            rest = after;
        }
        Self(set)
    }

    /// Whether it has `algorithm`.
    pub const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & (1 << algorithm as u16) != 0
    }
}
