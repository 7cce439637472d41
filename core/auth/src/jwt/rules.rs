use serde::{Deserialize, Serialize};

use super::algorithm::Algorithms;
use super::jwks::Jwks;

/// What a JWT authorizer wants of a token: HTTP APIs have one issuer (`JwtConfiguration` of V2's
/// Authorizer), REST APIs several (`jwtConfiguration` of V1's).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Who may have issued the token.
    pub issuers: Vec<Issuer>,
    /// What it may be signed by.
    pub algorithms: Algorithms,
    /// How far ahead of ours an issuer's clock may be, for `nbf` and `iat`:
    /// [`LEEWAY_S_DEFAULT`](super::limits::LEEWAY_S_DEFAULT).
    pub leeway_s: u32,
}

/// An issuer that an authorizer trusts, and what it wants of its tokens, as a table can carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuer {
    /// `iss`, to the letter.
    pub issuer: String,
    /// One of these must be in `aud`, or, where there is no `aud`, be `client_id`. With none of
    /// them every token is refused: a token for somebody else must not open this door.
    pub audiences: Vec<String>,
    /// Further claims that are looked at.
    pub additional_claims: Vec<AdditionalClaim>,
}

/// `additionalClaims` of a REST API's JWT authorizer, of the only format there is, SINGLE_STRING.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdditionalClaim {
    /// `claimName`
    pub name: String,
    /// Whether a token without it is refused.
    pub required: bool,
    /// What it may be, when it is there; with none, any text.
    pub expected_values: Vec<String>,
}

/// What is known of an issuer's keys, as a table can carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IssuerKeys {
    /// They were had.
    Known(Jwks),
    /// The discovery document could not be had.
    DiscoveryFailed,
    /// The JWK set could not be had.
    KeySetFailed,
}
