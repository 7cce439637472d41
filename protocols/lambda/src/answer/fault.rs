//! Why a function's answer is none for the client.

use std::fmt;

use serde::Deserialize;

use crate::limits::ERROR_MESSAGE_CHARS_MAX;

/// What was wrong. [`Self::status`] is what the client gets; the text, for
/// `$context.integrationErrorMessage`, is for the API's owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerFault {
    /// The function's concurrency is used up (429 of the Invoke API).
    Throttled,
    /// The Invoke API refused, or failed.
    Refused {
        /// Its status.
        status: u16,
    },
    /// The function failed.
    Function {
        /// `X-Amz-Function-Error`: `Unhandled`, `Handled`.
        kind: String,
        /// Its `errorType` and `errorMessage`, if it gave them; cut at a limit.
        message: String,
    },
    /// The answer is longer than it may be.
    TooLong {
        /// The limit that was passed.
        bytes_max: usize,
    },
    /// It is no JSON object.
    NotAnObject,
    /// It has a member that format 1.0 does not know.
    UnknownMember(String),
    /// It has no `statusCode`, in format 1.0.
    NoStatus,
    /// Its `statusCode` is no status of a response.
    StatusOutOfRange,
    /// A member, or a value in it, is of another type than it should be.
    WrongType(&'static str),
    /// A field's name is no token, or its value would end the line.
    BadField(String),
    /// The fields together are longer than they may be.
    FieldsTooLong {
        /// The limit that was passed.
        bytes_max: usize,
    },
    /// `isBase64Encoded` is true of a body that is no base64.
    NotBase64,
}

impl AnswerFault {
    /// The status that the client of an HTTP API gets: 503 with `Service Unavailable` if the
    /// function is throttled, else 500 with `Internal Server Error`.
    #[must_use]
    pub fn status(&self) -> u16 {
        if *self == Self::Throttled { 503 } else { 500 }
    }

    /// A function error; its payload says more if it is as Lambda's runtimes write it ("Lambda
    /// function errors", errorMessage and errorType).
    pub(crate) fn function(kind: &str, payload: &[u8]) -> Self {
        let error: FunctionError = serde_json::from_slice(payload).unwrap_or_default();
        let texts: Vec<_> = [error.error_type, error.error_message].into_iter().flatten().collect();
        let message = cut(&texts.join(": "));
        Self::Function { kind: cut(kind), message }
    }
}

/// Shortens a text that somebody else wrote, and takes away what would break a log line.
pub(super) fn cut(text: &str) -> String {
    let printable = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    printable.take(ERROR_MESSAGE_CHARS_MAX).collect()
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FunctionError {
    error_type: Option<String>,
    error_message: Option<String>,
}

impl fmt::Display for AnswerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MISMATCH: &str = "The response from the Lambda function doesn't match the format \
            that API Gateway expects.";
        match self {
            Self::Throttled => f.write_str("The Lambda function is throttled (429)."),
            // The guide's own words for a missing permission (the same page as below).
            Self::Refused { status: 403 } => f.write_str(
                "The IAM role configured on the integration or API Gateway doesn't have \
                 permissions to call the integration. Check the permissions and try again.",
            ),
            Self::Refused { status } => {
                write!(f, "The Lambda function could not be invoked: status {status}.")
            }
            Self::Function { kind, message } if message.is_empty() => {
                write!(f, "The Lambda function returned an error ({kind}).")
            }
            Self::Function { kind, message } => {
                write!(f, "The Lambda function returned an error ({kind}): {message}")
            }
            Self::TooLong { bytes_max } => {
                write!(f, "{MISMATCH} It is longer than {bytes_max} bytes")
            }
            Self::NotAnObject => write!(f, "{MISMATCH} It is not a JSON object"),
            Self::UnknownMember(name) => {
                write!(f, "{MISMATCH} Payload format 1.0 has no field \"{name}\"")
            }
            Self::NoStatus => write!(f, "{MISMATCH} It has no field \"statusCode\""),
            Self::StatusOutOfRange => {
                write!(f, "{MISMATCH} The field \"statusCode\" is not between 200 and 599")
            }
            // The guide's own words ("Troubleshooting issues with HTTP API Lambda integrations").
            Self::WrongType(member) => {
                write!(f, "{MISMATCH} Lambda body contains the wrong type for field \"{member}\"")
            }
            Self::BadField(name) => {
                write!(f, "{MISMATCH} The header \"{name}\" has a name or value HTTP forbids")
            }
            Self::FieldsTooLong { bytes_max } => {
                write!(f, "{MISMATCH} Its headers are longer than {bytes_max} bytes")
            }
            Self::NotBase64 => write!(f, "{MISMATCH} The field \"body\" is not valid base64"),
        }
    }
}

impl std::error::Error for AnswerFault {}
