use std::error::Error;
use std::fmt;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, TrustAnchor, UnixTime};
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage,
    RevocationOptionsBuilder, UnknownStatusPolicy, anchor_from_trusted_cert,
};

use crate::limits::{
    ISSUERS_OF_CLIENT_MAX, REVOCATION_LISTS_MAX, ROOTS_PEM_BYTES_MAX, RSA_BITS_MIN,
    TRUSTSTORE_CERTIFICATES_MAX,
};
use crate::provider::provider;
use crate::{Distrust, PublicKeyKind, X509};

/// Whose certificates clients may show (mutual TLS): authorities, and what they have revoked.
///
/// A root is what has issued itself; what else stands in the text may lie between a root and a
/// client, as if the client had sent it. So a chain has to be whole up to a root in it, as AWS has
/// it (developer guide, "Configuring your truststore").
pub struct Truststore {
    roots: Vec<TrustAnchor<'static>>,
    between: Vec<CertificateDer<'static>>,
    revoked: Vec<CertRevocationList<'static>>,
}

impl Truststore {
    /// Reads a PEM text of certificates and of revocation lists (`X509 CRL`). What in it cannot be
    /// used is left out, and stands in [`Truststore::warnings`].
    ///
    /// # Errors
    /// [`TruststoreFault`]: not PEM, too much of it, no root, or a revocation list that cannot be
    /// read: without it a client would be let in that must not be.
    pub fn from_pem(text: &[u8]) -> Result<Self, TruststoreFault> {
        let (mut roots, mut between) = (Vec::new(), Vec::new());
        for der in certificates(text)? {
            let Ok(read) = X509::from_der(&der) else { continue };
            if !read.is_self_issued() {
                between.push(der);
            } else if let Ok(anchor) = anchor_from_trusted_cert(&der) {
                roots.push(anchor.to_owned());
            }
        }
        if roots.is_empty() {
            return Err(TruststoreFault::NoRoot);
        }
        Ok(Self { roots, between, revoked: lists(text)? })
    }

    /// What of a text AWS warns of: certificates that are none, are no authority's, are not valid
    /// now, or are weak. Mutual TLS is on all the same (`truststoreWarnings` of the service model).
    ///
    /// # Errors
    /// As [`Truststore::from_pem`].
    pub fn warnings(text: &[u8], now_s: u64) -> Result<Vec<String>, TruststoreFault> {
        let mut warnings = Vec::new();
        for (at, der) in certificates(text)?.iter().enumerate() {
            match X509::from_der(der) {
                Ok(read) => warnings.extend(
                    faults(&read, now_s)
                        .map(|what| format!("Certificate {}: {what}", read.subject)),
                ),
                Err(fault) => warnings.push(format!("Certificate number {}: {fault}", at + 1)),
            }
        }
        Self::from_pem(text).map(|_| warnings)
    }

    /// Judges what a client has shown: its certificate first, then those that lead on from it. The
    /// client has proved that the key is its own.
    ///
    /// # Errors
    /// [`Distrust`], with AWS's reasons.
    pub fn judge(&self, chain: &[CertificateDer<'_>], now_s: u64) -> Result<(), Distrust> {
        let (own, sent) = chain.split_first().ok_or(Distrust::Missing)?;
        let read = X509::from_der(own).map_err(|_| Distrust::Malformed)?;
        if !is_strong(read.key) {
            return Err(Distrust::WeakKey);
        }
        self.verify(own, sent, now_s).map_err(|error| {
            let itself = read.is_self_issued();
            Distrust::of(&error, itself)
        })
    }

    fn verify(
        &self,
        own: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        now_s: u64,
    ) -> Result<(), webpki::Error> {
        let own = EndEntityCert::try_from(own)?;
        let between: Vec<_> = sent.iter().chain(&self.between).cloned().collect();
        let lists: Vec<_> = self.revoked.iter().collect();
        // A list of one authority says nothing of what another has issued; a list that is too old
        // says nothing at all.
        let revocation = RevocationOptionsBuilder::new(&lists).ok().map(|options| {
            let options = options.with_status_policy(UnknownStatusPolicy::Allow);
            options.with_expiration_policy(ExpirationPolicy::Enforce).build()
        });
        let is_short = |path: &webpki::VerifiedPath<'_>| {
            // The root is one of them.
            let issuers = path.intermediate_certificates().count().saturating_add(1);
            if issuers > ISSUERS_OF_CLIENT_MAX {
                return Err(webpki::Error::MaximumPathDepthExceeded);
            }
            Ok(())
        };
        let path = own.verify_for_usage(
            provider().signature_verification_algorithms.all,
            &self.roots,
            &between,
            UnixTime::since_unix_epoch(Duration::from_secs(now_s)),
            KeyUsage::client_auth(),
            revocation,
            Some(&is_short),
        );
        path.map(drop)
    }
}

