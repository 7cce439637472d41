use std::io;
use std::ops::ControlFlow;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::event::{self, Event};
use super::notices::Notices;
use super::restarts::Restarts;
use super::running::Running;
use super::sockets::Sockets;
use super::spec::Spec;
use crate::failure::Failure;
use crate::limits::REFUSED_START_MS_MAX;

/// What the supervisor wants of its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Running,
    /// SIGTERM was sent: requests under way are finished.
    Draining,
    /// No more patience.
    Killing,
}

/// Keeps a daemon alive until it is to stop. One that cannot be started at all is a failure; one
/// that cannot be started again (no memory, its file is being replaced) is tried again: the other
/// daemon serves on meanwhile. One whose place another has taken is left to end in peace.
pub(super) async fn keep(
    spec: Spec,
    sockets: Arc<Sockets>,
    ready: Arc<AtomicBool>,
    phases: watch::Receiver<Phase>,
    notices: Option<Notices>,
) -> Result<(), Failure> {
    let leaving = JoinSet::new();
    let mut keeper = Keeper { spec, phases, notices, leaving };
    let result = keeper.keep(sockets, &ready).await;
    while keeper.leaving.join_next().await.is_some() {}
    result
}

struct Keeper {
    spec: Spec,
    phases: watch::Receiver<Phase>,
    notices: Option<Notices>,
    /// Processes whose place another one has taken.
    leaving: JoinSet<()>,
}

impl Keeper {
    async fn keep(&mut self, sockets: Arc<Sockets>, ready: &AtomicBool) -> Result<(), Failure> {
        let started = Instant::now();
        let mut restarts = Restarts::default();
        let mut ran = false;
        loop {
            let spec = &self.spec;
            let name = spec.name;
            let with_target = !ready.load(Ordering::Relaxed);
            let mut running = match spec.spawn(&sockets, with_target) {
                Ok(running) => running,
                Err(error) if ran => {
                    let wait = restarts.wait_after_death(Instant::now());
                    let (reason, restart_ms) = (error.to_string(), wait.as_millis());
                    event::print(spec.output, &Event::NotStarted { name, reason, restart_ms });
                    if pause(wait, &mut self.phases).await.is_break() {
                        return Ok(());
                    }
                    continue;
                }
                Err(error) => {
                    let program = spec.program.display();
                    return Err(Failure::new(format!("{program} does not start: {error}")));
                }
            };
            ran = true;
            let Some(status) = self.watch(&mut running).await else {
                // The ports close when the daemon closes its copies.
                drop(sockets);
                stop(running, self.phases.clone(), self.spec.stop_wait).await;
                return Ok(());
            };
            let status = status.map_err(|error| Failure::new(format!("{name}: {error}")))?;
            if let Some(status) = status.filter(|status| is_refusal(*status, with_target, started))
            {
                return Err(Failure::new(format!("{name} refused to start ({status})")));
            }
            let wait = restarts.wait_after_death(Instant::now());
            let (pid, how, restart_ms) = (running.pid(), describe(status), wait.as_millis());
            event::print(self.spec.output, &Event::Died { name, pid, how, restart_ms });
            if status.is_none() {
                self.leaving.spawn(running.reap(self.spec.stop_wait.as_secs()));
            }
            if pause(wait, &mut self.phases).await.is_break() {
                return Ok(());
            }
        }
    }

    /// Waits for the end of a daemon, or of the last one that took its place; `None` once it is to
    /// stop.
    async fn watch(&mut self, running: &mut Running) -> Option<io::Result<Option<ExitStatus>>> {
        loop {
            let pid = tokio::select! {
                biased;
                () = until(&mut self.phases, &[Phase::Draining, Phase::Killing]) => return None,
                // Told before it ends, and looked at before its end is.
                pid = successor(self.notices.as_ref()) => pid,
                status = running.end() => return Some(status),
            };
            if pid == running.pid() {
                continue;
            }
            // One that cannot be found has ended already, and the one before is still there.
            let Ok(next) = running.succeeded_by(pid) else { continue };
            let (name, before) = (self.spec.name, running.pid());
            event::print(self.spec.output, &Event::Replaced { name, pid: before, successor: pid });
            let replaced = std::mem::replace(running, next);
            let (phases, stop_wait) = (self.phases.clone(), self.spec.stop_wait);
            self.leaving.spawn(leave(replaced, phases, stop_wait));
        }
    }
}

/// Waits for the process that takes the place of the one that runs; for ever where none can.
async fn successor(notices: Option<&Notices>) -> u32 {
    match notices {
        Some(notices) => notices.main_pid().await,
        None => std::future::pending().await,
    }
}

/// Lets a process finish what it has.
async fn leave(mut running: Running, mut phases: watch::Receiver<Phase>, stop_wait: Duration) {
    tokio::select! {
        _ = running.end() => return,
        () = until(&mut phases, &[Phase::Draining, Phase::Killing]) => {}
    }
    stop(running, phases, stop_wait).await;
}

/// Ends a process, with patience.
async fn stop(mut running: Running, mut phases: watch::Receiver<Phase>, stop_wait: Duration) {
    let patience = until(&mut phases, &[Phase::Killing]);
    let patience = async {
        let _ = tokio::time::timeout(stop_wait, patience).await;
    };
    running.terminate(patience).await;
}

/// Waits before a restart; breaks off when there is to be none.
async fn pause(wait: Duration, phases: &mut watch::Receiver<Phase>) -> ControlFlow<()> {
    tokio::select! {
        () = tokio::time::sleep(wait) => ControlFlow::Continue(()),
        () = until(phases, &[Phase::Draining, Phase::Killing]) => ControlFlow::Break(()),
    }
}

/// True for a daemon that ended by itself before everything was ready once: it does not like its
/// settings, and will not like them the next time.
fn is_refusal(status: ExitStatus, first: bool, started: Instant) -> bool {
    let early = started.elapsed() < Duration::from_millis(REFUSED_START_MS_MAX);
    first && early && status.code().is_some()
}

fn describe(status: Option<ExitStatus>) -> String {
    let Some(status) = status else { return "an unknown cause".to_owned() };
    match (status.signal(), status.code()) {
        (Some(signal), _) => format!("signal {signal}"),
        (None, Some(code)) => format!("exit code {code}"),
        (None, None) => status.to_string(),
    }
}

/// Waits for one of these phases.
pub(super) async fn until(phases: &mut watch::Receiver<Phase>, wanted: &[Phase]) {
    // The sender lives as long as the supervisor.
    let _ = phases.wait_for(|phase| wanted.contains(phase)).await;
}
