use std::fmt;

use ringgate_table::CompileError;

use crate::StoreError;

/// Why a call is refused: AWS's code and a sentence for the person who made it (spec section 1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The code of the `x-amzn-ErrorType` field.
    pub code: Code,
    /// What was wrong, where, and what was expected.
    pub message: String,
}

/// The error codes that the operations answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The request breaks a rule of the service or a constraint of its model.
    BadRequest,
    /// A JSON value of the wrong type, or no JSON (an unmodelled code, as on AWS).
    Serialization,
    /// What AWS answers for a path that names no operation.
    MissingAuthenticationToken,
    /// What no policy of the caller allows, or what one denies.
    AccessDenied,
    /// The resource is not there, or belongs to another scope.
    NotFound,
    /// The change contradicts what is there.
    Conflict,
    /// The body is longer than a management request may be.
    TooLarge,
    /// A limit of [`ringgate_model::limits`].
    TooManyRequests,
    /// The store failed, or holds what cannot be read. Nothing the caller can do.
    InternalFailure,
}

impl Code {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest | Self::Serialization => 400,
            Self::MissingAuthenticationToken | Self::AccessDenied => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::TooManyRequests => 429,
            Self::InternalFailure => 500,
        }
    }

    /// The value of `x-amzn-ErrorType`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BadRequestException",
            Self::Serialization => "SerializationException",
            Self::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Self::AccessDenied => "AccessDeniedException",
            Self::NotFound => "NotFoundException",
            Self::Conflict => "ConflictException",
            Self::TooLarge => "RequestEntityTooLargeException",
            Self::TooManyRequests => "TooManyRequestsException",
            Self::InternalFailure => "InternalFailure",
        }
    }
}

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(Code::Conflict, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(Code::InternalFailure, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Error {}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            // AWS's words for a lost race (hashicorp/terraform-provider-aws#40575).
            StoreError::Conflict { .. } => Self::conflict(
                "Unable to complete operation due to concurrent modification. Please try again \
                 later.",
            ),
            StoreError::Unavailable(_) => Self::internal(error.to_string()),
        }
    }
}

impl From<CompileError> for Error {
    fn from(error: CompileError) -> Self {
        Self::bad_request(format!("This change cannot go live: {error}"))
    }
}
