use std::time::Duration;

use rustls::pki_types::UnixTime;
use webpki::{EndEntityCert, Error, KeyUsage};

/// From when until when a certificate is valid, in seconds since 1970, both included (RFC 5280
/// section 4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub not_before_s: u64,
    /// The last second.
    pub not_after_s: u64,
}

impl Validity {
    /// Reads the two times. webpki tells them only where it refuses a certificate for them, which
    /// it does before it looks at anything else: so it is asked about the first second of time,
    /// and about the last.
    pub(crate) fn read(certificate: &EndEntityCert<'_>) -> Result<Self, Error> {
        let not_before_s = match ask(certificate, 0) {
            Error::CertNotValidYet { not_before, .. } => not_before.as_secs(),
            error @ (Error::BadDer | Error::BadDerTime | Error::InvalidCertValidity) => {
                return Err(error);
            }
            _ => 0,
        };
        let not_after_s = match ask(certificate, u64::MAX) {
            Error::CertExpired { not_after, .. } => not_after.as_secs(),
            error => return Err(error),
        };
        Ok(Self { not_before_s, not_after_s })
    }

    /// Whether `now_s` lies in it.
    pub fn contains(&self, now_s: u64) -> bool {
        (self.not_before_s..=self.not_after_s).contains(&now_s)
    }
}

/// With nothing trusted, the answer is always an error.
fn ask(certificate: &EndEntityCert<'_>, now_s: u64) -> Error {
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now_s));
    let usage = KeyUsage::server_auth();
    let answer = certificate.verify_for_usage(&[], &[], &[], now, usage, None, None);
    answer.err().unwrap_or(Error::UnknownIssuer)
}
