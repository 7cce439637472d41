//! The main thread: starts the others in order, opens the ports once there is a table, restarts a
//! worker that died, drains on SIGTERM.

use std::io;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ringgate_dns::limits::SERVERS_MAX;
use ringgate_ipc::Hello;
use ringgate_observe::Counters;
use ringgate_runtime::{Driver, Inbox, InboxSender, Probe, inbox, probe};
use ringgate_settings::{Common, DataPlaneArgs};
use ringgate_table::{Table, Tables};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::journal::{self, Journal};
use crate::last_good::{self, LastGood};
use crate::limits::{
    JOURNAL_END_MS, NAMES_DESCRIPTOR_SHARE, NAMES_UNDER_WAY, RESERVED_DESCRIPTORS, RESTART_MS,
    SOCKETS_PER_NAME,
};
use crate::loader::Loader;
use crate::services::{self, Queries};
use crate::sockets;
use crate::worker::{self, Message, Seed, Waits};

/// What the main thread waits for.
#[derive(Debug)]
pub(crate) enum Event {
    /// The loader published a table; `has_default`: one with an API for every host.
    TableLive {
        /// True with `ringgate up --target`.
        has_default: bool,
    },
    /// SIGTERM or SIGINT.
    Stop,
    /// A worker thread ended.
    WorkerEnded(usize, String),
}

/// Everything that workers are made from, kept to make one again.
struct Supervisor {
    tables: Arc<Tables>,
    probe: Probe,
    journal: Option<Journal>,
    queries: Queries,
    waits: Waits,
    connections_max: usize,
    cores: Vec<usize>,
    sockets: Vec<TcpListener>,
    workers: Vec<WorkerSlot>,
    senders: Senders,
    events: Sender<Event>,
}

struct WorkerSlot {
    counters: Arc<Counters>,
    running: bool,
}

/// How every other thread reaches the workers. A worker that is started again has a new inbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct Senders(Arc<Mutex<Vec<InboxSender<Message>>>>);

impl Senders {
    fn push(&self, sender: InboxSender<Message>) {
        self.lock().push(sender);
    }

    fn replace(&self, index: usize, sender: InboxSender<Message>) {
        if let Some(slot) = self.lock().get_mut(index) {
            *slot = sender;
        }
    }

    fn of(&self, index: usize) -> Option<InboxSender<Message>> {
        self.lock().get(index).cloned()
    }

