use std::fmt;

use rcgen::{
    CertificateParams, CustomExtension, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256,
};
use zeroize::Zeroizing;

use crate::SelfSignedFault;
use crate::self_signed::span;

/// What answers an authority that looks whether a name is proved (RFC 8737 section 3): shown in a
/// handshake of `acme-tls/1` alone.
pub struct ChallengeCertificate {
    /// The certificate, in PEM, signed by itself.
    pub chain_pem: String,
    /// Its private key (PKCS#8, PEM), on P-256, made for it alone.
    pub key_pem: Zeroizing<String>,
}

impl ChallengeCertificate {
    /// Makes one for `name` and nothing else. `digest` is the SHA-256 of the key authorization (RFC
    /// 8555 section 8.1), which stands in it as the critical extension acmeIdentifier.
    ///
    /// # Errors
    /// A name that is none, or a time that cannot stand in a certificate.
    pub fn new(name: &str, digest: &[u8; 32], now_s: u64) -> Result<Self, SelfSignedFault> {
        let mut params = CertificateParams::new([name.to_owned()])?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "ACME challenge");
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        (params.not_before, params.not_after) = span(now_s).ok_or(SelfSignedFault::Time)?;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let chain_pem = params.self_signed(&key)?.pem();
        Ok(Self { chain_pem, key_pem: Zeroizing::new(key.serialize_pem()) })
    }
}

impl fmt::Debug for ChallengeCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChallengeCertificate")
    }
}
