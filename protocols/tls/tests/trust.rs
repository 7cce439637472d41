//! Which origins are believed.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod support;

use std::sync::Arc;

use ringgate_tls::limits::ROOTS_PEM_BYTES_MAX;
use ringgate_tls::{
    Alpn, Certificate, Certificates, ClientSettings, ServerConfig, ServerSettings, TlsFaultKind,
    Trust,
};
use rustls::CertificateError;
use support::{Clock, Foreign, H2, HTTP11, NOW_S, Pair, Site, certificate, clock, made};

const P256: &[u8] = include_bytes!("data/p256.crt");
const P256_SEC1: &[u8] = include_bytes!("data/p256.sec1.key");

fn server(certificate: &Certificate) -> Arc<ServerConfig> {
    let mut certificates = Certificates::new();
    certificates.add_default(certificate);
    ServerSettings::new(clock()).config(Arc::new(certificates)).unwrap()
}

/// What a client with this trust says at this time of an origin.
fn verdict(
    certificate: &Certificate,
    trust: &Trust,
    name: &str,
    now_s: u64,
) -> Result<(), CertificateError> {
    let client = ClientSettings::new(trust.clone(), Clock::at(now_s)).config().unwrap();
    let mut pair = Pair::new(&server(certificate), &client, name);
    match pair.settle() {
        Ok(()) => Ok(()),
        Err(side) => {
            let fault = side.client();
            assert_eq!(fault.kind(), TlsFaultKind::Certificate);
            let mut wire = Vec::new();
            pair.outbound.take_output(&mut wire);
            let heard = pair.inbound.receive(&wire, &mut Vec::new()).unwrap_err();
            assert_eq!(heard.kind(), TlsFaultKind::PeerAlert, "the origin is told why");
            Err(fault.certificate_error().unwrap().clone())
        }
    }
}

#[test]
fn roots_vouch_for_names_in_time() {
    let made = made(&["origin.test", "127.0.0.1"]);
    let certificate = certificate(&made);
    let trust = Trust::from_pem(made.chain_pem.as_bytes()).unwrap();
    assert_eq!(trust.ignored(), 0);
    let ask = |name, now_s| verdict(&certificate, &trust, name, now_s);
    assert_eq!(ask("origin.test", NOW_S), Ok(()));
    assert_eq!(ask("ORIGIN.test.", NOW_S), Ok(()));
    assert_eq!(ask("127.0.0.1", NOW_S), Ok(()));
    for name in ["other.test", "a.origin.test", "127.0.0.2", "::1"] {
        let error = ask(name, NOW_S).unwrap_err();
        assert!(matches!(error, CertificateError::NotValidForNameContext { .. }), "{error:?}");
    }
    let validity = certificate.validity();
    let error = ask("origin.test", validity.not_after_s + 1).unwrap_err();
    assert!(matches!(error, CertificateError::ExpiredContext { .. }), "{error:?}");
    let error = ask("origin.test", validity.not_before_s - 1).unwrap_err();
    assert!(matches!(error, CertificateError::NotValidYetContext { .. }), "{error:?}");

    let stranger = support::certificate(&support::made(&["origin.test"]));
    let error = verdict(&stranger, &trust, "origin.test", NOW_S).unwrap_err();
    assert!(
        matches!(error, CertificateError::UnknownIssuer | CertificateError::BadSignature),
        "{error:?}"
    );
}

#[test]
fn unvouched_asks_for_everything_but_the_issuer() {
    // OpenSSL makes its own as certificates of an authority, which other checks refuse.
    let certificate = Certificate::from_pem(P256, P256_SEC1).unwrap();
    let trust = Trust::unvouched();
    let ask = |name, now_s| verdict(&certificate, &trust, name, now_s);
    assert_eq!(ask("p256.test", NOW_S), Ok(()));
    assert_eq!(ask("127.0.0.1", NOW_S), Ok(()));
    let error = ask("other.test", NOW_S).unwrap_err();
    assert!(matches!(error, CertificateError::NotValidForNameContext { .. }), "{error:?}");
    let validity = certificate.validity();
    assert_eq!(ask("p256.test", validity.not_after_s + 1), Err(CertificateError::Expired));
    assert_eq!(ask("p256.test", validity.not_before_s - 1), Err(CertificateError::NotValidYet));
}

