//! One environment: a process with its Runtime API, from its start over many invocations, one at a
//! time, to its end.
//!
//! ```text
//! starting ─► resting ─► working ─► finishing ─► resting … ─► gone
//!     └───────────┴──────────┴──────────┴────────────────────►
//! ```
//! Starting ends with the runtime's first `next`; working with its answer, an error, its exit, the
//! time-out or too much memory; finishing with its following `next`. Only an environment that
//! rests is given work.

mod log;
mod process;
mod report;
mod runtime_api;
mod spec;
mod variables;
mod work;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::{Instant, sleep, timeout};

pub(crate) use spec::Spec;
pub(crate) use variables::RESERVED;

use crate::clock;
use crate::limits::INIT_WAIT_MS;
use crate::pool::{Answer, Invocation, Outcome, Place, Turn};
use crate::shared::Shared;
use log::Log;
use process::{Process, describe};
use report::Report;
use runtime_api::RuntimeApi;
use work::{End, Worker};

/// The life of an environment. `memory` is what it was given; none where it has to wait for it.
pub(crate) async fn live(mut place: Place, spec: Arc<Spec>, memory: Option<OwnedSemaphorePermit>) {
    let pool = Arc::clone(&place.pool);
    let shared = Arc::clone(&pool.shared);
    let memory = match memory {
        Some(memory) => Some(memory),
        None => tokio::select! {
            memory = shared.memory.take(spec.version.memory_mb) => memory,
            () = shared.stopping() => return,
        },
    };
    let started = match &memory {
        Some(_) => Environment::start(&shared, &spec).await,
        None => Err(too_little_memory(&spec, shared.memory.total_mb())),
    };
    place.started();
    let mut environment = match started {
        Ok(environment) => environment,
        Err(outcome) => {
            // Whoever waits for such an environment is told why there is none.
            if let Some(invocation) = pool.first_waiting(&spec) {
                let _ = invocation.answer.send(Answer::Whole(outcome));
            }
            return;
        }
    };
    loop {
        let invocation = match pool.turn(&spec) {
            Turn::Work(invocation) => invocation,
            Turn::Rest(invocations) => match environment.rest(invocations).await {
                Some(invocation) => invocation,
                None => break,
            },
            Turn::Leave => break,
        };
        if environment.invoke(invocation).await.is_break() {
            break;
        }
    }
    // The process is gone before its memory and its place are anybody else's.
    environment.stop().await;
    drop(memory);
    drop(place);
}

fn too_little_memory(spec: &Spec, total_mb: u32) -> Outcome {
    let wanted = spec.version.memory_mb;
    Outcome::error(
        "Host.MemoryLimit",
        format!("MemorySize is {wanted} MB, but --functions-memory-mb gives all {total_mb} MB"),
    )
}

/// A process that has asked for its next invocation.
struct Environment {
    spec: Arc<Spec>,
    shared: Arc<Shared>,
    log: Log,
    worker: Worker,
    /// Of its start; told with the first invocation.
    init: Option<Duration>,
}

impl Environment {
    /// Starts one and waits until it asks for its first invocation.
    async fn start(shared: &Arc<Shared>, spec: &Arc<Spec>) -> Result<Self, Outcome> {
        let began = Instant::now();
        let version = &spec.version;
        let command = shared.interpreters.command(&version.runtime, &version.handler, &spec.place);
        let command = command.await.map_err(|why| Outcome::error("Runtime.NotFound", why))?;
        let refused = |error: std::io::Error| {
            let program = command.first().map(|program| program.to_string_lossy());
            let program = program.unwrap_or_default();
            let why = format!("{program} cannot be run in {}: {error}", spec.place.display());
            Outcome::error("Runtime.InvalidEntrypoint", why)
        };
        let api = RuntimeApi::open().await.map_err(refused)?;
        let (mut log, output) = Log::new(spec, &shared.logs).map_err(refused)?;
        let variables = variables::variables(spec, api.address);
        log.say(&format!("INIT_START Runtime: {}", version.runtime));
        let process = Process::start(shared, &command, &spec.place, variables, output);
        let process = process.map_err(refused)?;
        let mut worker = Worker::new(process, api, Arc::clone(spec));
        let allowed = Duration::from_millis(INIT_WAIT_MS) + timeout_of(spec);
        let ended = log.attend(timeout(allowed, worker.first_next())).await;
        log.drain();
        let init = began.elapsed();
        let Some(end) = ended.unwrap_or(Some(End::TimedOut(allowed))) else {
            let (spec, shared) = (Arc::clone(spec), Arc::clone(shared));
            return Ok(Self { spec, shared, log, worker, init: Some(init) });
        };
        let problem = failed(end, None);
        let kind = problem.error.as_deref().unwrap_or_default();
        log.say(&report::init(init, kind));
        worker.stop().await;
        Err(Outcome { log_tail: Some(log.tail()), ..problem })
    }

