use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DistinguishedName, Error};

/// Asks clients for a certificate, and takes whichever they prove to have the key of: who is
/// trusted is decided after the handshake ([`crate::Truststore::judge`]), so that others get an
/// answer. A client without any does not get through the handshake.
///
/// No names of authorities are sent: a client shows what it has.
#[derive(Debug)]
pub(crate) struct AnyClient(Arc<CryptoProvider>);

impl AnyClient {
    pub(crate) fn new(provider: Arc<CryptoProvider>) -> Self {
        Self(provider)
    }
}

impl ClientCertVerifier for AnyClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    crate::handshake_signatures::verify_by_provider!();
}
