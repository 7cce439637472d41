use std::fmt;

use ringgate_admin::StoreError;
use serde_json::Value;

/// Why a call is refused: a code of the service models and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The code.
    pub code: Code,
    /// What was wrong, where, and what was expected.
    pub message: String,
}

/// The codes of errors that iam and sts answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No policy allows it, or one denies it.
    AccessDenied,
    /// Somebody else was faster.
    ConcurrentModification,
    /// Something still needs what is to go.
    DeleteConflict,
    /// There is one of that name.
    EntityAlreadyExists,
    /// No operation of that name.
    InvalidAction,
    /// What IAM calls an input out of range, and what is not built.
    InvalidInput,
    /// A quota.
    LimitExceeded,
    /// A document that is no policy.
    MalformedPolicyDocument,
    /// There is none of that name.
    NoSuchEntity,
    /// The policies of a session are too long together.
    PackedPolicyTooLarge,
    /// The store failed.
    ServiceFailure,
    /// A parameter breaks a constraint of the model.
    ValidationError,
}

impl Code {
    /// The code as it is answered.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDenied",
            Self::ConcurrentModification => "ConcurrentModification",
            Self::DeleteConflict => "DeleteConflict",
            Self::EntityAlreadyExists => "EntityAlreadyExists",
            Self::InvalidAction => "InvalidAction",
            Self::InvalidInput => "InvalidInput",
            Self::LimitExceeded => "LimitExceeded",
            Self::MalformedPolicyDocument => "MalformedPolicyDocument",
            Self::NoSuchEntity => "NoSuchEntity",
            Self::PackedPolicyTooLarge => "PackedPolicyTooLarge",
            Self::ServiceFailure => "ServiceFailure",
            Self::ValidationError => "ValidationError",
        }
    }

    /// The HTTP status that the service models give it.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidAction
            | Self::InvalidInput
            | Self::MalformedPolicyDocument
            | Self::PackedPolicyTooLarge
            | Self::ValidationError => 400,
            Self::AccessDenied => 403,
            Self::NoSuchEntity => 404,
            Self::ConcurrentModification
            | Self::DeleteConflict
            | Self::EntityAlreadyExists
            | Self::LimitExceeded => 409,
            Self::ServiceFailure => 500,
        }
    }
}

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// What nobody can help whose call it was.
    pub fn failure(message: impl Into<String>) -> Self {
        Self::new(Code::ServiceFailure, message)
    }

    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(Code::NoSuchEntity, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::ValidationError, message)
    }

    /// AWS's words for a value that breaks a constraint of the model.
    pub(crate) fn constraint(value: Option<&str>, member: &str, constraint: &str) -> Self {
        let value = value.map_or_else(|| "null".to_owned(), |value| format!("'{value}'"));
        let member = lower_first(member);
        Self::invalid(format!(
            "1 validation error detected: Value {value} at '{member}' failed to satisfy \
             constraint: Member must {constraint}"
        ))
    }

    pub(crate) fn quota(name: &str, max: usize) -> Self {
        Self::new(Code::LimitExceeded, format!("Cannot exceed quota for {name}: {max}"))
    }
}

/// `UserName` as messages and the audit log have it: `userName`.
pub(crate) fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

/// The same for every member, and those inside.
pub(crate) fn lower_first_all(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let lowered = members.into_iter();
            lowered.map(|(name, value)| (lower_first(&name), lower_first_all(value))).collect()
        }
        Value::Array(list) => list.into_iter().map(lower_first_all).collect(),
        other => other,
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
            StoreError::Conflict { .. } => Self::new(
                Code::ConcurrentModification,
                "The request was rejected because multiple requests to change this object were \
                 submitted simultaneously. Wait a few minutes and submit your request again.",
            ),
            StoreError::Unavailable(_) => Self::new(Code::ServiceFailure, error.to_string()),
        }
    }
}
