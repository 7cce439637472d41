use std::ffi::OsString;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::ArgMatches;
use ringgate_ipc::{Kind, passing};
use ringgate_settings::{Common, ControlArgs, DataPlaneArgs, forward};
use tokio::sync::watch;

use super::event::{self, Event};
use super::restarts::Restarts;
use super::running::{Running, command, program};
use super::sockets::{Share, Sockets, names};
use crate::arguments::{Output, Up};
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

/// How a daemon is started.
pub(super) struct Spec {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<OsString>,
    /// `--target`: until everything was ready once. A restart must not undo what has been changed
    /// through the management API since.
    target: Option<String>,
    share: Share,
    stop_wait: Duration,
    pub(super) output: Output,
}

impl Spec {
    pub(super) fn control(
        up: &Up,
        matches: &ArgMatches,
        sockets: &Sockets,
    ) -> Result<Self, Failure> {
        let own = forward::<ControlArgs>(matches);
        let own = own.into_iter().filter(|argument| !is(argument, "--management"));
        let management = format!("--management={}", sockets.management_address);
        let arguments = own.chain([OsString::from(management)]).collect();
        Self::new("ringgate-control", up, matches, sockets, arguments, Share::Management)
    }

    pub(super) fn data_plane(
        up: &Up,
        matches: &ArgMatches,
        sockets: &Sockets,
    ) -> Result<Self, Failure> {
        let arguments = forward::<DataPlaneArgs>(matches);
        Self::new("ringgated", up, matches, sockets, arguments, Share::Traffic)
    }

    fn new(
        name: &'static str,
        up: &Up,
        matches: &ArgMatches,
        bound: &Sockets,
        own: Vec<OsString>,
        share: Share,
    ) -> Result<Self, Failure> {
        let replaced = ["--config", "--http", "--https", "--target"];
        let common = forward::<Common>(matches).into_iter();
        let mut arguments: Vec<OsString> =
            common.filter(|argument| !replaced.iter().any(|flag| is(argument, flag))).collect();
        for kind in Kind::ALL {
            let flag = |value: String| OsString::from(format!("--{}={value}", kind.name()));
            let count = arguments.len();
            arguments.extend(bound.addresses(kind).map(|address| flag(address.to_string())));
            if arguments.len() == count {
                arguments.push(flag("none".to_owned()));
            }
        }
        arguments.extend(own);
        let stop_wait = super::stop_wait(up);
        let target = up.common.target.clone();
        let output = Output::Table;
        Ok(Self { name, program: program(name)?, arguments, target, share, stop_wait, output })
    }

    fn spawn(&self, all: &Sockets, with_target: bool) -> io::Result<Running> {
        let sockets = all.of(self.share);
        let mut command = command(&self.program);
        command.args(&self.arguments);
        if let (true, Some(target)) = (with_target, &self.target) {
            command.arg(format!("--target={target}"));
        }
        command.env("RINGGATE_LISTEN_FDS", names(&sockets));
        // The runtime is single-threaded and nothing is awaited in between: no other child can be
        // spawned while these are exposed.
        let exposed: Vec<_> = sockets.iter().map(|(_, socket)| *socket).collect();
        let spawned = passing::expose(&exposed).and_then(|()| command.spawn());
        let concealed = passing::conceal(&exposed);
        let child = spawned.and_then(|child| concealed.map(|()| child))?;
        Ok(Running::new(self.name, child))
    }
}

fn is(argument: &OsString, flag: &str) -> bool {
    let argument = argument.as_encoded_bytes();
    argument.strip_prefix(flag.as_bytes()).is_some_and(|rest| rest.starts_with(b"="))
}

/// Keeps a daemon alive until it is to stop. One that cannot be started at all is a failure; one
/// that cannot be started again (no memory, its file is being replaced) is tried again: the other
/// daemon serves on meanwhile.
pub(super) async fn keep(
    spec: Spec,
    sockets: Arc<Sockets>,
    ready: Arc<AtomicBool>,
    mut phases: watch::Receiver<Phase>,
) -> Result<(), Failure> {
    let started = Instant::now();
    let mut restarts = Restarts::default();
    let mut ran = false;
    loop {
        let with_target = !ready.load(Ordering::Relaxed);
        let mut running = match spec.spawn(&sockets, with_target) {
            Ok(running) => running,
            Err(error) if ran => {
                let wait = restarts.wait_after_death(Instant::now());
                let (name, reason, restart_ms) = (spec.name, error.to_string(), wait.as_millis());
                event::print(spec.output, &Event::NotStarted { name, reason, restart_ms });
                if pause(wait, &mut phases).await.is_break() {
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
        let pid = running.pid();
        let status = tokio::select! {
            status = running.end() => status,
            () = until(&mut phases, &[Phase::Draining, Phase::Killing]) => {
                // The ports close when the daemon closes its copies.
                drop(sockets);
                let patience = until(&mut phases, &[Phase::Killing]);
                running.terminate(async {
                    let _ = tokio::time::timeout(spec.stop_wait, patience).await;
                }).await;
                return Ok(());
            }
        };
        let status = status.map_err(|error| Failure::new(format!("{}: {error}", spec.name)))?;
        let refused = is_refusal(status, with_target, started);
        if refused {
            return Err(Failure::new(format!("{} refused to start ({status})", spec.name)));
        }
        let wait = restarts.wait_after_death(Instant::now());
        let (name, how) = (spec.name, describe(status));
        event::print(spec.output, &Event::Died { name, pid, how, restart_ms: wait.as_millis() });
        if pause(wait, &mut phases).await.is_break() {
            return Ok(());
        }
    }
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

fn describe(status: ExitStatus) -> String {
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
