use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use crate::ApiError;

/// An answer of the host.
pub(crate) type Reply = Response<UnsyncBoxBody<Bytes, Infallible>>;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer with this status and body.
pub(crate) fn whole(status: u16, content_type: Option<HeaderValue>, body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body).boxed_unsync());
    *reply.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(content_type) = content_type {
        reply.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    reply
}

/// JSON.
pub(crate) fn json(status: u16, value: &Value) -> Reply {
    whole(status, Some(JSON), Bytes::from(value.to_string()))
}

/// 204
pub(crate) fn no_content() -> Reply {
    whole(204, None, Bytes::new())
}

/// An error as Lambda's API says it: its code in a header. `ResourceNotFoundException` alone has a
/// `Message`, the others a `message` (botocore's model).
pub(crate) fn failed(error: &ApiError) -> Reply {
    let kind = if error.status < 500 { "User" } else { "Service" };
    let member = match error.code {
        "ResourceNotFoundException" | "ServiceException" => "Message",
        _ => "message",
    };
    let mut body = json!({ "Type": kind, member: error.message });
    if let Some(reason) = error.reason {
        body["Reason"] = json!(reason);
    }
    let mut reply = json(error.status, &body);
    reply.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(error.code));
    if error.status == 429 {
        reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    reply
}
