//! JSON Web Tokens as JWT authorizers want them (JWT authorizer pages of the API Gateway guide;
//! RFC 7515, 7517, 7518 and 7519, with the advice of RFC 8725).
//!
//! [`bearer`] finds the token in an identity source, [`Verifier`] verifies it by [`Rules`] and with
//! the [`Keys`] that [`Jwks::read`] read, and [`Claims`] are what it says. [`Cache`] remembers what
//! a worker verified, [`Refresh`] says when an unknown key is worth a look at the issuer.
//!
//! The reader of compact tokens is ours, over the signatures of aws-lc-rs: what a general library
//! offers beyond that (HMACs, keys out of headers, optional claims, the last of two members of one
//! name) is what must not happen here, and what is left is small. An algorithm is a property of a
//! prepared key, so a token cannot talk a key into another use.

mod algorithm;
mod bearer;
mod cache;
mod claims;
mod compact;
mod jwk;
mod jwks;
mod keys;
pub mod limits;
mod refresh;
mod refusal;
mod rules;
mod verifier;

#[cfg(test)]
mod tests;

pub use algorithm::{Algorithm, Algorithms};
pub use bearer::bearer;
pub use cache::Cache;
pub use claims::Claims;
pub use jwk::{Curve, Jwk, PublicKey};
pub use jwks::{Jwks, JwksError};
pub use keys::Keys;
pub use refresh::Refresh;
pub use refusal::Refusal;
pub use rules::{AdditionalClaim, Issuer, IssuerKeys, Rules};
pub use verifier::Verifier;
