use std::fmt;

/// Why a client's certificate is not trusted.
///
/// The first three are AWS's words (knowledge center, "api-gateway-mutual-tls-403-errors"); AWS
/// answers 403 for them after a handshake that was completed. For the rest no source says what AWS
/// answers; here it is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// No way leads to a root of the truststore.
    NoIssuer,
    /// Signed with MD5, SHA-1 or something unknown, somewhere on the way.
    WeakSignature,
    /// It has issued itself, and is not in the truststore.
    SelfSigned,
    /// It, or one on the way, is no longer valid.
    Expired,
    /// It, or one on the way, is not valid yet.
    NotYetValid,
    /// Its issuer has taken it back.
    Revoked,
    /// A revocation list of its issuer is out of date.
    StaleRevocationList,
    /// It is not for clients (extended key usage).
    WrongPurpose,
    /// It is an authority's own.
    Authority,
    /// More than [`crate::limits::ISSUERS_OF_CLIENT_MAX`] issuers up to the root.
    ChainTooLong,
    /// Its key is RSA of less than 2048 bits, or of no kind that is taken.
    WeakKey,
    /// It, or one on the way, breaks a rule of RFC 5280.
    Malformed,
    /// None was shown.
    Missing,
}

impl Distrust {
    pub(crate) fn of(error: &webpki::Error, is_self_issued: bool) -> Self {
        use webpki::Error;
        match error {
            Error::UnknownIssuer if is_self_issued => Self::SelfSigned,
            Error::CaUsedAsEndEntity if is_self_issued => Self::SelfSigned,
            Error::UnknownIssuer
            | Error::InvalidSignatureForPublicKey
            | Error::EndEntityUsedAsCa
            | Error::PathLenConstraintViolated
            | Error::NameConstraintViolation => Self::NoIssuer,
            Error::CertExpired { .. } => Self::Expired,
            Error::CertNotValidYet { .. } => Self::NotYetValid,
            Error::CertRevoked => Self::Revoked,
            Error::CrlExpired { .. } => Self::StaleRevocationList,
            Error::RequiredEkuNotFoundContext(_) => Self::WrongPurpose,
            Error::CaUsedAsEndEntity => Self::Authority,
            Error::MaximumPathDepthExceeded => Self::ChainTooLong,
            error if is_about_signature(error) => Self::WeakSignature,
            _ => Self::Malformed,
        }
    }

    /// The reason, for logs.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoIssuer => "Could not find issuer for certificate",
            Self::WeakSignature => "Client cert using an insecure Signature Algorithm",
            Self::SelfSigned => "self signed certificate",
            Self::Expired => "certificate has expired",
            Self::NotYetValid => "certificate is not yet valid",
            Self::Revoked => "certificate revoked",
            Self::StaleRevocationList => "revocation list has expired",
            Self::WrongPurpose => "certificate is not for clients",
            Self::Authority => "certificate is an authority's own",
            Self::ChainTooLong => "certificate chain too long",
            Self::WeakKey => "Client cert using an insecure key",
            Self::Malformed => "certificate is malformed",
            Self::Missing => "no certificate",
        }
    }
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

fn is_about_signature(error: &webpki::Error) -> bool {
    use webpki::Error;
    matches!(
        error,
        Error::UnsupportedSignatureAlgorithmContext(_)
            | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
            | Error::SignatureAlgorithmMismatch
    )
}
