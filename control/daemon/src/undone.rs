use ringgate_admin::{Answer, Code, Error};
use tokio::task::JoinError;

use crate::limits::WRITES_QUEUED_MAX;

/// Why there is no answer of an operation.
#[derive(Debug, thiserror::Error)]
pub enum Undone {
    /// [`WRITES_QUEUED_MAX`]; nothing was done.
    #[error("{WRITES_QUEUED_MAX} changes are waiting already. Please try again later.")]
    Busy,
    /// It panicked: nothing is known of it, nobody else is harmed.
    #[error("The call failed inside ringgate-control; its log says where.")]
    Failed,
    /// The audit log takes no records; nothing was done.
    #[error("Nothing was changed, because the audit log cannot be written: {0}.")]
    NoAudit(String),
    /// It was done, and is not in the audit log yet.
    #[error(
        "The change was made, but the audit log cannot be written: {0}. Its record is kept until \
         it can."
    )]
    Unrecorded(String),
}

impl From<JoinError> for Undone {
    fn from(error: JoinError) -> Self {
        tracing::error!(%error, "a call failed");
        Self::Failed
    }
}

impl From<Undone> for Error {
    fn from(undone: Undone) -> Self {
        let code = match undone {
            Undone::Busy => Code::TooManyRequests,
            Undone::Failed | Undone::NoAudit(_) | Undone::Unrecorded(_) => Code::InternalFailure,
        };
        Self { code, message: undone.to_string() }
    }
}

impl From<Undone> for Answer {
    fn from(undone: Undone) -> Self {
        let Error { code, message } = undone.into();
        Self {
            status: code.status(),
            error_type: Some(code.as_str()),
            body: serde_json::json!({ "message": message }).to_string().into_bytes(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_is_answered_as_aws_throttles() {
        let answer = Answer::from(Undone::Busy);
        assert_eq!((answer.status, answer.error_type), (429, Some("TooManyRequestsException")));
        assert_eq!(
            String::from_utf8(answer.body).unwrap(),
            r#"{"message":"1024 changes are waiting already. Please try again later."}"#
        );
    }
}
