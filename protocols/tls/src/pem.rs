use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::X509Fault;

const LINE_CHARS: usize = 64;

/// A certificate in DER as PEM text (RFC 7468), with the line end behind it.
pub fn pem_of_certificate(der: &[u8]) -> String {
    let digits = BASE64_STANDARD.encode(der);
    let mut pem = String::with_capacity(digits.len() + digits.len() / LINE_CHARS + 64);
    pem.push_str("-----BEGIN CERTIFICATE-----\n");
    let mut rest = digits.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at_checked(LINE_CHARS).unwrap_or((rest, ""));
        pem.push_str(line);
        pem.push('\n');
        rest = more;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

/// The certificates of a PEM text alone, each as [`pem_of_certificate`] writes it: without the
/// comments and the keys that may stand between them.
///
/// # Errors
/// The text is not PEM.
pub fn pem_of_certificates(pem: &[u8]) -> Result<String, X509Fault> {
    let all = CertificateDer::pem_slice_iter(pem);
    all.map(|der| der.map(|der| pem_of_certificate(&der)).map_err(|_| X509Fault)).collect()
}
