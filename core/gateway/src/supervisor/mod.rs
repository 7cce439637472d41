//! The main thread: starts the others in order, opens the ports once there is a table, restarts a
//! worker that died, has a new process take over, drains on SIGTERM.

mod crew;
mod event;
mod machine;
mod replacing;
mod senders;
mod serving;
mod signals;
mod start;
mod watchdog;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use ringgate_ipc::notify::{News, notify};
use ringgate_settings::{Common, DataPlaneArgs};

use crate::journal::{self, Journal};
use crate::limits::JOURNAL_END_MS;
use crate::settings;
use crate::upgrade::{Heir, Program};

pub(crate) use event::Event;
pub(crate) use senders::Senders;
use serving::Serving;
use start::Start;

/// Runs the data plane to its end.
///
/// # Errors
/// A sentence for people: what cannot be had, and what to do.
pub(crate) fn run(common: &Common, args: &DataPlaneArgs) -> Result<ExitCode, String> {
    let started = Instant::now();
    let program = Program::own();
    // Before anything else opens a descriptor.
    let mut heir = Heir::take(common)?;
    let result = start_and_serve(common, args, program, &mut heir, started);
    if let (Err(reason), Some(heir)) = (&result, &heir) {
        heir.refuse(reason);
    }
    result
}

fn start_and_serve(
    common: &Common,
    args: &DataPlaneArgs,
    program: Program,
    heir: &mut Option<Heir>,
    started: Instant,
) -> Result<ExitCode, String> {
    let (journal, journal_thread) = start_journal(args)?;
    let mut start = Start::new(common, args, heir.as_mut(), journal, started)?;
    let begun = if heir.is_some() { start.succeed(heir)? } else { start.alone()? };
    if !begun {
        return Ok(ExitCode::SUCCESS);
    }
    let status = start.crew.describe();
    say!("{status} after {} ms", started.elapsed().as_millis());
    tell(&[News::Ready, News::Status(status)]);
    start.crew.warm_up();
    let crew = Serving::new(start, args, program).run();
    // Without this last sender the journal writes what it has and ends; a worker that died may have
    // left one behind, so it is not waited for without end.
    drop(crew);
    let _ = journal_thread.recv_timeout(Duration::from_millis(JOURNAL_END_MS));
    Ok(ExitCode::SUCCESS)
}

fn start_journal(args: &DataPlaneArgs) -> Result<(Journal, Receiver<()>), String> {
    let first = settings::access_log(args);
    let started = journal::start(first.clone().map(Arc::new));
    started.map_err(|error| match first {
        Some(to) => format!("--access-log {to}: {error}"),
        None => format!("the journal thread: {error}"),
    })
}

/// Tells the process manager, where there is one and it listens.
fn tell(news: &[News]) {
    let _ = notify(news);
}