    /// Tells every worker.
    pub(crate) fn send(&self, message: impl Fn() -> Message) {
        for sender in self.lock().iter() {
            sender.send(message());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<InboxSender<Message>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs the data plane to its end.
///
/// # Errors
/// A sentence for people: what cannot be had, and what to do.
pub(crate) fn run(common: &Common, args: &DataPlaneArgs) -> Result<ExitCode, String> {
    let started = Instant::now();
    // Before anything else opens a descriptor.
    let passed = sockets::inherited(ringgate_ipc::inherited::take()?)?;
    common.prepare()?;
    let probe = choose_driver(args.driver)?;
    let (events, waiting) = channel();
    watch_signals(events.clone())?;
    let (journal, journal_thread) = start_journal(args)?.unzip();
    let path = common.last_good_table();
    let table = last_good::read(&path).unwrap_or_else(|reason| {
        say!("{} cannot be used: {reason}; waiting for control", path.display());
        None
    });
    let has_table = table.is_some();
    let tables = Tables::new(table.unwrap_or_else(Table::empty));
    let mut inboxes = Vec::new();
    let descriptors = descriptors();
    let mut supervisor = Supervisor {
        tables: tables.clone(),
        journal,
        queries: start_services(args, descriptors)?,
        waits: waits(args),
        connections_max: connections_max(descriptors, args.worker_count()),
        cores: cores(),
        sockets: Vec::new(),
        workers: Vec::new(),
        senders: Senders::default(),
        events: events.clone(),
        probe,
    };
    for _ in 0..args.worker_count() {
        inboxes.push(supervisor.add_worker()?);
    }
    let bound = if passed.is_empty() { None } else { Some(sockets::addresses(&passed)) };
    let http = bound.unwrap_or_else(|| common.http.iter().map(ToString::to_string).collect());
    supervisor.start_loader(common, tables, http, started)?;

    let needs_default = common.target.is_some();
    if !wait_for_table(&waiting, has_table, needs_default, args.table_wait_ms) {
        return Ok(ExitCode::SUCCESS);
    }
    supervisor.sockets = if passed.is_empty() {
        sockets::bind(&common.http, usize::from(args.worker_count()))?
    } else {
        passed
    };
    for (index, inbox) in inboxes.into_iter().enumerate() {
        supervisor
            .start_worker(index, inbox)
            .map_err(|error| format!("worker {index}: {error}"))?;
    }
    say!(
        "serving {} with {} workers on {} after {} ms",
        sockets::addresses(&supervisor.sockets).join(", "),
        supervisor.workers.len(),
        supervisor.probe.driver,
        started.elapsed().as_millis()
    );
    supervisor.watch(&waiting, u64::from(args.drain_timeout_ms));
    // Without this last sender the journal writes what it has and ends; a worker that died may have
    // left one behind, so it is not waited for without end.
    drop(supervisor);
    if let Some(ended) = journal_thread {
        let _ = ended.recv_timeout(Duration::from_millis(JOURNAL_END_MS));
    }
    Ok(ExitCode::SUCCESS)
}

fn start_services(args: &DataPlaneArgs, descriptors: u64) -> Result<Queries, String> {
    if args.dns_server.len() > SERVERS_MAX {
        return Err(format!("at most {SERVERS_MAX} name servers may be given by --dns-server"));
    }
    let started = services::start(&args.dns_server, names_max(descriptors));
    started.map_err(|error| format!("the services thread: {error}"))
}

fn start_journal(args: &DataPlaneArgs) -> Result<Option<(Journal, Receiver<()>)>, String> {
    let Some(file) = &args.access_log else { return Ok(None) };
    let started = journal::start(file);
    started.map(Some).map_err(|error| format!("--access-log {}: {error}", file.display()))
}

impl Supervisor {
    fn add_worker(&mut self) -> Result<Inbox<Message>, String> {
        let (sender, inbox) = inbox().map_err(|error| format!("a worker's inbox: {error}"))?;
        let counters = Arc::<Counters>::default();
        self.senders.push(sender);
        self.workers.push(WorkerSlot { counters, running: false });
        Ok(inbox)
    }

    fn start_loader(
        &self,
        common: &Common,
        tables: Arc<Tables>,
        http: Vec<String>,
        started: Instant,
    ) -> Result<(), String> {
        let loader = Loader {
            tables,
            last_good: LastGood::new(common.last_good_table()),
            table_socket: common.table_socket(),
            hello: Hello {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                pid: std::process::id(),
                workers: u16::try_from(self.workers.len()).unwrap_or(u16::MAX),
                driver: self.probe.driver.to_string(),
                driver_reason: self.probe.reason.clone(),
                store_id: None,
                generation: 0,
                http,
            },
            counters: self.workers.iter().map(|worker| worker.counters.clone()).collect(),
            workers: self.senders.clone(),
            events: self.events.clone(),
            started,
            reaped: started,
        };
        let thread = std::thread::Builder::new().name("loader".to_owned());
        thread.spawn(|| loader.run()).map_err(|error| format!("the loader thread: {error}"))?;
        Ok(())
    }

    fn start_worker(&mut self, index: usize, inbox: Inbox<Message>) -> io::Result<()> {
        let count = self.workers.len();
        let listeners = sockets::of_worker(&self.sockets, index, count)?;
        let (Some(slot), Some(sender)) = (self.workers.get_mut(index), self.senders.of(index))
        else {
            return Ok(());
        };
        let seed = Seed {
            tables: self.tables.clone(),
            counters: slot.counters.clone(),
            journal: self.journal.clone(),
            queries: self.queries.clone(),
            waits: self.waits,
            connections_max: self.connections_max,
            driver: self.probe.driver,
            listeners,
            sender,
            inbox,
        };
        // More workers than cores are left to the scheduler.
        let core = self.cores.get(index).copied().filter(|_| count <= self.cores.len());
        let name = format!("worker-{index}");
        let thread =
            ringgate_runtime::worker::start(&name, core, self.probe.driver, move |worker| {
                worker::run(worker, seed)
            })?;
        slot.running = true;
        let events = self.events.clone();
        let started = Instant::now();
        std::thread::Builder::new().name(format!("{name}-end")).spawn(move || {
            let how = match thread.join() {
                Ok(Ok(())) => "ended".to_owned(),
                Ok(Err(error)) => format!("cannot run: {error}"),
                Err(_) => "panicked".to_owned(),
            };
            let restart = Duration::from_millis(RESTART_MS);
            if started.elapsed() < restart {
                std::thread::sleep(restart);
            }
            let _ = events.send(Event::WorkerEnded(index, how));
        })?;
        Ok(())
    }

    /// Serves until told to stop, then drains.
    fn watch(&mut self, waiting: &Receiver<Event>, drain_ms: u64) {
        let mut draining = false;
        while let Ok(event) = waiting.recv() {
            match event {
                Event::TableLive { .. } => {}
                Event::Stop if draining => {
                    say!("told twice to stop: not waiting for requests under way");
                    return;
                }
                Event::Stop => {
                    draining = true;
                    say!("draining, for at most {drain_ms} ms");
                    self.senders.send(|| Message::Drain(drain_ms));
                    // The workers close their handles too, once they have taken what waits.
                    self.sockets.clear();
                }
                Event::WorkerEnded(index, how) => self.worker_ended(index, &how, draining),
            }
            if draining && self.workers.iter().all(|worker| !worker.running) {
                return;
            }
        }
    }

    fn worker_ended(&mut self, index: usize, how: &str, draining: bool) {
        if let Some(slot) = self.workers.get_mut(index) {
            slot.running = false;
        }
        if draining {
            return;
        }
        say!("worker {index} {how}; starting it again");
        let restarted = inbox().and_then(|(sender, inbox)| {
            self.senders.replace(index, sender);
            self.start_worker(index, inbox)
        });
        if let Err(error) = restarted {
            say!("worker {index} cannot be started again yet: {error}");
            std::thread::sleep(Duration::from_millis(RESTART_MS));
            let _ = self.events.send(Event::WorkerEnded(index, "is not running".to_owned()));
        }
    }
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
            Ok(Event::WorkerEnded(..)) => {}
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

fn choose_driver(wanted: ringgate_settings::Driver) -> Result<Probe, String> {
    use ringgate_settings::Driver as Wanted;
    let probed = probe();
    match wanted {
        Wanted::Auto => Ok(probed),
        Wanted::Epoll => {
            Ok(Probe { driver: Driver::Epoll, reason: "asked for by --driver".to_owned() })
        }
        Wanted::IoUring if probed.driver == Driver::IoUring => {
            Ok(Probe { reason: "asked for by --driver".to_owned(), ..probed })
        }
        Wanted::IoUring => Err(format!("--driver io_uring: {}", probed.reason)),
    }
}

fn watch_signals(events: Sender<Event>) -> Result<(), String> {
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGINT])
        .map_err(|error| format!("signals: {error}"))?;
    let thread = std::thread::Builder::new().name("signals".to_owned());
    thread
        .spawn(move || {
            for _ in signals.forever() {
                let _ = events.send(Event::Stop);
            }
        })
        .map_err(|error| format!("the signals thread: {error}"))?;
    Ok(())
}

fn waits(args: &DataPlaneArgs) -> Waits {
    Waits {
        head_ms: args.head_timeout_ms.into(),
        idle_ms: args.idle_timeout_ms.into(),
        body_ms: args.body_timeout_ms.into(),
        connect_ms: args.connect_timeout_ms.into(),
        response_head_ms: args.response_head_timeout_ms.into(),
        upstream_idle_ms: args.upstream_idle_timeout_ms.into(),
    }
}

/// The descriptors that this process may have.
fn descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    current.unwrap_or(u64::MAX)
}

/// Names that may be looked up at the same time.
fn names_max(descriptors: u64) -> usize {
    let share = descriptors / NAMES_DESCRIPTOR_SHARE / SOCKETS_PER_NAME;
    usize::try_from(share.clamp(NAMES_UNDER_WAY.0, NAMES_UNDER_WAY.1)).unwrap_or(usize::MAX)
}

/// Each worker's share of the descriptors, of which every client connection may need two.
fn connections_max(descriptors: u64, workers: u16) -> usize {
    let names = (names_max(descriptors) as u64).saturating_mul(SOCKETS_PER_NAME);
    let left = descriptors.saturating_sub(RESERVED_DESCRIPTORS).saturating_sub(names);
    usize::try_from(left / u64::from(workers.max(1))).unwrap_or(usize::MAX).max(1)
}

/// The cores this process may run on.
fn cores() -> Vec<usize> {
    match rustix::thread::sched_getaffinity(None) {
        Ok(set) => (0..rustix::thread::CpuSet::MAX_CPU).filter(|&cpu| set.is_set(cpu)).collect(),
        Err(_) => Vec::new(),
    }
}
