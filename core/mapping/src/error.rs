use std::fmt;

use crate::limits::{JSON_PATH_STEPS_MAX, STATUS_MAX, STATUS_MIN};

/// Why a mapping is refused when it is made.
///
/// The words are AWS's where they are known (a key: hashicorp/terraform-provider-aws#17997; a
/// status code and a reserved header: as people quote them). AWS puts them between
/// `Invalid mapping expression specified: Validation Result: warnings : [], errors : [` and `]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappingError {
    /// A key of `requestParameters` that says nothing that can be done.
    RequestKey(String),
    /// A key of one status code's `responseParameters`.
    ResponseKey(String),
    /// A header field that is out of reach.
    Reserved(String),
    /// The Host field can be overwritten, not appended to and not removed: a request has one.
    Host(String),
    /// No status code that an answer can be mapped to or by.
    StatusCode(String),
    /// A value that is no expression, and why.
    Expression {
        /// The value.
        value: String,
        /// The rule it breaks.
        reason: String,
    },
}

impl MappingError {
    pub(crate) fn expression(value: &str, reason: impl Into<String>) -> Self {
        Self::Expression { value: value.to_owned(), reason: reason.into() }
    }
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestKey(key) => write!(
                f,
                "Invalid Request Actioned Parameter destination specified: {key}; expected \
                 append, overwrite or remove:header.{{name}} or :querystring.{{name}}, or \
                 overwrite:path"
            ),
            Self::ResponseKey(key) => write!(
                f,
                "Invalid Response Actioned Parameter destination specified: {key}; expected \
                 append, overwrite or remove:header.{{name}}, or overwrite:statuscode"
            ),
            Self::Reserved(name) => write!(f, "Operations on header {name} are restricted"),
            Self::Host(key) => write!(
                f,
                "Operations on header host are restricted: it can be overwritten, which {key} \
                 does not ask for"
            ),
            Self::StatusCode(status) => write!(
                f,
                "Status Code {status} is not valid: expected {STATUS_MIN} to {STATUS_MAX}"
            ),
            Self::Expression { value, reason } => {
                write!(f, "Invalid mapping expression specified: {value}: {reason}")
            }
        }
    }
}

impl std::error::Error for MappingError {}

/// What a JSON path may not have.
pub(crate) fn too_many_steps() -> String {
    format!("a JSON path has at most {JSON_PATH_STEPS_MAX} steps")
}
