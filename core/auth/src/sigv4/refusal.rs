use std::fmt;

/// AWS's codes for a request that does not authenticate; all are answered 403 (spec section 1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// Nothing in the request says who is calling.
    MissingAuthenticationToken,
    /// There is a signature, but it cannot be read or lacks something it must cover.
    IncompleteSignature,
    /// The signature is well-formed and wrong, too old, too new or for another service.
    InvalidSignature,
    /// The access key is not known here.
    UnrecognizedClient,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which of AWS's codes.
    pub kind: RefusalKind,
    /// For a person: what was wrong and what was expected.
    pub message: String,
}

impl Refusal {
    /// The answer to a request that carries no signature.
    pub fn missing() -> Self {
        Self {
            kind: RefusalKind::MissingAuthenticationToken,
            message: "Missing Authentication Token".to_owned(),
        }
    }

    /// The answer to a signature by a key that is not known (AWS's own wording).
    pub fn unrecognized() -> Self {
        Self {
            kind: RefusalKind::UnrecognizedClient,
            message: "The security token included in the request is invalid.".to_owned(),
        }
    }

    pub(super) fn incomplete(message: impl Into<String>) -> Self {
        Self { kind: RefusalKind::IncompleteSignature, message: message.into() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { kind: RefusalKind::InvalidSignature, message: message.into() }
    }

    /// The value of `x-amzn-ErrorType`.
    pub fn code(&self) -> &'static str {
        match self.kind {
            RefusalKind::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            RefusalKind::IncompleteSignature => "IncompleteSignatureException",
            RefusalKind::InvalidSignature => "InvalidSignatureException",
            RefusalKind::UnrecognizedClient => "UnrecognizedClientException",
        }
    }

    /// The HTTP status, the same for all.
    pub fn status(&self) -> u16 {
        403
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message)
    }
}

impl std::error::Error for Refusal {}
