//! What certificates say, and who signed them.
#![allow(clippy::unwrap_used)] // allowed in tests, not in their helpers

use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use ringgate_tls::limits::CERTIFICATE_BYTES_MAX;
use ringgate_tls::{PublicKeyKind, X509, pem_of_certificate, pem_of_certificates, self_signed};

const NOW_S: u64 = 1_798_761_600;

/// An authority's certificate and one by it, in PEM; and another authority's of the same name.
fn family() -> [String; 3] {
    let authority = || {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::OrganizationName, "Ex, Inc.");
        params.distinguished_name.push(DnType::CommonName, " root+1");
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        (pem, Issuer::new(params, key))
    };
    let (root, issuer) = authority();
    let mut params = CertificateParams::new(vec!["A.Example".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "a\nb");
    params.serial_number = Some(vec![0x80, 1].into());
    let own = params.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap().pem();
    [root, own, authority().0]
}

fn read(pem: &str) -> X509 {
    X509::all_from_pem(pem.as_bytes(), 1).unwrap().remove(0)
}

#[test]
fn a_certificate_says_what_stands_in_it() {
    let [root, own, _] = family().map(|pem| read(&pem));
    assert_eq!(own.issuer, r"O=Ex\, Inc.,CN=\ root\+1");
    assert_eq!(own.issuer, root.subject);
    assert_eq!(own.issuer_name.as_deref(), Some("Ex, Inc."));
    assert_eq!(own.subject, r"CN=a\0ab", "no name breaks a line");
    assert_eq!(own.dns_names, ["a.example"]);
    assert_eq!(own.serial_text(), "80:01");
    assert_eq!(own.key, PublicKeyKind::Ec("prime256v1"));
    assert_eq!(own.signature_algorithm, "SHA256WITHECDSA");
    assert_eq!(root.usages.key, ["CERTIFICATE_SIGNING"]);
    assert!(root.is_ca && root.is_self_issued() && !own.is_ca && !own.is_self_issued());
    let made = read(&self_signed(&["x.test"], NOW_S).unwrap().chain_pem);
    assert!(made.validity.contains(NOW_S));
    assert_eq!(made.usages.extended[0].0, "TLS_WEB_SERVER_AUTHENTICATION");
}

#[test]
fn a_signature_is_its_issuers_alone() {
    let [root, own, other] = family().map(|pem| read(&pem));
    assert!(own.is_signed_by(&root) && root.is_signed_by(&root));
    assert!(!own.is_signed_by(&other), "another key under the same name");
    assert!(!own.is_signed_by(&own) && !root.is_signed_by(&own));
}

#[test]
fn a_changed_certificate_is_not_signed() {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let [root, own, _] = family();
    let (root, der) = (read(&root), CertificateDer::from_pem_slice(own.as_bytes()).unwrap());
    // The name of the algorithm behind what is signed is not signed itself.
    let name = [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    let unsigned = der.windows(name.len()).rposition(|window| window == name).unwrap();
    let mut still = 0;
    for at in (0..der.len()).filter(|at| !(unsigned..unsigned + name.len()).contains(at)) {
        let mut changed = der.to_vec();
        changed[at] ^= 1;
        if let Ok(changed) = X509::from_der(&changed) {
            still += 1;
            assert!(!changed.is_signed_by(&root), "byte {at}");
        }
    }
    assert!(still > 100, "most changes leave a certificate that can be read: {still}");
}

#[test]
fn pem_is_written_as_it_is_read() {
    let [root, own, _] = family();
    let text = format!("a comment\n{own}\nanother\n{root}");
    let written = pem_of_certificates(text.as_bytes()).unwrap();
    assert_eq!(X509::all_from_pem(written.as_bytes(), 2).unwrap(), [read(&own), read(&root)]);
    assert!(X509::all_from_pem(written.as_bytes(), 1).is_err(), "more than asked for");
    assert_eq!(pem_of_certificates(written.as_bytes()).unwrap(), written);
    assert!(written.lines().all(|line| line.len() <= 64));
    let empty = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
    assert_eq!(pem_of_certificate(b""), empty);
}

#[test]
fn what_is_too_long_is_not_read() {
    assert!(X509::from_der(&vec![0x30; CERTIFICATE_BYTES_MAX + 1]).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = X509::from_der(&bytes);
        let _ = X509::all_from_pem(pem_of_certificate(&bytes).as_bytes(), 1);
        let _ = X509::all_from_pem(&bytes, 3);
    }
}
