use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientSessionStore, Resumption, UnbufferedClientConnection};
use rustls::client::{Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error};
use rustls::{NamedGroup, SignatureScheme, version};

use super::{Handshakes, Log, TlsSession};
use crate::client::request::SourceError;

/// What all TLS connections of a run share: TLS 1.3 with X25519 and AES-128-GCM, no resumption.
#[derive(Debug)]
pub(in crate::client) struct TlsClient {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    alpn: &'static [u8],
    log: Log,
}

impl TlsClient {
    /// Trusts the one certificate in a PEM file.
    pub(in crate::client) fn new(
        certificate: &Path,
        name: &str,
        alpn: &'static [u8],
    ) -> Result<Self, SourceError> {
        let certificate = CertificateDer::from_pem_file(certificate).map_err(failed)?;
        let provider = Arc::new(CryptoProvider {
            cipher_suites: vec![aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256],
            kx_groups: vec![aws_lc_rs::kx_group::X25519],
            ..aws_lc_rs::default_provider()
        });
        let algorithms = provider.signature_verification_algorithms;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13])
            .map_err(failed)?;
        let mut config = builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned { certificate, algorithms }))
            .with_no_client_auth();
        let log = Log::default();
        config.resumption = Resumption::store(Arc::new(Tickets(log.clone())));
        config.alpn_protocols = vec![alpn.to_vec()];
        let name = ServerName::try_from(name.to_owned()).map_err(failed)?;
        Ok(Self { config: Arc::new(config), name, alpn, log })
    }

    /// For a new connection.
    pub(in crate::client) fn session(&self) -> Result<TlsSession, Error> {
        let config = Arc::clone(&self.config);
        let connection = UnbufferedClientConnection::new(config, self.name.clone())?;
        Ok(TlsSession::new(connection, self.alpn, self.log.clone()))
    }

    /// What there was since the last call.
    pub(in crate::client) fn take_handshakes(&self) -> Handshakes {
        std::mem::take(&mut *self.log.lock())
    }
}

fn failed(error: impl Display) -> SourceError {
    SourceError::Certificate(error.to_string())
}

/// Trusts one certificate, and what is signed with its key.
#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if end_entity.as_ref() != self.certificate.as_ref() {
            return Err(CertificateError::UnknownIssuer.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Counts tickets and keeps none, so that nothing is ever resumed.
#[derive(Debug)]
struct Tickets(Log);

impl ClientSessionStore for Tickets {
    fn set_kx_hint(&self, _name: ServerName<'static>, _group: NamedGroup) {}

    fn kx_hint(&self, _name: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _name: ServerName<'static>, _value: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _name: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _name: ServerName<'static>, _value: Tls13ClientSessionValue) {
        self.0.lock().tickets += 1;
    }

    fn take_tls13_ticket(&self, _name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}
