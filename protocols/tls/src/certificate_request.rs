use rcgen::{
    CertificateParams, DistinguishedName, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_RSA_SHA256, RsaKeySize,
};
use zeroize::Zeroizing;

use crate::{PublicKeyKind, SelfSignedFault};

/// A request for a certificate (RFC 2986), with the key that it is about.
pub struct CertificateRequest {
    /// In DER.
    pub der: Vec<u8>,
    /// The private key (PKCS#8, PEM).
    pub key_pem: Zeroizing<String>,
}

impl CertificateRequest {
    /// Makes a key of this kind (RSA of 2048 bits, ECDSA on P-256 or P-384) and a request for
    /// `names`.
    ///
    /// # Errors
    /// A name that is none, or another kind of key.
    pub fn new(names: &[String], kind: PublicKeyKind) -> Result<Self, SelfSignedFault> {
        let key = match kind {
            PublicKeyKind::Rsa(2048) => {
                KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?
            }
            PublicKeyKind::Ec("secp384r1") => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?,
            PublicKeyKind::Ec("prime256v1") => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?,
            _ => return Err(rcgen::Error::KeyGenerationUnavailable.into()),
        };
        let mut params = CertificateParams::new(names)?;
        // Authorities take the names from subjectAltName.
        params.distinguished_name = DistinguishedName::new();
        let request = params.serialize_request(&key)?;
        let key_pem = Zeroizing::new(key.serialize_pem());
        Ok(Self { der: request.der().to_vec(), key_pem })
    }
}

impl std::fmt::Debug for CertificateRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CertificateRequest")
    }
}
