use std::error::Error;
use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NAME_BYTES: usize = 8;
const TAG_BYTES: usize = 16;
/// Version, name of the key, nonce.
const HEAD_BYTES: usize = 1 + NAME_BYTES + NONCE_LEN;

/// Seals what must not lie on a disk in clear: private keys of certificates.
///
/// What is sealed is a version (1 byte), the name of the key (8), the nonce (12), the secret under
/// AES-256-GCM, and its tag (16). Version, name and `context` are authenticated with it: a secret
/// that is put in another's place does not open.
pub struct SealingKey {
    aead: LessSafeKey,
    name: [u8; NAME_BYTES],
}

impl SealingKey {
    /// Length of the key.
    pub const BYTES: usize = 32;
    /// Length of what each sealing needs fresh.
    pub const NONCE_BYTES: usize = NONCE_LEN;

    /// The key of these bytes, which must come from a good random generator.
    ///
    /// # Errors
    /// Never for this length; aws-lc would have to run out of memory.
    pub fn new(bytes: &[u8; Self::BYTES]) -> Result<Self, SealFault> {
        let aead = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| SealFault::Crypto)?;
        let mut named = Zeroizing::new(b"ringgate sealing key".to_vec());
        named.extend_from_slice(bytes);
        let hash = digest(&SHA256, &named);
        let name = hash.as_ref().first_chunk().copied().ok_or(SealFault::Crypto)?;
        Ok(Self { aead: LessSafeKey::new(aead), name })
    }

    /// Seals `secret` for `context`. `nonce` is random, and never used again with this key.
    ///
    /// # Errors
    /// [`SealFault::Crypto`] for a secret of gigabytes.
    pub fn seal(
        &self,
        context: &str,
        secret: &[u8],
        nonce: [u8; NONCE_LEN],
    ) -> Result<Vec<u8>, SealFault> {
        let mut sealed = Vec::with_capacity(HEAD_BYTES + secret.len() + TAG_BYTES);
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.name);
        sealed.extend_from_slice(&nonce);
        let mut body = Zeroizing::new(secret.to_vec());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.aead.seal_in_place_separate_tag(nonce, self.aad(context), &mut body);
        let tag = tag.map_err(|_| SealFault::Crypto)?;
        sealed.extend_from_slice(&body);
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what was sealed for `context`.
    ///
    /// # Errors
    /// [`SealFault`]: sealed with another key, changed, or for another context.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealFault> {
        let (version, rest) = sealed.split_first().ok_or(SealFault::Malformed)?;
        if *version != VERSION {
            return Err(SealFault::Malformed);
        }
        let (name, rest) = rest.split_first_chunk().ok_or(SealFault::Malformed)?;
        if *name != self.name {
            return Err(SealFault::OtherKey);
        }
        let (nonce, body) = rest.split_first_chunk().ok_or(SealFault::Malformed)?;
        let mut body = Zeroizing::new(body.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.aead.open_in_place(nonce, self.aad(context), &mut body);
        let bytes = opened.map_err(|_| SealFault::Changed)?.len();
        body.truncate(bytes);
        Ok(body)
    }

    fn aad(&self, context: &str) -> Aad<Vec<u8>> {
        let mut aad = vec![VERSION];
        aad.extend_from_slice(&self.name);
        aad.extend_from_slice(context.as_bytes());
        Aad::from(aad)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey")
    }
}

/// Why something is not sealed, or not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealFault {
    /// Not what [`SealingKey::seal`] gives.
    Malformed,
    /// Sealed with another key.
    OtherKey,
    /// Changed since, or sealed for another context.
    Changed,
    /// aws-lc refuses.
    Crypto,
}

impl fmt::Display for SealFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a sealed secret",
            Self::OtherKey => "sealed with another key",
            Self::Changed => "damaged, or sealed for something else",
            Self::Crypto => "cannot be sealed",
        })
    }
}

impl Error for SealFault {}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: [u8; NONCE_LEN] = [9; NONCE_LEN];

    fn key(byte: u8) -> SealingKey {
        SealingKey::new(&[byte; SealingKey::BYTES]).unwrap()
    }

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let sealed = key(1).seal("a", b"secret", NONCE).unwrap();
        assert_eq!(sealed.len(), HEAD_BYTES + 6 + TAG_BYTES);
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(key(1).open("a", &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(key(1).open("b", &sealed).unwrap_err(), SealFault::Changed);
        assert_eq!(key(2).open("a", &sealed).unwrap_err(), SealFault::OtherKey);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key(1).open("a", &changed).is_err(), "byte {at}");
            assert!(key(1).open("a", &sealed[..at]).is_err(), "cut to {at}");
        }
    }

    #[test]
    fn debug_hides_it() {
        assert_eq!(format!("{:?}", key(7)), "SealingKey");
    }
}
