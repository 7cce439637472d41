//! Any bytes as certificates: in DER, and as the PEM of a chain or a truststore. They are read or
//! refused, what was read is no larger than what was given, and none is signed by chance.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringgate_tls::{X509, pem_of_certificates};

const CERTIFICATES_MAX: usize = 4;

fuzz_target!(|input: &[u8]| {
    if let Ok(read) = X509::from_der(input) {
        assert!(read.serial.len() <= input.len());
        let _ = (read.is_signed_by(&read), read.serial_text(), format!("{read:?}"));
        assert!(!read.subject.contains('\n') && !read.issuer.contains('\n'));
    }
    let Ok(all) = X509::all_from_pem(input, CERTIFICATES_MAX) else { return };
    assert!(all.len() <= CERTIFICATES_MAX);
    let written = pem_of_certificates(input).unwrap();
    assert_eq!(X509::all_from_pem(written.as_bytes(), CERTIFICATES_MAX).unwrap(), all);
});
