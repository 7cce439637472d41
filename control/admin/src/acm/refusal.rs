use crate::{Error, StoreError};

/// Why a call is refused: the name of an error of ACM's model, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `ValidationException`
    pub code: &'static str,
    /// What was wrong, and what was expected.
    pub message: String,
}

impl Refusal {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// A member breaks a constraint of the model, in the words that AWS's services have for it.
    pub(super) fn constraint(member: &str, rule: &str) -> Self {
        Self::invalid(format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: \
             Member must {rule}"
        ))
    }

    pub(super) fn unknown_operation(operation: &str) -> Self {
        let message = format!(
            "ringgate does not support acm's {operation}; it keeps certificates: \
             ImportCertificate, RequestCertificate, DescribeCertificate, GetCertificate, \
             ListCertificates, DeleteCertificate and the tags of certificates"
        );
        Self::new("UnknownOperationException", message)
    }

    /// True where it is no fault of the caller's.
    pub fn is_internal(&self) -> bool {
        self.code == "InternalFailure"
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } => Self::new("ConflictException", error.to_string()),
            StoreError::Unavailable(_) => Self::new("InternalFailure", error.to_string()),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::new("InternalFailure", error.message)
    }
}
