use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::ApiError;

/// One call of a function.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// `x-amzn-RequestId`, and what the runtime knows it by.
    pub(crate) request_id: String,
    /// The function as the caller named it.
    pub(crate) invoked_arn: String,
    /// The event.
    pub(crate) payload: Bytes,
    /// `X-Amz-Client-Context`, decoded: JSON.
    pub(crate) client_context: Option<String>,
    /// `X-Amzn-Trace-Id`
    pub(crate) trace_id: Option<String>,
    /// The end of the log is wanted.
    pub(crate) tail: bool,
    /// The answer may come in parts.
    pub(crate) streamed: bool,
    /// Where it goes. Whoever went away is not served any more, unless it has begun.
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// What came of an invocation.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Everything at once.
    Whole(Outcome),
    /// The function began to stream.
    Stream(Stream),
    /// It never ran.
    Refused(ApiError),
}

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The answer, or the error as JSON.
    pub(crate) payload: Bytes,
    /// The type of the error, where it is one.
    pub(crate) error: Option<String>,
    /// The end of the log, where it was wanted.
    pub(crate) log_tail: Option<Bytes>,
}

/// An answer in parts.
#[derive(Debug)]
pub(crate) struct Stream {
    /// The parts, [`Part::End`] the last of them. Without it the function broke off.
    pub(crate) parts: mpsc::Receiver<Part>,
}

/// A part of an answer.
#[derive(Debug)]
pub(crate) enum Part {
    /// Some of its bytes.
    Chunk(Bytes),
    /// All is said.
    End {
        /// Type and text of the error that ended it, where one did.
        error: Option<(String, String)>,
        /// The end of the log, where it was wanted.
        log_tail: Option<Bytes>,
    },
}

impl Outcome {
    /// An error as AWS words it: a JSON object of type and message.
    pub(crate) fn error(kind: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let payload = serde_json::json!({ "errorType": kind, "errorMessage": message });
        let payload = Bytes::from(payload.to_string());
        Self { payload, error: Some(kind.to_owned()), ..Self::default() }
    }
}
