use std::error::Error;
use std::fmt::{self, Write};

use rustls::pki_types::{CertificateDer, pem::PemObject};
use x509_parser::asn1_rs::{Oid, ToDer};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::AlgorithmIdentifier;

use crate::distinguished_name as dn;
use crate::limits::{CERTIFICATE_BYTES_MAX, NAMES_MAX};
use crate::provider::provider;
use crate::{KeyUsages, Validity};

/// What a certificate says (RFC 5280 section 4.1), for whoever shows or judges it. Nothing in it is
/// vouched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct X509 {
    /// Whom it names, as RFC 4514 writes that: `CN=a.example.com,O=Example,C=US`.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// The first common name of the subject.
    pub common_name: Option<String>,
    /// What people call the issuer: its organization, else its common name.
    pub issuer_name: Option<String>,
    /// The serial number, with the zero in front that keeps it positive taken away.
    pub serial: Vec<u8>,
    /// From when until when it is valid.
    pub validity: Validity,
    /// The DNS names it is for (`subjectAltName`), in lower case; [`NAMES_MAX`] at most.
    pub dns_names: Vec<String>,
    /// The kind and size of its key.
    pub key: PublicKeyKind,
    /// What it was signed with: `SHA256WITHRSA`, as AWS's ACM says it.
    pub signature_algorithm: &'static str,
    /// What its key may be used for.
    pub usages: KeyUsages,
    /// True where it says that it may issue others.
    pub is_ca: bool,
    /// The names of subject and issuer, as they are compared.
    subject_der: Vec<u8>,
    issuer_der: Vec<u8>,
    signed: Signed,
}

/// A key by kind and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicKeyKind {
    /// RSA with so many bits.
    Rsa(usize),
    /// ECDSA on a curve, by the name that NIST or SECG gives it.
    Ec(&'static str),
    /// Anything else.
    Other,
}

/// What its signature is about, and the key that it vouches for.
#[derive(Clone, PartialEq, Eq)]
struct Signed {
    message: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
    key_algorithm: Vec<u8>,
    key: Vec<u8>,
}

