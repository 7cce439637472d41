//! Asynchronous invocations. Each is a file from before it is acknowledged until it succeeded or
//! was tried as often as AWS tries; one that was under way when the host died is tried again.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use ringgate_model::Scope;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::sleep;

use crate::api::Call;
use crate::limits::{
    EVENT_AGE_MS_MAX, EVENT_ATTEMPTS_MAX, EVENT_THROTTLED_WAIT_MS, EVENTS_MAX, EVENTS_RUNNING_MAX,
};
use crate::name::FunctionId;
use crate::pool::{Answer, Invocation};
use crate::{ApiError, Host, clock, entropy, store};

const ENDING: &str = ".event";

/// An asynchronous invocation, as it is kept in front of its payload.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Event {
    scope: Scope,
    name: String,
    qualifier: Option<String>,
    request_id: String,
    client_context: Option<String>,
    accepted_ms: u64,
}

impl Event {
    pub(super) fn new(call: &Call<'_>, id: &FunctionId, client_context: Option<String>) -> Self {
        Self {
            scope: call.scope().clone(),
            name: id.name.clone(),
            qualifier: id.qualifier.clone(),
            request_id: call.request.id.clone(),
            client_context,
            accepted_ms: clock::now_ms(),
        }
    }

    fn id(&self) -> FunctionId {
        FunctionId { name: self.name.clone(), qualifier: self.qualifier.clone() }
    }
}

/// The asynchronous invocations that are not done.
#[derive(Debug)]
pub(crate) struct Events {
    dir: PathBuf,
    kept: AtomicUsize,
    running: Semaphore,
}

/// What a try came to.
enum Tried {
    Done,
    Failed(String),
    /// Not now: 429.
    Throttled,
    /// The function is gone.
    Hopeless(String),
}

impl Events {
    /// Makes the directory where it is missing.
    pub(crate) fn open(dir: PathBuf) -> Result<Self, String> {
        fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        let running = Semaphore::new(EVENTS_RUNNING_MAX);
        Ok(Self { dir, kept: AtomicUsize::new(0), running })
    }

    /// Takes up what another process left.
    pub(crate) fn resume(&self, host: &Arc<Host>) -> Result<(), String> {
        let unreadable = |error| format!("{}: {error}", self.dir.display());
        for entry in fs::read_dir(&self.dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.to_string_lossy().ends_with(ENDING) {
                self.kept.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(run(Arc::clone(host), path));
            } else {
                // It was not acknowledged.
                let _ = fs::remove_file(&path);
            }
        }
        Ok(())
    }

    /// Keeps an event, then has it run. Returns once it is on disk.
    pub(super) async fn accept(
        &self,
        host: &Arc<Host>,
        event: Event,
        payload: Bytes,
    ) -> Result<(), ApiError> {
        if self.kept.fetch_add(1, Ordering::Relaxed) >= EVENTS_MAX {
            self.kept.fetch_sub(1, Ordering::Relaxed);
            return Err(ApiError::throttled("ConcurrentInvocationLimitExceeded"));
        }
        let path = self.dir.join(format!("{}{ENDING}", entropy::uuid()));
        let host = Arc::clone(host);
        // Taken up also when the client goes away meanwhile, since its file is there then.
        let kept = tokio::spawn(async move {
            let kept = keep(path.clone(), event, payload).await;
            match kept {
                Ok(()) => drop(tokio::spawn(run(host, path))),
                Err(_) => drop(host.events.kept.fetch_sub(1, Ordering::Relaxed)),
            }
            kept
        });
        kept.await.map_err(|error| ApiError::internal(error.to_string()))?
    }
}

/// Writes an event down.
async fn keep(path: PathBuf, event: Event, payload: Bytes) -> Result<(), ApiError> {
    let written = tokio::task::spawn_blocking(move || {
        let mut bytes = serde_json::to_vec(&event)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(&payload);
        store::write(&path, &bytes)
    });
    let written = written.await.map_err(|error| ApiError::internal(error.to_string()))?;
    written.map_err(|error| ApiError::internal(format!("the disk: {error}")))
}

