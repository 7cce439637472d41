//! Certificates that prove names to authorities (RFC 8737).
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

use ringgate_tls::{Certificate, CertificateDer, CertificateFault, ChallengeCertificate};
use rustls::pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

const NOW_S: u64 = 1_800_000_000;

#[test]
fn one_name_and_the_digest_as_a_critical_extension() {
    let made = ChallengeCertificate::new("a.example", &[7; 32], NOW_S).unwrap();
    let der = CertificateDer::from_pem_slice(made.chain_pem.as_bytes()).unwrap();
    let (_, read) = X509Certificate::from_der(&der).unwrap();
    let names = read.subject_alternative_name().unwrap().unwrap();
    assert_eq!(names.value.general_names, [GeneralName::DNSName("a.example")]);
    // id-pe-acmeIdentifier; an OCTET STRING of 32 bytes.
    let oid = "1.3.6.1.5.5.7.1.31";
    let proof = read.extensions().iter().find(|own| own.oid.to_id_string() == oid).unwrap();
    assert!(proof.critical);
    assert_eq!(proof.value, [&[4, 32][..], &[7; 32]].concat());
    assert!(read.validity().is_valid_at(
        x509_parser::time::ASN1Time::from_timestamp(i64::try_from(NOW_S).unwrap()).unwrap()
    ));
}

#[test]
fn it_is_read_as_a_challenge_alone() {
    let made = ChallengeCertificate::new("a.example", &[7; 32], NOW_S).unwrap();
    let (chain, key) = (made.chain_pem.as_bytes(), made.key_pem.as_bytes());
    assert!(Certificate::of_challenge(chain, key).is_ok());
    let refused = Certificate::from_pem(chain, key).unwrap_err();
    assert!(matches!(refused, CertificateFault::Certificate(_)), "{refused}");
    let empty = Certificate::of_challenge(b"", key).unwrap_err();
    assert!(matches!(empty, CertificateFault::NoCertificate), "{empty}");
    let keyless = Certificate::of_challenge(chain, b"").unwrap_err();
    assert!(matches!(keyless, CertificateFault::NoKey), "{keyless}");
    assert!(ChallengeCertificate::new("ä.example", &[7; 32], NOW_S).is_err());
    assert_eq!(format!("{made:?}"), "ChallengeCertificate");
}
