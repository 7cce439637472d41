use std::error::Error;
use std::fmt;

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use time::{Duration, OffsetDateTime};

use crate::limits::{SELF_SIGNED_DAYS, SELF_SIGNED_SKEW_S};

/// A certificate that nobody vouches for, with its key: for a laptop, and until there is a better.
#[derive(Clone)]
pub struct SelfSigned {
    /// The certificate.
    pub chain_pem: String,
    /// Its private key (PKCS#8).
    pub key_pem: String,
}

/// Makes a key on P-256 and a certificate for `names` (DNS names, `*.` in front allowed, and
/// addresses), valid from a day before `now_s` for [`SELF_SIGNED_DAYS`]. Clients that are told to
/// trust it check it as any other.
///
/// # Errors
/// A name that is none, or a time outside the years 1 to 9999.
pub fn self_signed(names: &[&str], now_s: u64) -> Result<SelfSigned, SelfSignedFault> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "Ringgate self-signed");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (params.not_before, params.not_after) = span(now_s).ok_or(SelfSignedFault::Time)?;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let certificate = params.self_signed(&key)?;
    Ok(SelfSigned { chain_pem: certificate.pem(), key_pem: key.serialize_pem() })
}

/// When what is made at `now_s` is valid.
pub(crate) fn span(now_s: u64) -> Option<(OffsetDateTime, OffsetDateTime)> {
    let from_s = i64::try_from(now_s).ok()?.saturating_sub(SELF_SIGNED_SKEW_S);
    let from = OffsetDateTime::from_unix_timestamp(from_s).ok()?;
    let until = from.checked_add(Duration::days(i64::from(SELF_SIGNED_DAYS)))?;
    Some((from, until))
}

impl fmt::Debug for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelfSigned").field("chain_pem", &self.chain_pem).finish_non_exhaustive()
    }
}

/// Why no certificate was made.
#[derive(Debug)]
pub enum SelfSignedFault {
    /// The time cannot be written in a certificate.
    Time,
    /// A name or the key.
    Made(rcgen::Error),
}

impl From<rcgen::Error> for SelfSignedFault {
    fn from(error: rcgen::Error) -> Self {
        Self::Made(error)
    }
}

impl fmt::Display for SelfSignedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time => f.write_str("the current time cannot stand in a certificate"),
            Self::Made(error) => write!(f, "cannot make a certificate: {error}"),
        }
    }
}

impl Error for SelfSignedFault {}
