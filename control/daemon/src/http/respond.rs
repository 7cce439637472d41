use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use hyper::{Response, StatusCode};
use ringgate_admin::{Answer, Error};
use ringgate_auth::sigv4::Refusal;
use ringgate_iam::CredentialError;
use serde::Serialize;

use crate::control::Answered;
use crate::{KeyError, Live};

/// What every handler gives: bodies are whole and small.
pub(super) type Reply = Response<Full<Bytes>>;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const LIVE: HeaderName = HeaderName::from_static("x-ringgate-live");
/// What the changed API asks for that its traffic cannot do yet.
const NOT_YET: HeaderName = HeaderName::from_static("x-ringgate-not-yet");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Longest `x-ringgate-live`, in bytes: a refusal may quote a long path.
const LIVE_BYTES_MAX: usize = 1024;

/// An answer with this status, type and body.
fn reply(status: u16, content_type: HeaderValue, body: impl Into<Bytes>) -> Reply {
    let body = body.into();
    let mut reply = Response::new(Full::new(body.clone()));
    *reply.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if !body.is_empty() {
        reply.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    reply
}

/// The same with the id of its request, which the audit log has too; one that is passed on from
/// elsewhere has its own.
pub(super) fn identified(mut reply: Reply, request_id: &str) -> Reply {
    if let Ok(id) = HeaderValue::try_from(request_id) {
        reply.headers_mut().entry(REQUEST_ID).or_insert(id);
    }
    reply
}

/// An answer whose body is there as text.
pub(super) fn document(status: u16, content_type: &'static str, body: String) -> Reply {
    reply(status, HeaderValue::from_static(content_type), body)
}

/// A JSON answer.
pub(super) fn json(status: u16, value: &impl Serialize) -> Reply {
    match serde_json::to_vec(value) {
        Ok(body) => reply(status, JSON, body),
        Err(error) => Fault::internal(error.to_string()).into(),
    }
}

/// An XML answer.
pub(super) fn xml(status: u16, body: String) -> Reply {
    document(status, "text/xml", body)
}

/// Plain text in the exposition format of Prometheus.
pub(super) fn metrics(text: String) -> Reply {
    reply(200, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"), text)
}

/// Why a request is not carried out, as rest-json says it: a code and a sentence.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequestException", message)
    }

    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "InternalFailure", message)
    }

    /// By rest-json: the code in a header, the message in the body.
    pub(super) fn rest_json(&self) -> Reply {
        let body = serde_json::json!({ "message": self.message }).to_string();
        let mut reply = reply(self.status, JSON, body);
        reply.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(self.code));
        reply
    }

    /// By the query protocol: both in the XML of the body.
    pub(super) fn query(&self, code: &str, namespace: &str, request_id: &str) -> Reply {
        let body = ringgate_iam::refusal(namespace, code, &self.message, request_id);
        xml(self.status, body)
    }
}

impl From<Fault> for Reply {
    fn from(fault: Fault) -> Self {
        fault.rest_json()
    }
}

/// A request that did not authenticate.
impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.status(), refusal.code(), refusal.message)
    }
}

/// A key that lets nobody in.
impl From<CredentialError> for Fault {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Invalid => Refusal::unrecognized().into(),
            CredentialError::Expired => Self::new(403, "ExpiredTokenException", error.to_string()),
            CredentialError::Store(_) => Self::internal(error.to_string()),
        }
    }
}

/// An operation that failed outside [`ringgate_admin::Admin::call`].
impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::new(error.code.status(), error.code.as_str(), error.message)
    }
}

/// A key that was not made. The limit is none that waiting helps against, so it is no 429; the code
/// is that of IAM's CreateAccessKey.
impl From<KeyError> for Fault {
    fn from(error: KeyError) -> Self {
        let message = error.to_string();
        match error {
            KeyError::TooMany => Self::new(409, "LimitExceededException", message),
            KeyError::Store(_) => Self::internal(message),
        }
    }
}

/// A path that knows other methods only.
pub(super) fn method_not_allowed(allowed: &'static str) -> Reply {
    let message = format!("Use {allowed} here.");
    let mut reply = Reply::from(Fault::new(405, "MethodNotAllowedException", message));
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    reply
}

/// 307: the same request, elsewhere.
pub(super) fn temporary_redirect(location: &str) -> Reply {
    let Ok(location) = HeaderValue::try_from(location) else {
        return Fault::bad_request("The Host header makes no URL.").into();
    };
    let mut reply = reply(307, JSON, Bytes::new());
    reply.headers_mut().insert(LOCATION, location);
    reply
}

/// The answer of an operation.
pub(super) fn answered(answered: Answered<Answer>) -> Reply {
    let Answered { answer, live } = answered;
    let content_type = answer.content_type.map_or(JSON, HeaderValue::from_static);
    let mut reply = reply(answer.status, content_type, answer.body);
    if let Some(code) = answer.error_type {
        reply.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(code));
    }
    let mut reply = with_live(reply, live);
    let not_yet: Vec<&str> = answer.not_yet.into_iter().collect();
    if !not_yet.is_empty()
        && let Ok(value) = HeaderValue::try_from(not_yet.join(", "))
    {
        reply.headers_mut().insert(NOT_YET, value);
    }
    reply
}

/// The same, saying whether its change is live.
pub(super) fn with_live(mut reply: Reply, live: Option<Live>) -> Reply {
    if let Some(live) = live {
        reply.headers_mut().insert(LIVE, live_value(&live));
    }
    reply
}

/// Whatever a data plane said, as one header value.
fn live_value(live: &Live) -> HeaderValue {
    let visible = |c: char| if c.is_ascii_graphic() { c } else { ' ' };
    let text: String = live.to_string().chars().take(LIVE_BYTES_MAX).map(visible).collect();
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("pending"))
}
