use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::Response;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde_json::json;
use tokio::sync::mpsc;

use super::event_stream::{FRAME_PAYLOAD_BYTES_MAX, frame};
use crate::base64;
use crate::http::{Channel, Reply};
use crate::limits::STREAM_CHUNKS_WAITING_MAX;
use crate::pool::{Answer, Outcome, Part, Stream};

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("application/vnd.amazon.eventstream");
/// The function went away before its answer was whole.
const BROKEN: (&str, &str) = ("Runtime.ExitError", "The answer broke off");

/// The answer to InvokeWithResponseStream: parts as they come, whatever the function does.
pub(super) fn reply(answer: Answer, tail: bool) -> Reply {
    let (frames, body) = mpsc::channel(STREAM_CHUNKS_WAITING_MAX);
    tokio::spawn(async move {
        // Nobody reads on: nothing is left to be done.
        let _ = match answer {
            Answer::Whole(outcome) => write_whole(outcome, tail, &frames).await,
            Answer::Stream(stream) => write_parts(stream, tail, &frames).await,
            Answer::Refused(_) => Ok(()),
        };
    });
    let mut reply = Response::new(Channel(body).boxed_unsync());
    reply.headers_mut().insert(CONTENT_TYPE, EVENT_STREAM);
    reply
}

type Sent = Result<(), mpsc::error::SendError<Bytes>>;

async fn write_whole(outcome: Outcome, tail: bool, frames: &mpsc::Sender<Bytes>) -> Sent {
    let Outcome { payload, error, log_tail, .. } = outcome;
    match error {
        // What a function failed with is no part of its answer.
        Some(kind) => {
            let details = String::from_utf8_lossy(&payload).into_owned();
            complete(Some((kind, details)), log_tail.filter(|_| tail), frames).await
        }
        None => {
            chunk(payload, frames).await?;
            complete(None, log_tail.filter(|_| tail), frames).await
        }
    }
}

async fn write_parts(mut stream: Stream, tail: bool, frames: &mpsc::Sender<Bytes>) -> Sent {
    while let Some(part) = stream.parts.recv().await {
        match part {
            Part::Chunk(bytes) => chunk(bytes, frames).await?,
            Part::End { error, log_tail } => {
                return complete(error, log_tail.filter(|_| tail), frames).await;
            }
        }
    }
    let (kind, details) = BROKEN;
    complete(Some((kind.to_owned(), details.to_owned())), None, frames).await
}

async fn chunk(mut bytes: Bytes, frames: &mpsc::Sender<Bytes>) -> Sent {
    while !bytes.is_empty() {
        let part = bytes.split_to(bytes.len().min(FRAME_PAYLOAD_BYTES_MAX));
        frames.send(frame("PayloadChunk", "application/octet-stream", &part)).await?;
    }
    Ok(())
}

async fn complete(
    error: Option<(String, String)>,
    log_tail: Option<Bytes>,
    frames: &mpsc::Sender<Bytes>,
) -> Sent {
    let mut end = json!({});
    if let Some((code, details)) = error {
        end["ErrorCode"] = json!(code);
        end["ErrorDetails"] = json!(details);
    }
    if let Some(tail) = log_tail {
        end["LogResult"] = json!(base64::encode(&tail));
    }
    let end = end.to_string();
    frames.send(frame("InvokeComplete", "application/json", end.as_bytes())).await
}
