use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::limits::{KID_BYTES_MAX, RSA_BITS_MAX, RSA_BITS_MIN, RSA_EXPONENT_BYTES_MAX};
use crate::base64::decode_url;
use crate::json::{Members, Value};

/// A public key that may verify signatures (RFC 7517 section 4), as a table can carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// Its name.
    pub kid: Option<String>,
    /// The only algorithm that it may be used with, when it says so.
    pub algorithm: Option<Algorithm>,
    /// The key itself.
    pub public: PublicKey,
}

/// The numbers of a public key (RFC 7518 section 6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PublicKey {
    /// `kty` RSA: modulus and exponent, big-endian, without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// `kty` EC: a curve, and a point on it in SEC 1's uncompressed form (4, x, y).
    Ec {
        /// The curve.
        curve: Curve,
        /// The point.
        point: Vec<u8>,
    },
}

/// A curve of RFC 7518 section 6.2.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Curve {
    /// P-256
    P256,
    /// P-384
    P384,
    /// P-521
    P521,
}

impl Curve {
    /// Octets of a coordinate, and of each half of a signature.
    pub(super) const fn octets(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

impl Jwk {
    /// Reads a key, or none when it is of no use here: of a type not known, not meant for
    /// verifying signatures, incomplete, or out of bounds. RFC 7517 section 5 wants such keys of a
    /// set ignored.
    pub(super) fn read(members: &Members<'_>) -> Option<Self> {
        let text = |name: &str| members.get(name).map(Value::text);
        // The outer level is whether the member is there, the inner one whether it is a string.
        let kid = match text("kid") {
            None => None,
            Some(kid) => Some(kid.filter(|kid| kid.len() <= KID_BYTES_MAX)?.to_owned()),
        };
        let algorithm = match text("alg") {
            None => None,
            Some(name) => Some(Algorithm::of(name?)?),
        };
        if text("use").is_some_and(|of| of != Some("sig")) || !may_verify(members) {
            return None;
        }
        let number = |name: &str| text(name).flatten().and_then(decode_url);
        let public = match text("kty").flatten()? {
            "RSA" => rsa(&number("n")?, &number("e")?)?,
            "EC" => ec(text("crv").flatten()?, &number("x")?, &number("y")?)?,
            _ => return None,
        };
        let jwk = Self { kid, algorithm, public };
        let has_use = jwk.algorithms().next().is_some();
        has_use.then_some(jwk)
    }

    /// The algorithms that it may be used with: those of its type, or the one it names if it is
    /// of them.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL.into_iter().filter(|algorithm| {
            self.public.takes(*algorithm) && self.algorithm.is_none_or(|only| only == *algorithm)
        })
    }
}

impl PublicKey {
    fn takes(&self, algorithm: Algorithm) -> bool {
        match algorithm {
            Algorithm::Es256 => matches!(self, Self::Ec { curve: Curve::P256, .. }),
            Algorithm::Es384 => matches!(self, Self::Ec { curve: Curve::P384, .. }),
            Algorithm::Es512 => matches!(self, Self::Ec { curve: Curve::P521, .. }),
            _ => matches!(self, Self::Rsa { .. }),
        }
    }
}

/// `key_ops`, where it is there, must name `verify` (RFC 7517 section 4.3).
fn may_verify(members: &Members<'_>) -> bool {
    match members.get("key_ops") {
        None => true,
        Some(Value::List(uses)) => uses.iter().any(|of| of.text() == Some("verify")),
        Some(_) => false,
    }
}

/// Leading zeros, which some issuers write though RFC 7518 section 2 forbids it, change nothing.
fn rsa(n: &[u8], e: &[u8]) -> Option<PublicKey> {
    let strip = |number: &[u8]| -> Vec<u8> {
        number.iter().copied().skip_while(|octet| *octet == 0).collect()
    };
    let (n, e) = (strip(n), strip(e));
    let zeros = n.first()?.leading_zeros() as usize;
    let bits = n.len().checked_mul(8)?.checked_sub(zeros)?;
    let is_odd = |number: &[u8]| number.last().is_some_and(|octet| octet & 1 == 1);
    let fits = (RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits)
        && e.len() <= RSA_EXPONENT_BYTES_MAX
        && is_odd(&n)
        && is_odd(&e)
        && e != [1];
    fits.then_some(PublicKey::Rsa { n, e })
}

fn ec(curve: &str, x: &[u8], y: &[u8]) -> Option<PublicKey> {
    let curve = match curve {
        "P-256" => Curve::P256,
        "P-384" => Curve::P384,
        "P-521" => Curve::P521,
        _ => return None,
    };
    let fits = x.len() == curve.octets() && y.len() == curve.octets();
    fits.then(|| PublicKey::Ec { curve, point: [&[4], x, y].concat() })
}
