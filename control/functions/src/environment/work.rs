//! An invocation under way: what the runtime asks, and what it comes to.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::HeaderMap;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::Spec;
use super::process::{Process, describe};
use super::runtime_api::{Call, ERROR_BODY, ERROR_TYPE, Report, RuntimeApi, Said, Task};
use crate::limits::{
    MEMORY_POLL_MS, PAYLOAD_BYTES_MAX, STREAM_BYTES_MAX, STREAM_CHUNKS_WAITING_MAX,
};
use crate::pool::{Answer, Invocation, Outcome, Part, Stream};

/// How an invocation, or a start, ended.
pub(super) enum End {
    Answered(Bytes),
    /// All parts were passed on.
    Streamed,
    /// The runtime reported an error.
    Failed(Report),
    /// The function gave an error up in the midst of its answer: type and text.
    BrokenStream(String, String),
    TooLarge,
    Exited(String),
    OutOfMemory,
    /// After so long.
    TimedOut(Duration),
}

impl End {
    /// True where the process cannot go on.
    pub(super) fn is_fatal(&self) -> bool {
        matches!(self, Self::Exited(_) | Self::OutOfMemory | Self::TimedOut(_))
    }
}

/// Where the answer goes: to be begun, or already begun.
pub(super) enum Answering {
    Waiting(oneshot::Sender<Answer>),
    Streaming(mpsc::Sender<Part>),
}

impl Answering {
    /// Says how it ended. Whoever asked may have gone away, which is no news here.
    pub(super) fn finish(self, outcome: Outcome) {
        match self {
            Self::Waiting(answer) => {
                let _ = answer.send(Answer::Whole(outcome));
            }
            Self::Streaming(parts) => {
                let text = String::from_utf8_lossy(&outcome.payload).into_owned();
                let error = outcome.error.map(|kind| (kind, text));
                // A client that does not read on holds no environment up.
                tokio::spawn(async move {
                    let _ = parts.send(Part::End { error, log_tail: outcome.log_tail }).await;
                });
            }
        }
    }
}

/// A process and what it asks.
pub(super) struct Worker {
    process: Process,
    api: RuntimeApi,
    spec: Arc<Spec>,
    /// It waits for its next invocation.
    next: Option<oneshot::Sender<Task>>,
    peak_kb: u64,
    /// When its memory was last looked at.
    looked: Option<Instant>,
}

impl Worker {
    pub(super) fn new(process: Process, api: RuntimeApi, spec: Arc<Spec>) -> Self {
        Self { process, api, spec, next: None, peak_kb: 0, looked: None }
    }

    /// True while it waits for an invocation.
    pub(super) fn is_ready(&self) -> bool {
        self.next.as_ref().is_some_and(|next| !next.is_closed())
    }

    /// The most memory that it was seen with. Looked at now and then: a look costs a few files.
    pub(super) fn peak_memory_kb(&mut self) -> u64 {
        let every = Duration::from_millis(MEMORY_POLL_MS);
        if self.looked.is_none_or(|looked| looked.elapsed() >= every) {
            self.look();
        }
        self.peak_kb
    }

    fn look(&mut self) -> u64 {
        let now_kb = self.process.memory_kb();
        self.peak_kb = self.peak_kb.max(now_kb);
        self.looked = Some(Instant::now());
        now_kb
    }

    /// Waits until it asks for its first invocation; else says what went wrong.
    pub(super) async fn first_next(&mut self) -> Option<End> {
        let mut ticks = ticks();
        loop {
            tokio::select! {
                biased;
                call = self.api.calls.recv() => match call? {
                    Call::InitError { report, reply } => {
                        let _ = reply.send(Said::Accepted);
                        return Some(End::Failed(report));
                    }
                    call => if self.take_next(call) { return None },
                },
                _ = ticks.tick() => if self.is_over_memory() { return Some(End::OutOfMemory) },
                status = self.process.end() => return Some(End::Exited(describe(status))),
            }
        }
    }

    /// Waits until it asks for another invocation, or ends.
    pub(super) async fn next(&mut self) -> Option<End> {
        loop {
            tokio::select! {
                biased;
                call = self.api.calls.recv() => if self.take_next(call?) { return None },
                status = self.process.end() => return Some(End::Exited(describe(status))),
            }
        }
    }

    /// Waits for its end, or for anything that it may not do while it rests.
    pub(super) async fn ended_at_rest(&mut self) {
        loop {
            tokio::select! {
                call = self.api.calls.recv() => match call {
                    // Its connection broke, and it asks again.
                    Some(call) => { self.take_next(call); }
                    None => return,
                },
                _ = self.process.end() => return,
            }
        }
    }

