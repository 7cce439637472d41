use std::fmt;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// What a custom domain name presents. Its private key is sealed, here and wherever the table goes:
/// only a process that has the key for secrets opens it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateImage {
    arn: Box<str>,
    chain_pem: Box<str>,
    sealed_key: Box<[u8]>,
}

impl CertificateImage {
    /// `chain_pem`: the certificate, and behind it those that lead to its issuer. `sealed_key`: its
    /// private key in PEM, sealed for `arn`.
    pub fn new(arn: &str, chain_pem: &str, sealed_key: &[u8]) -> Self {
        Self { arn: arn.into(), chain_pem: chain_pem.into(), sealed_key: sealed_key.into() }
    }

    /// What it is called, and what its key is sealed for.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The certificate and its chain, in PEM.
    pub fn chain_pem(&self) -> &str {
        &self.chain_pem
    }

    /// The private key, sealed.
    pub fn sealed_key(&self) -> &[u8] {
        &self.sealed_key
    }

    /// Another for another certificate or key.
    pub fn hash(&self) -> u64 {
        xxh3_64(self.chain_pem.as_bytes()) ^ xxh3_64(&self.sealed_key).rotate_left(1)
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.arn.len() + self.chain_pem.len() + self.sealed_key.len()
    }
}

impl fmt::Debug for CertificateImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateImage").field("arn", &self.arn).finish_non_exhaustive()
    }
}