    /// Waits for work; `None` when it is to leave, or has ended.
    async fn rest(&mut self, mut invocations: oneshot::Receiver<Invocation>) -> Option<Invocation> {
        let idle = Duration::from_millis(u64::from(self.shared.settings.functions_idle_timeout_ms));
        let worker = &mut self.worker;
        let waited = self.log.attend(async {
            tokio::select! {
                biased;
                invocation = &mut invocations => Some(invocation.ok()),
                () = worker.ended_at_rest() => None,
                () = sleep(idle) => None,
                () = self.shared.memory.wanted() => None,
                () = self.shared.stopping() => None,
            }
        });
        match waited.await {
            Some(invocation) => invocation,
            None => {
                // From here on nothing can be handed over; what was already is not lost.
                invocations.close();
                let invocation = invocations.try_recv().ok()?;
                if self.worker.is_ready() {
                    return Some(invocation);
                }
                let version = &self.spec.label;
                tracing::debug!(%version, "an environment ended as it was given work");
                let end = End::Exited(describe(None));
                let outcome = failed(end, Some(&invocation.request_id));
                let _ = invocation.answer.send(Answer::Whole(outcome));
                None
            }
        }
    }

    /// Serves one invocation. Breaks when the environment cannot serve another.
    async fn invoke(&mut self, invocation: Invocation) -> std::ops::ControlFlow<()> {
        let began = Instant::now();
        let allowed = timeout_of(&self.spec);
        let id = invocation.request_id.clone();
        self.log.begin();
        self.log.say(&format!("START RequestId: {id} Version: {}", self.spec.label));
        let tail = invocation.tail;
        let work = self.worker.serve(invocation, clock::now_ms(), allowed);
        let (end, answering) = self.log.attend(work).await;
        self.log.drain();
        let duration = began.elapsed();
        let fatal = end.is_fatal();
        if let End::TimedOut(after) = &end {
            let time = clock::log_time(clock::now_ms());
            self.log.say(&format!("{time} {id} {}", report::timed_out(*after)));
        }
        let outcome = failed(end, Some(&id));
        let kind = outcome.error.clone();
        // Whoever wants no log need not wait for its last lines.
        let waiting = match tail {
            true => Some((answering, outcome)),
            false => {
                answering.finish(outcome);
                None
            }
        };
        self.report(&id, duration, kind);
        if let Some((answering, outcome)) = waiting {
            answering.finish(Outcome { log_tail: Some(self.log.tail()), ..outcome });
        }
        if fatal {
            return std::ops::ControlFlow::Break(());
        }
        let left = allowed.saturating_sub(began.elapsed());
        match self.log.attend(timeout(left, self.worker.next())).await {
            Ok(None) => std::ops::ControlFlow::Continue(()),
            _ => std::ops::ControlFlow::Break(()),
        }
    }

    /// The lines that end an invocation.
    fn report(&mut self, id: &str, duration: Duration, error: Option<String>) {
        let memory_kb = self.worker.peak_memory_kb();
        let report = Report { id, duration, memory_kb, init: self.init.take(), error };
        let report = report.line(&self.spec.version);
        self.log.say(&format!("END RequestId: {id}\n{report}"));
    }

    async fn stop(mut self) {
        self.worker.stop().await;
    }
}

fn timeout_of(spec: &Spec) -> Duration {
    Duration::from_secs(u64::from(spec.version.timeout_s))
}

/// What a caller is told of the end of an invocation.
fn failed(end: End, id: Option<&str>) -> Outcome {
    let about = |message: String| match id {
        Some(id) => format!("RequestId: {id} Error: {message}"),
        None => format!("Error: {message}"),
    };
    match end {
        End::Answered(payload) => Outcome { payload, ..Outcome::default() },
        End::Streamed => Outcome::default(),
        End::Failed(report) => {
            let kind = report.kind.unwrap_or_else(|| "Runtime.Unknown".to_owned());
            Outcome { payload: report.body, error: Some(kind), ..Outcome::default() }
        }
        End::BrokenStream(kind, message) => Outcome::error(&kind, message),
        End::TooLarge => Outcome::error(
            "Function.ResponseSizeTooLarge",
            format!(
                "Response payload size exceeded maximum allowed payload size ({} bytes).",
                crate::limits::PAYLOAD_BYTES_MAX
            ),
        ),
        End::Exited(how) => Outcome::error("Runtime.ExitError", about(how)),
        End::OutOfMemory => Outcome::error(
            "Runtime.OutOfMemory",
            about("Runtime exited with error: signal: killed".to_owned()),
        ),
        End::TimedOut(after) => Outcome::error("Sandbox.Timedout", about(report::timed_out(after))),
    }
}