    /// Has it serve an invocation.
    pub(super) async fn serve(
        &mut self,
        invocation: Invocation,
        now_ms: u64,
        allowed: Duration,
    ) -> (End, Answering) {
        let deadline = Instant::now() + allowed;
        let task = task(&invocation, now_ms, allowed);
        let Invocation { request_id, answer, streamed, .. } = invocation;
        let mut answering = Answering::Waiting(answer);
        let handed = self.next.take().is_some_and(|next| next.send(task).is_ok());
        if !handed {
            let how = describe(None);
            return (End::Exited(how), answering);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let work = self.work(&request_id, streamed, &mut answering);
        let end = timeout(left, work).await.unwrap_or(End::TimedOut(allowed));
        if end.is_fatal() {
            self.process.kill();
        }
        (end, answering)
    }

    async fn work(&mut self, id: &str, streamed: bool, answering: &mut Answering) -> End {
        let mut ticks = ticks();
        loop {
            tokio::select! {
                biased;
                call = self.api.calls.recv() => {
                    let Some(call) = call else { return End::Exited(describe(None)) };
                    if let Some(end) = self.answered(call, id, streamed, answering).await {
                        return end;
                    }
                }
                _ = ticks.tick() => if self.is_over_memory() { return End::OutOfMemory },
                status = self.process.end() => return End::Exited(describe(status)),
            }
        }
    }

    /// Takes a call in the midst of an invocation; gives its end where that was it.
    async fn answered(
        &mut self,
        call: Call,
        wanted: &str,
        may_stream: bool,
        answering: &mut Answering,
    ) -> Option<End> {
        match call {
            Call::Response { id, streamed, body, reply } if id == wanted => {
                let received = match streamed && may_stream {
                    true => pass_on(body, answering).await,
                    false => whole(body).await,
                };
                let said = match &received {
                    Some(End::TooLarge) => Said::TooLarge,
                    Some(_) => Said::Accepted,
                    None => Said::Broken,
                };
                let _ = reply.send(said);
                received
            }
            Call::Error { id, report, reply } if id == wanted => {
                let _ = reply.send(Said::Accepted);
                Some(End::Failed(report))
            }
            Call::Response { reply, .. } | Call::Error { reply, .. } => {
                let _ = reply.send(Said::BadId);
                None
            }
            // Dropped: it is told that this is not what comes next.
            Call::Next(_) | Call::InitError { .. } => None,
        }
    }

    /// Takes a call while there is no invocation; true for the one that is in order.
    fn take_next(&mut self, call: Call) -> bool {
        match call {
            Call::Next(next) => {
                self.next = Some(next);
                true
            }
            Call::Response { reply, .. } | Call::Error { reply, .. } => {
                let _ = reply.send(Said::BadId);
                false
            }
            Call::InitError { reply, .. } => {
                let _ = reply.send(Said::BadState);
                false
            }
        }
    }

    fn is_over_memory(&mut self) -> bool {
        self.look() > u64::from(self.spec.version.memory_mb) * 1024
    }

    pub(super) async fn stop(&mut self) {
        self.process.kill();
        self.process.end().await;
    }
}

fn ticks() -> tokio::time::Interval {
    let every = Duration::from_millis(MEMORY_POLL_MS);
    let mut ticks = interval(every);
    // What is over before the first one is looked at once, at its end.
    ticks.reset();
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// The invocation as the runtime gets it.
fn task(invocation: &Invocation, now_ms: u64, allowed: Duration) -> Task {
    let allowed_ms = u64::try_from(allowed.as_millis()).unwrap_or(u64::MAX);
    let deadline = now_ms.saturating_add(allowed_ms).to_string();
    let mut headers = HeaderMap::new();
    let mut set = |name: &'static str, value: Option<&str>| {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set(CONTENT_TYPE.as_str(), Some("application/json"));
    set("lambda-runtime-aws-request-id", Some(&invocation.request_id));
    set("lambda-runtime-deadline-ms", Some(&deadline));
    set("lambda-runtime-invoked-function-arn", Some(&invocation.invoked_arn));
    set("lambda-runtime-trace-id", invocation.trace_id.as_deref());
    set("lambda-runtime-client-context", invocation.client_context.as_deref());
    Task { headers, payload: invocation.payload.clone() }
}

/// The whole answer; `None` where it broke off.
async fn whole(mut body: Incoming) -> Option<End> {
    let mut payload = BytesMut::new();
    let mut error = None;
    while let Some(frame) = body.frame().await {
        match frame.ok()?.into_data() {
            Ok(data) if payload.len() + data.len() > PAYLOAD_BYTES_MAX => {
                return Some(End::TooLarge);
            }
            Ok(data) => payload.extend_from_slice(&data),
            Err(frame) => error = frame.trailers_ref().and_then(trailing_error),
        }
    }
    if let Some((kind, message)) = error {
        return Some(End::BrokenStream(kind, message));
    }
    Some(End::Answered(payload.freeze()))
}

/// Passes an answer on, part by part; `None` where it broke off.
async fn pass_on(mut body: Incoming, answering: &mut Answering) -> Option<End> {
    let (sender, parts) = mpsc::channel(STREAM_CHUNKS_WAITING_MAX);
    let before = std::mem::replace(answering, Answering::Streaming(sender.clone()));
    if let Answering::Waiting(answer) = before {
        let _ = answer.send(Answer::Stream(Stream { parts }));
    }
    let mut left = STREAM_BYTES_MAX;
    let mut error = None;
    while let Some(frame) = body.frame().await {
        match frame.ok()?.into_data() {
            Ok(data) => {
                let Some(rest) = left.checked_sub(data.len() as u64) else {
                    return Some(End::TooLarge);
                };
                left = rest;
                // The function is heard out, as AWS does, when the client is gone.
                let _ = sender.send(Part::Chunk(data)).await;
            }
            Err(frame) => error = frame.trailers_ref().and_then(trailing_error),
        }
    }
    Some(match error {
        Some((kind, message)) => End::BrokenStream(kind, message),
        None => End::Streamed,
    })
}

/// The error that a stream ended with ("Building a custom runtime", response streaming).
fn trailing_error(trailers: &HeaderMap) -> Option<(String, String)> {
    let text = |name: &str| trailers.get(name).and_then(|value| value.to_str().ok());
    let kind = text(ERROR_TYPE)?.to_owned();
    let body = text(ERROR_BODY).and_then(|body| crate::base64::decode(body).ok());
    Some((kind, String::from_utf8_lossy(&body.unwrap_or_default()).into_owned()))
}
