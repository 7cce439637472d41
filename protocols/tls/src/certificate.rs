use std::error::Error;
use std::fmt;
use std::sync::Arc;

use rustls::SignatureAlgorithm;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use webpki::EndEntityCert;

use crate::Validity;
use crate::limits::{CHAIN_CERTIFICATES_MAX, PEM_BYTES_MAX};
use crate::provider::provider;

/// A server's certificate with its chain and its private key.
#[derive(Clone)]
pub struct Certificate {
    key: Arc<CertifiedKey>,
    names: Vec<Box<str>>,
    validity: Validity,
}

impl Certificate {
    /// Reads a chain, the server's own certificate first, and its key (PKCS#8, SEC 1 or PKCS#1),
    /// both in PEM. Certificates that have expired, or whose issuers nobody trusts, are taken:
    /// ask [`Certificate::validity`].
    ///
    /// # Errors
    /// Where one of the two cannot be read, or the key is not the certificate's.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, CertificateFault> {
        let chain = read_chain(chain)?;
        let key = read_key(key)?;
        let own = chain.first().ok_or(CertificateFault::NoCertificate)?;
        let parsed = EndEntityCert::try_from(own).map_err(CertificateFault::Certificate)?;
        let names = parsed.valid_dns_names().map(|name| name.to_ascii_lowercase().into());
        let names = names.collect();
        let validity = Validity::read(&parsed).map_err(CertificateFault::Certificate)?;
        let key = CertifiedKey::from_der(chain, key, &provider())?;
        Ok(Self { key: Arc::new(key), names, validity })
    }

    /// Reads a [`crate::ChallengeCertificate`]. It has no names here and is always valid: what is
    /// in it is the authority's to judge, and webpki reads no certificate with a critical extension
    /// that it does not know.
    ///
    /// # Errors
    /// Where one of the two cannot be read.
    pub fn of_challenge(chain: &[u8], key: &[u8]) -> Result<Self, CertificateFault> {
        let chain = read_chain(chain)?;
        if chain.is_empty() {
            return Err(CertificateFault::NoCertificate);
        }
        let key = provider().key_provider.load_private_key(read_key(key)?)?;
        let key = Arc::new(CertifiedKey::new(chain, key));
        let validity = Validity { not_before_s: 0, not_after_s: u64::MAX };
        Ok(Self { key, names: Vec::new(), validity })
    }

    /// The DNS names it is for (`subjectAltName`), in lower case; one may begin with `*.`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(AsRef::as_ref)
    }

    /// From when until when it is valid.
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The kind of its key, and its place among others of the same name: ECDSA costs the server
    /// least, RSA most.
    pub fn key_type(&self) -> KeyType {
        KeyType::of(&self.key)
    }

    pub(crate) fn key(&self) -> &Arc<CertifiedKey> {
        &self.key
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("names", &self.names)
            .field("validity", &self.validity)
            .field("key_type", &self.key_type())
            .finish()
    }
}

/// Kinds of keys, the one that is preferred first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyType {
    /// On P-256, P-384 or P-521.
    Ecdsa,
    /// Ed25519.
    Ed25519,
    /// RSA of 2048 to 8192 bits.
    Rsa,
}

impl KeyType {
    pub(crate) fn of(key: &CertifiedKey) -> Self {
        match key.key.algorithm() {
            SignatureAlgorithm::ECDSA => Self::Ecdsa,
            SignatureAlgorithm::ED25519 => Self::Ed25519,
            _ => Self::Rsa,
        }
    }
}

fn read_chain(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, CertificateFault> {
    if text.len() > PEM_BYTES_MAX {
        return Err(CertificateFault::TooLong);
    }
    let certificates = CertificateDer::pem_slice_iter(text).take(CHAIN_CERTIFICATES_MAX + 1);
    let chain: Vec<_> =
        certificates.collect::<Result<_, _>>().map_err(CertificateFault::ChainPem)?;
    if chain.len() > CHAIN_CERTIFICATES_MAX {
        return Err(CertificateFault::ChainTooLong);
    }
    Ok(chain)
}

fn read_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, CertificateFault> {
    if text.len() > PEM_BYTES_MAX {
        return Err(CertificateFault::TooLong);
    }
    PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
        pem::Error::NoItemsFound => CertificateFault::NoKey,
        error => CertificateFault::KeyPem(error),
    })
}

/// Why a certificate cannot be used.
#[derive(Debug)]
pub enum CertificateFault {
    /// The chain or the key is longer than [`PEM_BYTES_MAX`].
    TooLong,
    /// The chain is not PEM.
    ChainPem(pem::Error),
    /// The chain holds no certificate.
    NoCertificate,
    /// The chain holds more than [`CHAIN_CERTIFICATES_MAX`].
    ChainTooLong,
    /// The first certificate cannot be read.
    Certificate(webpki::Error),
    /// The key is not PEM.
    KeyPem(pem::Error),
    /// There is no private key, or only an encrypted one.
    NoKey,
    /// The key is of no kind that can sign here.
    Key(rustls::Error),
    /// The key is not that of the first certificate.
    KeyMismatch,
}

impl From<rustls::Error> for CertificateFault {
    fn from(error: rustls::Error) -> Self {
        match error {
            rustls::Error::InconsistentKeys(_) => Self::KeyMismatch,
            error => Self::Key(error),
        }
    }
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "longer than {PEM_BYTES_MAX} bytes"),
            Self::ChainPem(error) => write!(f, "the certificate chain is not PEM: {error}"),
            Self::NoCertificate => {
                f.write_str("no certificate in the chain; expected BEGIN CERTIFICATE")
            }
            Self::ChainTooLong => {
                write!(f, "more than {CHAIN_CERTIFICATES_MAX} certificates in the chain")
            }
            Self::Certificate(error) => {
                write!(f, "the first certificate of the chain cannot be read: {error}")
            }
            Self::KeyPem(error) => write!(f, "the private key is not PEM: {error}"),
            Self::NoKey => f.write_str(
                "no private key; expected BEGIN PRIVATE KEY, EC PRIVATE KEY or RSA PRIVATE KEY, \
                 not encrypted",
            ),
            Self::Key(error) => write!(f, "the private key cannot be used: {error}"),
            Self::KeyMismatch => {
                f.write_str("the private key is not that of the chain's first certificate")
            }
        }
    }
}

impl Error for CertificateFault {}
