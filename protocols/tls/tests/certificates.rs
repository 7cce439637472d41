//! Which certificate a client gets.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod support;

use std::sync::Arc;

use ringgate_tls::{Certificate, Certificates, ServerName, ServerSettings, Session};
use rustls::SignatureScheme;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error};
use support::{NOW_S, certificate, clock, made};

const RSA: (&[u8], &[u8]) = (include_bytes!("data/rsa.crt"), include_bytes!("data/rsa.pkcs1.key"));

/// Takes any certificate, but only these signature schemes.
#[derive(Debug)]
struct Anything(Vec<SignatureScheme>, CryptoProvider);

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.1.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.1.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}

const ECDSA_ONLY: &[SignatureScheme] = &[SignatureScheme::ECDSA_NISTP256_SHA256];
const RSA_ONLY: &[SignatureScheme] =
    &[SignatureScheme::RSA_PSS_SHA256, SignatureScheme::RSA_PKCS1_SHA256];

/// The certificate that a client is shown who asks for `name`, or for none.
fn shown(
    certificates: &Arc<Certificates>,
    name: Option<&str>,
    schemes: &[SignatureScheme],
    version: &'static rustls::SupportedProtocolVersion,
) -> Option<Vec<u8>> {
    let provider = aws_lc_rs::default_provider();
    let verifier = Anything(schemes.to_vec(), provider.clone());
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.enable_sni = name.is_some();
    let name = ServerName::try_from(name.unwrap_or("unnamed").to_owned()).unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let server = ServerSettings::new(clock()).config(certificates.clone()).unwrap();
    let mut server = Session::inbound(server).unwrap();
    let (mut wire, mut plain) = (Vec::new(), Vec::new());
    while client.is_handshaking() {
        client.write_tls(&mut wire).unwrap();
        server.receive(&wire, &mut plain).ok()?;
        wire.clear();
        server.take_output(&mut wire);
        while !wire.is_empty() {
            let read = client.read_tls(&mut &wire[..]).unwrap();
            wire.drain(..read);
            client.process_new_packets().unwrap();
        }
    }
    Some(client.peer_certificates().unwrap()[0].to_vec())
}

fn der(pem: &[u8]) -> Vec<u8> {
    use rustls::pki_types::pem::PemObject;
    CertificateDer::from_pem_slice(pem).unwrap().to_vec()
}

#[test]
fn names_choose() {
    let [exact, wildcard, default, domain] =
        [&["a.example.com", "b.example.com"][..], &["*.example.com"], &["fallback.test"], &["x"]]
            .map(made);
    let mut certificates = Certificates::new();
    for made in [&exact, &wildcard] {
        certificates.add(&certificate(made));
    }
    certificates.add_default(&certificate(&default));
    certificates.bind("Bound.Example.com", &certificate(&domain));
    certificates.bind("b.example.com", &certificate(&domain));
    certificates.bind("*.domain.test", &certificate(&domain));
    let certificates = Arc::new(certificates);
    let mut expected = vec![
        (Some("a.example.com"), &exact),
        (Some("A.EXAMPLE.com"), &exact),
        (Some("a.example.com."), &exact),
        (Some("c.example.com"), &wildcard),
        (Some("xn--mnchen-3ya.example.com"), &wildcard),
        // One label, no more and no less.
        (Some("c.d.example.com"), &default),
        (Some("example.com"), &default),
        (Some("com"), &default),
        (Some("fallback.test"), &default),
        (Some("unknown.test"), &default),
        (None, &default),
        // An address is no name to ask for.
        (Some("127.0.0.1"), &default),
        // What was bound goes before what the names of others say.
        (Some("bound.example.com"), &domain),
        (Some("b.example.com"), &domain),
        (Some("any.domain.test"), &domain),
    ];
    for (name, made) in expected.drain(..) {
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let got = shown(&certificates, name, ECDSA_ONLY, version);
            assert_eq!(got, Some(der(made.chain_pem.as_bytes())), "{name:?}");
        }
    }
}

#[test]
fn signature_schemes_choose_among_those_of_a_name() {
    let rsa = Certificate::from_pem(RSA.0, RSA.1).unwrap();
    assert_eq!(rsa.names().collect::<Vec<_>>(), ["rsa.test", "*.rsa.test"]);
    let ecdsa = made(&["rsa.test"]);
    let mut certificates = Certificates::new();
    certificates.add(&rsa);
    certificates.add(&certificate(&ecdsa));
    let certificates = Arc::new(certificates);
    let ecdsa = Some(der(ecdsa.chain_pem.as_bytes()));
    let rsa = Some(der(RSA.0));
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let shown = |name, schemes| shown(&certificates, Some(name), schemes, version);
        let both = [RSA_ONLY, ECDSA_ONLY].concat();
        assert_eq!(shown("rsa.test", &both), ecdsa, "the cheaper one");
        assert_eq!(shown("rsa.test", RSA_ONLY), rsa);
        assert_eq!(shown("rsa.test", ECDSA_ONLY), ecdsa);
        assert_eq!(shown("a.rsa.test", RSA_ONLY), rsa);
        assert_eq!(shown("a.rsa.test", ECDSA_ONLY), None, "its only one does not fit");
        assert_eq!(shown("other.test", &both), None, "no default");
    }
}

#[test]
fn of_two_alike_the_first_counts() {
    let [first, second] = [made(&["same.test"]), made(&["same.test"])];
    let mut certificates = Certificates::new();
    certificates.add(&certificate(&first));
    certificates.add(&certificate(&second));
    let got =
        shown(&Arc::new(certificates), Some("same.test"), ECDSA_ONLY, &rustls::version::TLS13);
    assert_eq!(got, Some(der(first.chain_pem.as_bytes())));
}

#[test]
fn a_certificate_of_our_own_making() {
    let made = made(&["*.execute-api.localhost", "localhost", "127.0.0.1"]);
    let certificate = certificate(&made);
    let names: Vec<_> = certificate.names().collect();
    assert_eq!(names, ["*.execute-api.localhost", "localhost"]);
    let validity = certificate.validity();
    let day_s = 24 * 3600;
    assert_eq!(validity.not_before_s, NOW_S - day_s);
    assert_eq!(validity.not_after_s, NOW_S - day_s + 825 * day_s);
    assert!(validity.contains(NOW_S) && validity.contains(validity.not_after_s));
    assert!(!validity.contains(validity.not_after_s + 1));
    assert!(!validity.contains(validity.not_before_s - 1));
    assert!(!format!("{made:?}").contains("PRIVATE"));
    assert!(ringgate_tls::self_signed(&["no name"], NOW_S).is_ok(), "rcgen takes any ASCII");
    assert!(ringgate_tls::self_signed(&["n\u{e4}me"], NOW_S).is_err());
    assert!(ringgate_tls::self_signed(&["name"], u64::MAX).is_err());
}
