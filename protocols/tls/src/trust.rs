use std::error::Error;
use std::fmt;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::limits::ROOTS_PEM_BYTES_MAX;
use crate::provider::provider;
use crate::unvouched::Unvouched;

/// Whose certificates an origin may show.
#[derive(Clone, Debug)]
pub struct Trust {
    verifier: Arc<dyn ServerCertVerifier>,
    ignored: usize,
}

impl Trust {
    /// Those issued, directly or not, by one of these roots: a PEM bundle, such as the system's.
    /// Roots in it that cannot be read are left out, as every bundle holds a few: see
    /// [`Trust::ignored`].
    ///
    /// # Errors
    /// Where the bundle is not PEM, too long, or holds no usable root.
    pub fn from_pem(bundle: &[u8]) -> Result<Self, TrustFault> {
        if bundle.len() > ROOTS_PEM_BYTES_MAX {
            return Err(TrustFault::TooLong);
        }
        let certificates = CertificateDer::pem_slice_iter(bundle);
        let certificates = certificates.collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(|error| TrustFault::Pem(error.to_string()))?;
        let mut roots = RootCertStore::empty();
        let (_, ignored) = roots.add_parsable_certificates(certificates);
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .map_err(|_| TrustFault::NoRoots)?;
        Ok(Self { verifier, ignored })
    }

    /// Anybody's, as long as the certificate is for the right name, has not expired and its key
    /// signs the handshake: what AWS's `tlsConfig.insecureSkipVerification` leaves of the checks
    /// (API Gateway API reference, `TlsConfig`). It also names the presence of a root authority
    /// there, which says nothing where no root is trusted and is not asked for.
    pub fn unvouched() -> Self {
        Self { verifier: Arc::new(Unvouched::new(provider())), ignored: 0 }
    }

    /// Certificates of the bundle that cannot be roots.
    pub fn ignored(&self) -> usize {
        self.ignored
    }

    pub(crate) fn verifier(&self) -> Arc<dyn ServerCertVerifier> {
        self.verifier.clone()
    }
}

/// Why there is nobody to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustFault {
    /// The bundle is longer than [`ROOTS_PEM_BYTES_MAX`].
    TooLong,
    /// The bundle is not PEM.
    Pem(String),
    /// No certificate in it can be a root.
    NoRoots,
}

impl fmt::Display for TrustFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => {
                write!(f, "the root bundle is longer than {ROOTS_PEM_BYTES_MAX} bytes")
            }
            Self::Pem(error) => write!(f, "the root bundle is not PEM: {error}"),
            Self::NoRoots => f.write_str("no usable root certificate in the bundle"),
        }
    }
}

impl Error for TrustFault {}
