//! `ringgate up`: both daemons as children, their listening sockets held here.

mod another;
mod brief;
mod child;
mod event;
mod ready;
mod restarts;
mod running;
mod signals;
mod sockets;

pub(crate) use brief::Brief;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::ArgMatches;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::arguments::{Output, Up};
use crate::failure::Failure;
use crate::limits::STOP_GRACE_MS;
use child::{Phase, Spec};
use event::Event;
use signals::Signals;
use sockets::Sockets;

/// Runs until a signal, or until a daemon refuses to start.
pub(crate) async fn run(up: &Up, matches: &ArgMatches, output: Output) -> Result<(), Failure> {
    let started = Instant::now();
    another::refuse(&up.common).await?;
    let sockets = Arc::new(Sockets::open(up)?);
    up.common.prepare().map_err(Failure::new)?;
    let mut signals = Signals::new()?;
    let ready = Arc::new(AtomicBool::new(false));
    let (phase, phases) = watch::channel(Phase::Running);

    let mut work: JoinSet<Result<(), Failure>> = JoinSet::new();
    let matches = innermost(matches);
    for mut spec in
        [Spec::control(up, matches, &sockets)?, Spec::data_plane(up, matches, &sockets)?]
    {
        spec.output = output;
        work.spawn(child::keep(spec, Arc::clone(&sockets), Arc::clone(&ready), phases.clone()));
    }
    let announce = ready::announce(up, &sockets, phases, started, output);
    drop(sockets);
    work.spawn(async move {
        announce.await;
        ready.store(true, Ordering::Relaxed);
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
