use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};

use super::algorithm::Algorithms;
use super::claims::Claims;
use super::compact::Compact;
use super::keys::{Keys, Verdict};
use super::limits::JSON_BOUNDS;
use super::refusal::Refusal;
use super::rules::{Issuer, Rules};
use crate::json::{Members, Value};

/// An authorizer's rules with its issuers' keys. It may be shared among threads.
#[derive(Debug)]
pub struct Verifier {
    issuers: Vec<(Issuer, Arc<Keys>)>,
    algorithms: Algorithms,
    leeway_s: u32,
    authority: u64,
}

impl Verifier {
    /// Brings the rules and the keys of each of their issuers together.
    pub fn new(rules: Rules, mut keys_of: impl FnMut(&str) -> Arc<Keys>) -> Self {
        let Rules { issuers, algorithms, leeway_s } = rules;
        let with_keys = |issuer: Issuer| {
            let keys = keys_of(&issuer.issuer);
            (issuer, keys)
        };
        let issuers: Vec<_> = issuers.into_iter().map(with_keys).collect();
        let authority = authority(&issuers, algorithms, leeway_s);
        Self { issuers, algorithms, leeway_s, authority }
    }

    /// Stands for these rules and these keys in a [`Cache`](super::Cache): another one when any of
    /// them changes.
    pub fn authority(&self) -> u64 {
        self.authority
    }

    /// The issuer at this place of the rules, as [`Refusal::UnknownKey`] has it.
    pub fn issuer(&self, at: usize) -> Option<&str> {
        self.issuers.get(at).map(|(issuer, _)| issuer.issuer.as_str())
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
        match compact.verify(keys, self.algorithms)? {
            Verdict::Valid => {
                Claims::check(&members, compact.payload.len(), issuer, self.leeway_s, now_s)
            }
            Verdict::Invalid => Err(Refusal::Signature),
            Verdict::NoKey => Err(Refusal::UnknownKey { issuer: at }),
        }
    }
}

/// Of a cryptographic digest: whoever may write an authorizer must not be able to find one whose
/// tokens pass for those of another.
fn authority(issuers: &[(Issuer, Arc<Keys>)], algorithms: Algorithms, leeway_s: u32) -> u64 {
    let mut digest = Context::new(&SHA256);
    let mut put = |bytes: &[u8]| {
        digest.update(&bytes.len().to_le_bytes());
        digest.update(bytes);
    };
    for (issuer, keys) in issuers {
        put(format!("{issuer:?}").as_bytes());
        put(keys.fingerprint());
    }
    put(format!("{algorithms:?}{leeway_s}").as_bytes());
    let digest = digest.finish();
    let first = digest.as_ref().first_chunk::<8>();
    first.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
