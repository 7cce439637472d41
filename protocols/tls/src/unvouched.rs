use std::sync::Arc;

use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error};
use webpki::EndEntityCert;

use crate::Validity;

/// Asks a certificate everything but who vouches for it.
#[derive(Debug)]
pub(crate) struct Unvouched(Arc<CryptoProvider>);

impl Unvouched {
    pub(crate) fn new(provider: Arc<CryptoProvider>) -> Self {
        Self(provider)
    }
}

impl ServerCertVerifier for Unvouched {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        let malformed = |_| Error::from(CertificateError::BadEncoding);
        let parsed = EndEntityCert::try_from(end_entity).map_err(malformed)?;
        let validity = Validity::read(&parsed).map_err(malformed)?;
        if now.as_secs() < validity.not_before_s {
            return Err(CertificateError::NotValidYet.into());
        }
        if now.as_secs() > validity.not_after_s {
            return Err(CertificateError::Expired.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    crate::handshake_signatures::verify_by_provider!();
}
