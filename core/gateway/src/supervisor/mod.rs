//! The main thread: starts the others in order, opens the ports once there is a table, restarts a
//! worker that died, drains on SIGTERM.

mod crew;
mod event;
mod machine;
mod senders;
mod serving;
mod signals;
mod watchdog;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use ringgate_dns::limits::SERVERS_MAX;
use ringgate_ipc::notify::{News, notify};
use ringgate_ipc::{Hello, Kind};
use ringgate_settings::{Common, DataPlaneArgs};
use ringgate_table::{Table, Tables};

use crate::journal::{self, Journal};
use crate::last_good::{self, LastGood};
use crate::limits::JOURNAL_END_MS;
use crate::loader::Loader;
use crate::services::{self, Queries};
use crate::settings::{self, Settings};
use crate::sockets::{self, Socket};
use crate::tls::Tls;

use crew::Crew;
pub(crate) use event::Event;
pub(crate) use senders::Senders;
use serving::Serving;

/// Runs the data plane to its end.
///
/// # Errors
/// A sentence for people: what cannot be had, and what to do.
pub(crate) fn run(common: &Common, args: &DataPlaneArgs) -> Result<ExitCode, String> {
    let started = Instant::now();
    // Before anything else opens a descriptor.
    let passed = sockets::inherited(ringgate_ipc::inherited::take()?)?;
    common.prepare()?;
    let probe = machine::choose_driver(args.driver)?;
    let settings = Arc::new(Settings::new(args));
    let tls = Arc::new(Tls::new(common, &args.tls, Vec::new())?);
    let (events, waiting) = channel();
    signals::watch(events.clone())?;
    let (journal, journal_thread) = start_journal(args)?.unzip();
    let table = last_good_table(common);
    let has_table = table.is_some();
    // Certificates that were given are looked at even where nobody is to be shown them.
    let wants_tls = serves_tls(common, &passed) || !args.tls.certificates.is_empty();
    let inbound = wants_tls.then(|| tls.inbound()).transpose()?;
    let descriptors = machine::descriptors();
    let mut crew = Crew {
        tables: Tables::new(table.unwrap_or_else(Table::empty)),
        journal,
        queries: start_services(args, descriptors)?,
        waits: settings::waits(args),
        settings,
        tls,
        inbound,
        connections_max: machine::connections_max(descriptors, args.worker_count()),
        cores: machine::cores(),
        sockets: Vec::new(),
        slots: Vec::new(),
        senders: Senders::default(),
        events,
        probe,
    };
    let mut inboxes = Vec::new();
    for _ in 0..args.worker_count() {
        inboxes.push(crew.add()?);
    }
    start_loader(&crew, common, &passed, started)?;
    if !wait_for_table(&waiting, has_table, common.target.is_some(), args.table_wait_ms) {
        return Ok(ExitCode::SUCCESS);
    }
    crew.sockets = open(common, passed, usize::from(args.worker_count()))?;
    for (index, inbox) in inboxes.into_iter().enumerate() {
        crew.start(index, inbox).map_err(|error| format!("worker {index}: {error}"))?;
    }
    let status = crew.describe();
    say!("{status} after {} ms", started.elapsed().as_millis());
    tell(&[News::Ready, News::Status(status)]);
    let crew = Serving::new(crew, args).run(&waiting);
    // Without this last sender the journal writes what it has and ends; a worker that died may have
    // left one behind, so it is not waited for without end.
    drop(crew);
    if let Some(ended) = journal_thread {
        let _ = ended.recv_timeout(Duration::from_millis(JOURNAL_END_MS));
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells the process manager, where there is one and it listens.
fn tell(news: &[News]) {
    let _ = notify(news);
}

fn start_services(args: &DataPlaneArgs, descriptors: u64) -> Result<Queries, String> {
    if args.dns_server.len() > SERVERS_MAX {
        return Err(format!("at most {SERVERS_MAX} name servers may be given by --dns-server"));
    }
    let started = services::start(&args.dns_server, machine::names_max(descriptors));
    started.map_err(|error| format!("the services thread: {error}"))
}

fn start_journal(args: &DataPlaneArgs) -> Result<Option<(Journal, Receiver<()>)>, String> {
    let Some(file) = &args.access_log else { return Ok(None) };
    let started = journal::start(file);
    started.map(Some).map_err(|error| format!("--access-log {}: {error}", file.display()))
}

/// The table that was live last, where there is one that can be used.
fn last_good_table(common: &Common) -> Option<Table> {
    let path = common.last_good_table();
    last_good::read(&path).unwrap_or_else(|reason| {
        say!("{} cannot be used: {reason}; waiting for control", path.display());
        None
    })
}

/// True when there is, or will be, a TLS listener.
fn serves_tls(common: &Common, passed: &[Socket]) -> bool {
    let wanted = sockets::wanted(common, passed, Kind::Https);
    !wanted.is_empty() || passed.iter().any(|(kind, _)| *kind == Kind::Https)
}

/// The sockets that were passed down, and those that were not.
fn open(common: &Common, passed: Vec<Socket>, workers: usize) -> Result<Vec<Socket>, String> {
    let mut opened = Vec::new();
    for kind in Kind::ALL {
        let wanted = sockets::wanted(common, &passed, kind);
        opened.extend(sockets::bind(kind, &wanted, workers)?);
    }
    opened.extend(passed);
    Ok(opened)
}

fn start_loader(
    crew: &Crew,
    common: &Common,
    passed: &[Socket],
    started: Instant,
) -> Result<(), String> {
    let addresses = |kind| {
        let bound = sockets::addresses(passed, kind);
        let wanted = sockets::wanted(common, passed, kind);
        bound.into_iter().chain(wanted.iter().map(ToString::to_string)).collect()
    };
    let loader = Loader {
        tables: crew.tables.clone(),
        last_good: LastGood::new(common.last_good_table()),
        table_socket: common.table_socket(),
        hello: Hello {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            workers: u16::try_from(crew.slots.len()).unwrap_or(u16::MAX),
            driver: crew.probe.driver.to_string(),
            driver_reason: crew.probe.reason.clone(),
            store_id: None,
            generation: 0,
            http: addresses(Kind::Http),
            https: addresses(Kind::Https),
        },
        counters: crew.counters(),
        workers: crew.senders.clone(),
        events: crew.events.clone(),
        started,
        reaped: started,
    };
    let thread = std::thread::Builder::new().name("loader".to_owned());
    thread.spawn(|| loader.run()).map_err(|error| format!("the loader thread: {error}"))?;
    Ok(())
}

/// False when told to stop before there was anything to serve.
fn wait_for_table(
    waiting: &Receiver<Event>,
    mut has_table: bool,
    needs_default: bool,
    wait_ms: u32,
) -> bool {
    let deadline = Instant::now() + Duration::from_millis(u64::from(wait_ms));
    // A last-good table is not enough where control is about to make the API of --target.
    let mut enough = has_table && !needs_default;
    while !enough {
        let left = deadline.saturating_duration_since(Instant::now());
        match waiting.recv_timeout(left) {
            Ok(Event::TableLive { has_default }) => {
                has_table = true;
                enough = has_default || !needs_default;
            }
            Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
            Ok(Event::Reload | Event::WorkerEnded(..)) => {}
            Err(RecvTimeoutError::Timeout) => {
                if !has_table {
                    say!(
                        "no table after {wait_ms} ms (is ringgate-control running on \
                         this data directory?): answering 503 until there is one"
                    );
                }
                return true;
            }
        }
    }
    true
}
