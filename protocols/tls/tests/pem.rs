//! Certificates and keys in PEM, good and bad.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod support;

use ringgate_tls::limits::{CHAIN_CERTIFICATES_MAX, PEM_BYTES_MAX};
use ringgate_tls::{Certificate, KeyType};
use support::{NOW_S, certificate};

const RSA: &[u8] = include_bytes!("data/rsa.crt");
const RSA_PKCS1: &[u8] = include_bytes!("data/rsa.pkcs1.key");
const RSA_PKCS8: &[u8] = include_bytes!("data/rsa.pkcs8.key");
const RSA_ENCRYPTED: &[u8] = include_bytes!("data/rsa.encrypted.key");
const P256: &[u8] = include_bytes!("data/p256.crt");
const P256_SEC1: &[u8] = include_bytes!("data/p256.sec1.key");
const NAMELESS: &[u8] = include_bytes!("data/nameless.crt");
const ED25519: &[u8] = include_bytes!("data/ed25519.crt");
const ED25519_KEY: &[u8] = include_bytes!("data/ed25519.key");

#[test]
fn every_form_of_key() {
    for (chain, key, kind, name) in [
        (RSA, RSA_PKCS1, KeyType::Rsa, "rsa.test"),
        (RSA, RSA_PKCS8, KeyType::Rsa, "rsa.test"),
        (P256, P256_SEC1, KeyType::Ecdsa, "p256.test"),
        (ED25519, ED25519_KEY, KeyType::Ed25519, "ed25519.test"),
    ] {
        let certificate = Certificate::from_pem(chain, key).unwrap();
        assert_eq!(certificate.key_type(), kind);
        assert_eq!(certificate.names().next(), Some(name));
        assert!(certificate.validity().contains(NOW_S));
    }
    let nameless = Certificate::from_pem(NAMELESS, P256_SEC1).unwrap();
    assert_eq!(nameless.names().count(), 0, "a common name is no name (RFC 9525 section 2)");
}

#[test]
fn text_around_and_chains() {
    let text = [b"Bag Attributes\n  none\r\n", P256, b"\nand\n", RSA, P256_SEC1].concat();
    let certificate = Certificate::from_pem(&text, &text).unwrap();
    assert_eq!(certificate.names().collect::<Vec<_>>(), ["p256.test"]);
    assert!(Certificate::from_pem(&P256.repeat(CHAIN_CERTIFICATES_MAX), P256_SEC1).is_ok());
}

#[test]
fn expired_certificates_are_taken_and_told() {
    let year_s = 365 * 24 * 3600;
    let old = ringgate_tls::self_signed(&["old.test"], NOW_S - 10 * year_s).unwrap();
    assert!(!certificate(&old).validity().contains(NOW_S));
    // UTCTime begins in 1950, GeneralizedTime in 2050 (RFC 5280 section 4.1.2.5).
    for now_s in [24 * 3600, 20 * year_s, 70 * year_s, 100 * year_s, 7000 * year_s] {
        let made = ringgate_tls::self_signed(&["any.test"], now_s).unwrap();
        let validity = certificate(&made).validity();
        assert!(validity.contains(now_s), "{now_s}: {validity:?}");
        assert!(!validity.contains(now_s + 3 * year_s), "{now_s}: {validity:?}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    let said =
        |chain: &[u8], key: &[u8]| Certificate::from_pem(chain, key).unwrap_err().to_string();
    let broken = b"-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n";
    let not_der = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let unended = P256.strip_suffix(b"-----END CERTIFICATE-----\n").unwrap();
    let starts = [
        (said(RSA, P256_SEC1), "the private key is not that of the chain's first certificate"),
        (said(&[RSA, P256].concat(), P256_SEC1), "the private key is not that of the chain's"),
        (said(b"", P256_SEC1), "no certificate in the chain; expected BEGIN CERTIFICATE"),
        (said(P256_SEC1, P256_SEC1), "no certificate in the chain"),
        (said(broken, P256_SEC1), "the certificate chain is not PEM: "),
        (said(unended, P256_SEC1), "the certificate chain is not PEM: "),
        (said(not_der, P256_SEC1), "the first certificate of the chain cannot be read: "),
        (said(P256, b""), "no private key; expected BEGIN PRIVATE KEY"),
        (said(P256, P256), "no private key"),
        (said(RSA, RSA_ENCRYPTED), "no private key; expected BEGIN PRIVATE KEY, EC PRIVATE KEY"),
        (
            said(&P256.repeat(CHAIN_CERTIFICATES_MAX + 1), P256_SEC1),
            "more than 10 certificates in the chain",
        ),
        (said(P256, &vec![b'\n'; PEM_BYTES_MAX + 1]), "longer than 262144 bytes"),
        (said(&vec![b'\n'; PEM_BYTES_MAX + 1], P256_SEC1), "longer than 262144 bytes"),
    ];
    for (said, start) in starts {
        assert!(said.starts_with(start), "{said}");
    }
    let cut = b"-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n";
    assert!(said(P256, cut).starts_with("the private key cannot be used: "));
}