#[test]
fn unvouched_still_asks_for_the_key() {
    /// Shows the certificate of another and signs with its own key.
    fn impostor(version: &'static rustls::SupportedProtocolVersion) -> Arc<ServerConfig> {
        use rustls::pki_types::pem::PemObject;
        let chain = vec![rustls::pki_types::CertificateDer::from_pem_slice(P256).unwrap()];
        let own = made(&["p256.test"]);
        let key = rustls::pki_types::PrivateKeyDer::from_pem_slice(own.key_pem.as_bytes()).unwrap();
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let key = provider.key_provider.load_private_key(key).unwrap();
        let shown = rustls::sign::CertifiedKey::new(chain, key);
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(shown)));
        Arc::new(config)
    }
    let client = ClientSettings::new(Trust::unvouched(), clock()).config().unwrap();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let fault = Pair::new(&impostor(version), &client, "p256.test").settle();
        let fault = fault.unwrap_err().client();
        assert_eq!(fault.certificate_error(), Some(&CertificateError::BadSignature));
    }
}

#[test]
fn bundles() {
    let bad = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let trust = Trust::from_pem(&[&bad[..], P256, &bad[..]].concat()).unwrap();
    assert_eq!(trust.ignored(), 2);
    let said = |bundle: &[u8]| Trust::from_pem(bundle).unwrap_err().to_string();
    assert_eq!(said(b""), "no usable root certificate in the bundle");
    assert_eq!(said(bad), "no usable root certificate in the bundle");
    let broken = b"-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n";
    assert!(said(broken).starts_with("the root bundle is not PEM: "));
    let long = vec![b'\n'; ROOTS_PEM_BYTES_MAX + 1];
    assert_eq!(said(&long), "the root bundle is longer than 4194304 bytes");
}

#[test]
fn origins_are_asked_for_one_protocol() {
    let site = Site::new();
    for (asked, agreed) in [(Alpn::H2, H2), (Alpn::Http11, HTTP11)] {
        let mut settings = ClientSettings::new(site.trust(), clock());
        settings.alpn = asked;
        let pair = site.pair(&settings.config().unwrap()).established();
        assert_eq!(pair.outbound.alpn(), agreed);
    }
    let mut silent = Site::new();
    silent.settings.alpn.clear();
    let pair = silent.pair(&silent.client()).established();
    assert_eq!(pair.outbound.alpn(), None);
}

#[test]
fn origins_may_speak_tls12() {
    let certificate = certificate(&made(&["origin.test"]));
    let mut certificates = Certificates::new();
    certificates.add_default(&certificate);
    let config = ServerConfig::builder_with_protocol_versions(&[&rustls::version::TLS12]);
    let server = config.with_no_client_auth().with_cert_resolver(Arc::new(certificates));
    let client = ClientSettings::new(Trust::unvouched(), clock()).config().unwrap();
    let pair = Pair::new(&Arc::new(server), &client, "origin.test").established();
    assert_eq!(pair.outbound.version(), Some("TLSv1.2"));
    assert_eq!(
        pair.outbound.cipher_suite(),
        Some("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        "of our order, or rustls's own would be AES-256"
    );
    // Foreign clients are rustls too; that one refuses what our trust does not.
    let stranger = Foreign::default().config(&made(&["origin.test"]).chain_pem);
    let fault = Pair::new(&self::server(&certificate), &stranger, "origin.test").settle();
    assert_eq!(fault.unwrap_err().client().kind(), TlsFaultKind::Certificate);
}
