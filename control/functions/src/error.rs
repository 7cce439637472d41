use std::fmt;

/// Why a request is not carried out, as the API of Lambda says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// `ResourceNotFoundException` and its like.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// What AWS sends beside the message, where it does: `Reason`.
    pub reason: Option<&'static str>,
}

impl ApiError {
    /// An error with this status, code and message.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), reason: None }
    }

    /// 400: a value that may not be.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameterValueException", message)
    }

    /// 400: a value that breaks the model.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationException", message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "ResourceNotFoundException", message)
    }

    /// 409.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "ResourceConflictException", message)
    }

    /// 412: a `RevisionId` that is not the latest.
    pub fn precondition() -> Self {
        Self::new(
            412,
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the \
             GetFunction/GetAlias API to retrieve the latest Revision Id",
        )
    }

    /// 413: a body past its limit, which has this many bytes.
    pub fn too_large(bytes: usize, limit: usize) -> Self {
        let message =
            format!("{bytes} byte payload is too large for the operation (limit {limit} bytes)");
        Self::new(413, "RequestTooLargeException", message)
    }

    /// 429 with AWS's `Reason`.
    pub fn throttled(reason: &'static str) -> Self {
        let error = Self::new(429, "TooManyRequestsException", "Rate Exceeded.");
        Self { reason: Some(reason), ..error }
    }

    /// 500.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "ServiceException", message)
    }

    /// 501: an operation or a member that this host does not have.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(501, "NotImplementedException", message)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ApiError {}