impl fmt::Debug for Truststore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Truststore")
            .field("roots", &self.roots.len())
            .field("between", &self.between.len())
            .field("revoked", &self.revoked.len())
            .finish()
    }
}

fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, TruststoreFault> {
    if text.len() > ROOTS_PEM_BYTES_MAX {
        return Err(TruststoreFault::TooLong);
    }
    let some = CertificateDer::pem_slice_iter(text).take(TRUSTSTORE_CERTIFICATES_MAX + 1);
    let all: Vec<_> = some.collect::<Result<_, _>>().map_err(|_| TruststoreFault::Pem)?;
    if all.len() > TRUSTSTORE_CERTIFICATES_MAX {
        return Err(TruststoreFault::TooMany);
    }
    Ok(all)
}

fn lists(text: &[u8]) -> Result<Vec<CertRevocationList<'static>>, TruststoreFault> {
    let some = CertificateRevocationListDer::pem_slice_iter(text).take(REVOCATION_LISTS_MAX + 1);
    let all: Vec<_> = some.collect::<Result<_, _>>().map_err(|_| TruststoreFault::Pem)?;
    if all.len() > REVOCATION_LISTS_MAX {
        return Err(TruststoreFault::TooMany);
    }
    let read = |der: &CertificateRevocationListDer<'_>| {
        let list = BorrowedCertRevocationList::from_der(der).and_then(|list| list.to_owned());
        list.map(CertRevocationList::from).map_err(|_| TruststoreFault::RevocationList)
    };
    all.iter().map(read).collect()
}

/// What is wrong with a certificate of an authority.
fn faults(read: &X509, now_s: u64) -> impl Iterator<Item = &'static str> {
    let weak_signature = matches!(
        read.signature_algorithm,
        "MD5WITHRSA" | "SHA1WITHRSA" | "SHA1WITHECDSA" | "UNKNOWN"
    );
    let found = [
        (!read.is_ca, "it may not issue others (basic constraints)"),
        (now_s > read.validity.not_after_s, "it has expired"),
        (now_s < read.validity.not_before_s, "it is not valid yet"),
        (!is_strong(read.key), "its key is weak; expected RSA of 2048 bits, ECDSA of 256, or more"),
        (weak_signature, "its signature is weak; expected SHA-256 or better"),
    ];
    found.into_iter().filter(|(is, _)| *is).map(|(_, what)| what)
}

/// RSA of 2048 bits, ECDSA of 256 bits or more (developer guide, "Configuring your truststore").
fn is_strong(key: PublicKeyKind) -> bool {
    match key {
        PublicKeyKind::Rsa(bits) => bits >= RSA_BITS_MIN,
        PublicKeyKind::Ec(_) => true,
        PublicKeyKind::Other => false,
    }
}

/// Why a text is no truststore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TruststoreFault {
    /// Longer than [`ROOTS_PEM_BYTES_MAX`].
    TooLong,
    /// More than [`TRUSTSTORE_CERTIFICATES_MAX`] certificates, or [`REVOCATION_LISTS_MAX`] lists.
    TooMany,
    /// Not PEM.
    Pem,
    /// No certificate in it has issued itself, or none can be read.
    NoRoot,
    /// A revocation list cannot be read.
    RevocationList,
}

impl fmt::Display for TruststoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "it is longer than {ROOTS_PEM_BYTES_MAX} bytes"),
            Self::TooMany => write!(
                f,
                "it holds more than {TRUSTSTORE_CERTIFICATES_MAX} certificates or \
                 {REVOCATION_LISTS_MAX} revocation lists"
            ),
            Self::Pem => f.write_str("it is not PEM"),
            Self::NoRoot => f.write_str(
                "it holds no certificate of a root authority; expected PEM with the whole chain, \
                 up to a certificate that has issued itself",
            ),
            Self::RevocationList => f.write_str("a revocation list in it cannot be read"),
        }
    }
}

impl Error for TruststoreFault {}