/// Tries an event until it is done with.
async fn run(host: Arc<Host>, path: PathBuf) {
    let (mut failures, mut throttled_ms) = (0u32, EVENT_THROTTLED_WAIT_MS[0]);
    loop {
        let Some((event, tried)) = attempt(&host, &path).await else { return };
        let retry_ms = u64::from(host.shared.settings.functions_retry_wait_ms);
        let wait_ms = match tried {
            Tried::Done => break,
            Tried::Hopeless(why) => {
                tell(&event, "an asynchronous invocation is given up", &why);
                break;
            }
            Tried::Throttled => {
                let age_ms = clock::now_ms().saturating_sub(event.accepted_ms);
                if age_ms > EVENT_AGE_MS_MAX {
                    tell(&event, "an asynchronous invocation is given up", "throttled too long");
                    break;
                }
                let wait_ms = throttled_ms;
                throttled_ms = throttled_ms.saturating_mul(2).min(EVENT_THROTTLED_WAIT_MS[1]);
                wait_ms
            }
            Tried::Failed(why) => {
                failures += 1;
                if failures >= EVENT_ATTEMPTS_MAX {
                    tell(&event, "an asynchronous invocation failed for the last time", &why);
                    break;
                }
                retry_ms.saturating_mul(u64::from(failures))
            }
        };
        tokio::select! {
            () = sleep(Duration::from_millis(wait_ms)) => {}
            () = host.shared.stopping() => return,
        }
    }
    let removed = tokio::task::spawn_blocking(move || store::remove(&path)).await;
    if let Ok(Err(error)) = removed {
        tracing::error!(%error, "an asynchronous invocation that is done with cannot be removed");
    }
    host.events.kept.fetch_sub(1, Ordering::Relaxed);
}

fn tell(event: &Event, what: &str, why: &str) {
    let (function, request) = (&event.name, &event.request_id);
    tracing::warn!(%function, %request, why, "{what}");
}

/// One try; `None` where the file is to stay for the next start.
async fn attempt(host: &Arc<Host>, path: &Path) -> Option<(Event, Tried)> {
    let event = off_the_disk(path, read_event).await?;
    let function = host.store.get(&event.scope, &event.name);
    let pool = function.and_then(|function| host.pool(&function));
    // Its function's place first: who waits for that keeps nobody else from running.
    let _place = match &pool {
        Some(pool) => Some(pool.events.acquire().await.ok()?),
        None => None,
    };
    let _running = host.events.running.acquire().await.ok()?;
    let payload = off_the_disk(path, read_payload).await?;
    let tried = invoke(host, &event, payload).await;
    // Whatever it came to while everything was being killed means nothing.
    if host.shared.is_stopping() && !matches!(tried, Tried::Done) {
        return None;
    }
    Some((event, tried))
}

/// What a file holds; `None` where it is broken, which is told.
async fn off_the_disk<T: Send + 'static>(
    path: &Path,
    read: fn(&Path) -> Result<T, String>,
) -> Option<T> {
    let file = path.to_owned();
    let read = tokio::task::spawn_blocking(move || read(&file)).await.ok()?;
    let told = |why: &String| {
        tracing::error!(file = %path.display(), why, "an asynchronous invocation is broken");
    };
    read.inspect_err(told).ok()
}

async fn invoke(host: &Arc<Host>, event: &Event, payload: Bytes) -> Tried {
    let id = event.id();
    let gone = || Tried::Hopeless(id.not_found(&event.scope).message);
    let Some(function) = host.store.get(&event.scope, &event.name) else { return gone() };
    let Ok(label) = function.resolve(&id, entropy::fraction()) else { return gone() };
    let Some(pool) = host.pool(&function) else { return gone() };
    let (answer, answered) = oneshot::channel();
    let invocation = Invocation {
        request_id: event.request_id.clone(),
        invoked_arn: id.arn(&event.scope),
        payload,
        client_context: event.client_context.clone(),
        trace_id: None,
        tail: false,
        streamed: false,
        answer,
    };
    pool.look(&label).await;
    let refused = |error: ApiError| match error.status {
        429 => Tried::Throttled,
        _ => Tried::Hopeless(error.message),
    };
    if let Err(error) = pool.invoke(&label, invocation) {
        return refused(error);
    }
    match answered.await {
        Ok(Answer::Whole(outcome)) => match outcome.error {
            None => Tried::Done,
            Some(kind) => Tried::Failed(kind),
        },
        Ok(Answer::Stream(_)) => Tried::Done,
        Ok(Answer::Refused(error)) => refused(error),
        Err(_) => Tried::Failed("the environment broke down".to_owned()),
    }
}

/// The first line: everything but the payload.
fn read_event(path: &Path) -> Result<Event, String> {
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut line = Vec::new();
    BufReader::new(file).read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
    serde_json::from_slice(&line).map_err(|error| error.to_string())
}

fn read_payload(path: &Path) -> Result<Bytes, String> {
    let bytes = Bytes::from(fs::read(path).map_err(|error| error.to_string())?);
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or("it has no first line")?;
    Ok(bytes.slice(end + 1..))
}