impl X509 {
    /// Reads a certificate in DER, all of `der`.
    ///
    /// # Errors
    /// [`X509Fault`], where it is none, or longer than [`CERTIFICATE_BYTES_MAX`].
    pub fn from_der(der: &[u8]) -> Result<Self, X509Fault> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(X509Fault);
        }
        let (rest, read) = X509Certificate::from_der(der).map_err(|_| X509Fault)?;
        // A signature is whole bytes, of every kind there is.
        if !rest.is_empty() || read.signature_value.unused_bits != 0 {
            return Err(X509Fault);
        }
        let time = |time: &x509_parser::time::ASN1Time| u64::try_from(time.timestamp());
        let validity = read.validity();
        Ok(Self {
            subject: dn::text(read.subject()),
            issuer: dn::text(read.issuer()),
            common_name: dn::common_name(read.subject()),
            issuer_name: dn::organization(read.issuer()).or_else(|| dn::common_name(read.issuer())),
            serial: serial(read.raw_serial()),
            validity: Validity {
                not_before_s: time(&validity.not_before).unwrap_or(0),
                not_after_s: time(&validity.not_after).unwrap_or(0),
            },
            dns_names: dns_names(&read),
            key: PublicKeyKind::of(&read),
            signature_algorithm: signature_name(&read.signature_algorithm.algorithm),
            usages: KeyUsages::of(&read),
            is_ca: read.is_ca(),
            subject_der: read.subject().as_raw().to_vec(),
            issuer_der: read.issuer().as_raw().to_vec(),
            signed: Signed::of(&read),
        })
    }

    /// Reads every certificate in a PEM text, and at most `max`.
    ///
    /// # Errors
    /// [`X509Fault`]: not PEM, a certificate in it that is none, or more than `max`.
    pub fn all_from_pem(pem: &[u8], max: usize) -> Result<Vec<Self>, X509Fault> {
        let mut all = Vec::new();
        for der in CertificateDer::pem_slice_iter(pem) {
            if all.len() >= max {
                return Err(X509Fault);
            }
            all.push(Self::from_der(&der.map_err(|_| X509Fault)?)?);
        }
        Ok(all)
    }

    /// True where it names its own issuer as whom it names.
    pub fn is_self_issued(&self) -> bool {
        self.subject_der == self.issuer_der
    }

    /// True where `issuer` bears the name of its issuer and made its signature. Signatures that are
    /// not secure (MD5, SHA-1, RSA below 2048 bits) count as none.
    pub fn is_signed_by(&self, issuer: &Self) -> bool {
        self.issuer_der == issuer.subject_der && self.signed.is_signed_with(&issuer.signed)
    }

    /// The serial number in hexadecimal pairs: `0a:1b`.
    pub fn serial_text(&self) -> String {
        let mut text = String::with_capacity(self.serial.len() * 3);
        for (at, byte) in self.serial.iter().enumerate() {
            if at > 0 {
                text.push(':');
            }
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

impl Signed {
    fn of(read: &X509Certificate<'_>) -> Self {
        let key = read.public_key();
        Self {
            message: read.tbs_certificate.as_ref().to_vec(),
            algorithm: encoded(&read.signature_algorithm),
            signature: read.signature_value.data.to_vec(),
            key_algorithm: encoded(&key.algorithm),
            key: key.subject_public_key.data.to_vec(),
        }
    }

    fn is_signed_with(&self, issuer: &Self) -> bool {
        let algorithms = provider().signature_verification_algorithms;
        algorithms.all.iter().any(|algorithm| {
            algorithm.signature_alg_id().as_ref() == self.algorithm
                && algorithm.public_key_alg_id().as_ref() == issuer.key_algorithm
                && algorithm.verify_signature(&issuer.key, &self.message, &self.signature).is_ok()
        })
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signed")
    }
}

/// What stands inside the `AlgorithmIdentifier`, as verifiers name theirs.
fn encoded(algorithm: &AlgorithmIdentifier<'_>) -> Vec<u8> {
    let mut out = algorithm.algorithm.to_der_vec().unwrap_or_default();
    if let Some(parameters) = &algorithm.parameters {
        out.extend(parameters.to_der_vec().unwrap_or_default());
    }
    out
}

impl PublicKeyKind {
    fn of(read: &X509Certificate<'_>) -> Self {
        let key = read.public_key();
        match key.parsed() {
            Ok(PublicKey::RSA(rsa)) => Self::Rsa(modulus_bits(rsa.modulus)),
            Ok(PublicKey::EC(_)) => {
                let parameters = key.algorithm.parameters.as_ref();
                let curve = parameters.and_then(|any| any.as_oid().ok());
                curve.and_then(|oid| curve_name(&oid)).map_or(Self::Other, Self::Ec)
            }
            _ => Self::Other,
        }
    }
}

fn modulus_bits(modulus: &[u8]) -> usize {
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let rest = modulus.get(zeros..).unwrap_or_default();
    let high = rest.first().map_or(0, |byte| byte.leading_zeros() as usize);
    rest.len().saturating_mul(8).saturating_sub(high)
}

fn curve_name(oid: &Oid<'_>) -> Option<&'static str> {
    match oid.to_id_string().as_str() {
        "1.2.840.10045.3.1.7" => Some("prime256v1"),
        "1.3.132.0.34" => Some("secp384r1"),
        "1.3.132.0.35" => Some("secp521r1"),
        _ => None,
    }
}

fn signature_name(oid: &Oid<'_>) -> &'static str {
    match oid.to_id_string().as_str() {
        "1.2.840.113549.1.1.4" => "MD5WITHRSA",
        "1.2.840.113549.1.1.5" => "SHA1WITHRSA",
        "1.2.840.113549.1.1.10" => "RSASSA-PSS",
        "1.2.840.113549.1.1.11" => "SHA256WITHRSA",
        "1.2.840.113549.1.1.12" => "SHA384WITHRSA",
        "1.2.840.113549.1.1.13" => "SHA512WITHRSA",
        "1.2.840.10045.4.1" => "SHA1WITHECDSA",
        "1.2.840.10045.4.3.2" => "SHA256WITHECDSA",
        "1.2.840.10045.4.3.3" => "SHA384WITHECDSA",
        "1.2.840.10045.4.3.4" => "SHA512WITHECDSA",
        "1.3.101.112" => "ED25519",
        _ => "UNKNOWN",
    }
}

fn serial(raw: &[u8]) -> Vec<u8> {
    match raw {
        [0, rest @ ..] if !rest.is_empty() => rest.to_vec(),
        whole => whole.to_vec(),
    }
}

fn dns_names(read: &X509Certificate<'_>) -> Vec<String> {
    let names = read.subject_alternative_name().ok().flatten();
    let names = names.iter().flat_map(|extension| &extension.value.general_names);
    let dns = names.filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
        _ => None,
    });
    dns.take(NAMES_MAX).collect()
}

/// What is no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct X509Fault;

impl fmt::Display for X509Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an X.509 certificate")
    }
}

impl Error for X509Fault {}
