use super::algorithm::Algorithms;
use super::claims::Claims;
use super::compact::Compact;
use super::keys::{Keys, Verdict};
use super::limits::JSON_BOUNDS;
use super::refusal::Refusal;
use super::rules::{Issuer, IssuerKeys, Rules};
use crate::json::{Members, Value};

/// An authorizer's rules with its issuers' keys made ready. It may be shared among threads.
#[derive(Debug)]
pub struct Verifier {
    issuers: Vec<(Issuer, Result<Keys, Refusal>)>,
    algorithms: Algorithms,
    leeway_s: u32,
}

impl Verifier {
    /// Prepares the keys, which takes some microseconds for each; do it once for a table.
    pub fn new(rules: Rules) -> Self {
        let Rules { issuers, algorithms, leeway_s } = rules;
        let prepare = |issuer: Issuer| {
            let keys = match &issuer.keys {
                IssuerKeys::Known(jwks) => Ok(Keys::prepare(jwks, algorithms)),
                IssuerKeys::DiscoveryFailed => Err(Refusal::Discovery),
                IssuerKeys::KeySetFailed => Err(Refusal::KeySet),
            };
            (issuer, keys)
        };
        Self { issuers: issuers.into_iter().map(prepare).collect(), algorithms, leeway_s }
    }

    /// Verifies a token, as [`bearer`](super::bearer) finds it: its form, its issuer, its
    /// signature and its claims, in this order. `now_s` is in seconds since the epoch.
    ///
    /// # Errors
    /// The [`Refusal`]; never [`Refusal::Missing`] nor, since routes differ in them,
    /// [`Refusal::Scope`].
    pub fn verify(&self, token: &str, now_s: u64) -> Result<Claims, Refusal> {
        let compact = Compact::read(token)?;
        let members = Members::read(&compact.payload, JSON_BOUNDS).map_err(Refusal::Malformed)?;
        let iss = members.get("iss").and_then(Value::text).ok_or(Refusal::Issuer)?;
        let mut issuers = self.issuers.iter().enumerate();
        let (at, (issuer, keys)) =
            issuers.find(|(_, (issuer, _))| issuer.issuer == iss).ok_or(Refusal::Issuer)?;
        match compact.verify(keys.as_ref().map_err(|refusal| *refusal)?, self.algorithms)? {
            Verdict::Valid => {
                Claims::check(&members, compact.payload.len(), issuer, self.leeway_s, now_s)
            }
            Verdict::Invalid => Err(Refusal::Signature),
            Verdict::NoKey => Err(Refusal::UnknownKey { issuer: at }),
        }
    }
}
