//! `ringgate up`: both daemons as children, and the host of functions where it is asked for; their
//! listening sockets are held here.

mod another;
mod brief;
mod child;
mod event;
mod notices;
mod ready;
mod restarts;
mod running;
mod signals;
mod sockets;
mod spec;

pub(crate) use brief::Brief;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::ArgMatches;
use ringgate_ipc::notify::{News, notify};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::arguments::{Output, Up};
use crate::failure::Failure;
use crate::limits::STOP_GRACE_MS;
use child::Phase;
use event::Event;
use notices::Notices;
use signals::Signals;
use sockets::Sockets;
use spec::Spec;

/// Runs until a signal, or until a daemon refuses to start.
pub(crate) async fn run(up: &Up, matches: &ArgMatches, output: Output) -> Result<(), Failure> {
    let started = Instant::now();
    another::refuse(&up.common).await?;
    let sockets = Arc::new(Sockets::open(up)?);
    up.common.prepare().map_err(Failure::new)?;
    let mut signals = Signals::new()?;
    // The process that takes a child's place becomes a child of ours when that one ends.
    let own = rustix::process::getpid();
    rustix::process::set_child_subreaper(Some(own))
        .map_err(|error| Failure::new(format!("PR_SET_CHILD_SUBREAPER: {error}")))?;
    let ready = Arc::new(AtomicBool::new(false));
    let (phase, phases) = watch::channel(Phase::Running);

    let mut work: JoinSet<Result<(), Failure>> = JoinSet::new();
    let matches = innermost(matches);
    let notices = Notices::open(up.common.runtime_dir())
        .map_err(|error| Failure::new(format!("the socket for notices: {error}")))?;
    let control = Spec::control(up, matches, &sockets)?;
    let data_plane = Spec::data_plane(up, matches, &sockets, &notices)?;
    let functions = Spec::functions(up, matches, &sockets)?.map(|functions| (functions, None));
    let daemons = [(control, None), (data_plane, Some(notices))];
    for (mut spec, notices) in daemons.into_iter().chain(functions) {
        spec.output = output;
        let (sockets, ready) = (Arc::clone(&sockets), Arc::clone(&ready));
        work.spawn(child::keep(spec, sockets, ready, phases.clone(), notices));
    }
    let announce = ready::announce(up, &sockets, phases, started, output);
    drop(sockets);
    work.spawn(async move {
        announce.await;
        ready.store(true, Ordering::Relaxed);
        // Where this is a service itself.
        let _ = notify(&[News::Ready]);
        Ok(())
    });

    let mut failure = None;
    loop {
        tokio::select! {
            biased;
            name = signals.next() => {
                // The second one means it.
                let next = match *phase.borrow() {
                    Phase::Running => Phase::Draining,
                    Phase::Draining | Phase::Killing => Phase::Killing,
                };
                event::print(output, &Event::Stopping { signal: name });
                let _ = notify(&[News::Stopping]);
                phase.send_replace(next);
            }
            done = work.join_next() => match done {
                None => break,
                Some(Ok(Ok(()))) => {}
                Some(Ok(Err(refused))) => {
                    failure.get_or_insert(refused);
                    phase.send_replace(Phase::Draining);
                }
                Some(Err(error)) => {
                    failure.get_or_insert(Failure::new(error.to_string()));
                    phase.send_replace(Phase::Draining);
                }
            },
        }
    }
    event::print(output, &Event::Stopped);
    failure.map_or(Ok(()), Err)
}

fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, inner)| innermost(inner))
}

/// How long a child may take to stop: its own drain time, and some more.
fn stop_wait(up: &Up) -> Duration {
    Duration::from_millis(u64::from(up.data_plane.drain_timeout_ms) + STOP_GRACE_MS)
}
