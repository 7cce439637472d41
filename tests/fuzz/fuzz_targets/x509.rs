//! Any bytes as certificates: in DER, as the PEM of a chain, and as a truststore. They are read or
//! refused, what was read is no larger than what was given, none is signed by chance, and nobody is
//! let in by a truststore that does not hold the root.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringgate_tls::{CertificateDer, Truststore, X509, pem_of_certificates, self_signed};
use rustls::pki_types::pem::PemObject;
use std::sync::OnceLock;

const CERTIFICATES_MAX: usize = 4;
const NOW_S: u64 = 1_798_761_600;

fuzz_target!(|input: &[u8]| {
    if let Ok(read) = X509::from_der(input) {
        assert!(read.serial.len() <= input.len());
        let _ = (read.is_signed_by(&read), read.serial_text(), format!("{read:?}"));
        assert!(!read.subject.contains('\n') && !read.issuer.contains('\n'));
    }
    if let Ok(store) = Truststore::from_pem(input) {
        Truststore::warnings(input, NOW_S).unwrap();
        let stranger = [stranger().clone(), input.to_vec().into()];
        assert!(store.judge(&stranger, NOW_S).is_err());
    }
    let Ok(all) = X509::all_from_pem(input, CERTIFICATES_MAX) else { return };
    assert!(all.len() <= CERTIFICATES_MAX);
    let written = pem_of_certificates(input).unwrap();
    assert_eq!(X509::all_from_pem(written.as_bytes(), CERTIFICATES_MAX).unwrap(), all);
});

/// A certificate that no input can have made.
fn stranger() -> &'static CertificateDer<'static> {
    static STRANGER: OnceLock<CertificateDer<'static>> = OnceLock::new();
    STRANGER.get_or_init(|| {
        let made = self_signed(&["stranger"], NOW_S).unwrap();
        CertificateDer::from_pem_slice(made.chain_pem.as_bytes()).unwrap()
    })
}
