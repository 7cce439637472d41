//! The Invoke API: synchronous, asynchronous, streamed.

mod event_stream;
mod events;
mod permission;
mod streamed;

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use tokio::sync::oneshot;

pub(crate) use events::Events;

use crate::api::Call;
use crate::http::{Reply, no_content, whole};
use crate::limits::{EVENT_PAYLOAD_BYTES_MAX, HEAD_BYTES_MAX};
use crate::name::malformed_as;
use crate::pool::{Answer, Invocation, Outcome};
use crate::{ApiError, base64, entropy};

const TYPE: &str = "x-amz-invocation-type";
const LOG_TYPE: &str = "x-amz-log-type";
const CLIENT_CONTEXT: &str = "x-amz-client-context";
const TRACE_ID: &str = "x-amzn-trace-id";
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
const LOG_RESULT: HeaderName = HeaderName::from_static("x-amz-log-result");
const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// What AWS gives for an error of a function, whoever caught it.
const UNHANDLED: HeaderValue = HeaderValue::from_static("Unhandled");

/// Which operation invokes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Invoke
    Whole,
    /// InvokeWithResponseStream
    Stream,
    /// InvokeAsync, which has no other way.
    Async,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    RequestResponse,
    Event,
    DryRun,
}

/// Answers one of the three.
pub(crate) async fn invoke(call: Call<'_>, form: Form) -> Result<Reply, ApiError> {
    let kind = kind(&call, form)?;
    let (id, function) = call.function()?;
    permission::check(&call, &id, &function)?;
    let label = function.resolve(&id, entropy::fraction())?;
    let tail = match text(&call, LOG_TYPE)? {
        None | Some("None") => false,
        Some("Tail") => true,
        Some(other) => return Err(malformed_as("logType", other, "None or Tail")),
    };
    for name in ["x-amz-durable-execution-name", "x-amz-tenant-id"] {
        if call.request.headers.contains_key(name) {
            return Err(ApiError::invalid(format!("{name} is not supported by this host.")));
        }
    }
    let payload = payload(&call.request.body)?;
    let client_context = client_context(&call)?;
    match kind {
        Kind::DryRun => return Ok(no_content()),
        Kind::Event => {
            let bytes = payload.len();
            if bytes > EVENT_PAYLOAD_BYTES_MAX {
                return Err(ApiError::too_large(bytes, EVENT_PAYLOAD_BYTES_MAX));
            }
            let event = events::Event::new(&call, &id, client_context);
            call.host.events.accept(call.host, event, payload).await?;
            return Ok(whole(202, Some(JSON), Bytes::new()));
        }
        Kind::RequestResponse => {}
    }
    let (answer, answered) = oneshot::channel();
    let invocation = Invocation {
        request_id: call.request.id.clone(),
        invoked_arn: id.arn(call.scope()),
        payload,
        client_context,
        trace_id: text(&call, TRACE_ID)?.map(str::to_owned),
        tail,
        streamed: form == Form::Stream,
        answer,
    };
    let pool = call.host.pool(&function).ok_or_else(|| id.not_found(call.scope()))?;
    pool.look(&label).await;
    pool.invoke(&label, invocation)?;
    let answer = answered.await.map_err(|_| ApiError::internal("The environment broke down."))?;
    let mut reply = match (answer, form) {
        (Answer::Refused(error), _) => return Err(error),
        (answer, Form::Stream) => streamed::reply(answer, tail),
        (Answer::Whole(outcome), _) => outcome_reply(outcome, tail),
        (Answer::Stream(_), _) => return Err(ApiError::internal("A stream where none was asked.")),
    };
    if let Ok(label) = HeaderValue::try_from(label) {
        reply.headers_mut().insert(EXECUTED_VERSION, label);
    }
    drop(call.request.held);
    Ok(reply)
}

fn kind(call: &Call<'_>, form: Form) -> Result<Kind, ApiError> {
    let kind = match text(call, TYPE)? {
        _ if form == Form::Async => Kind::Event,
        None | Some("RequestResponse") => Kind::RequestResponse,
        Some("Event") if form == Form::Whole => Kind::Event,
        Some("DryRun") => Kind::DryRun,
        Some(other) => {
            let expected = match form {
                Form::Stream => "RequestResponse or DryRun",
                _ => "Event, RequestResponse or DryRun",
            };
            return Err(malformed_as("invocationType", other, expected));
        }
    };
    Ok(kind)
}

fn text<'c>(call: &'c Call<'_>, name: &str) -> Result<Option<&'c str>, ApiError> {
    let Some(value) = call.request.headers.get(name) else { return Ok(None) };
    let refused = |_| ApiError::validation(format!("{name} holds what is no text."));
    value.to_str().map(Some).map_err(refused)
}

/// The event; nothing is an empty object, as AWS has it.
fn payload(body: &Bytes) -> Result<Bytes, ApiError> {
    if body.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
        Ok(_) => Ok(body.clone()),
        Err(error) => Err(ApiError::new(
            400,
            "InvalidRequestContentException",
            format!("Could not parse request body into json: {error}"),
        )),
    }
}

fn client_context(call: &Call<'_>) -> Result<Option<String>, ApiError> {
    let Some(text) = text(call, CLIENT_CONTEXT)? else { return Ok(None) };
    let refused = |why: &str| {
        let why = format!("Client context must be a valid Base64-encoded JSON object: {why}");
        ApiError::new(400, "InvalidRequestContentException", why)
    };
    if text.len() > HEAD_BYTES_MAX {
        return Err(refused("too long"));
    }
    let json = base64::decode(text).map_err(|error| refused(&error.to_string()))?;
    let value: serde_json::Value =
        serde_json::from_slice(&json).map_err(|error| refused(&error.to_string()))?;
    match value.is_object() {
        // Written anew: on one line, as a header field must be.
        true => Ok(Some(value.to_string())),
        false => Err(refused("no object")),
    }
}

/// The answer to Invoke: 200 also where the function failed.
fn outcome_reply(outcome: Outcome, tail: bool) -> Reply {
    let mut reply = whole(200, Some(JSON), outcome.payload);
    if outcome.error.is_some() {
        reply.headers_mut().insert(FUNCTION_ERROR, UNHANDLED);
    }
    let log = outcome.log_tail.filter(|_| tail).map(|tail| base64::encode(&tail));
    if let Some(log) = log.and_then(|log| HeaderValue::try_from(log).ok()) {
        reply.headers_mut().insert(LOG_RESULT, log);
    }
    reply
}
