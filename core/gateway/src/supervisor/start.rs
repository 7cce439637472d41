use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ringgate_dns::limits::SERVERS_MAX;
use ringgate_ipc::{Hello, Kind};
use ringgate_runtime::{Inbox, Probe};
use ringgate_settings::{Common, DataPlaneArgs};
use ringgate_table::{Table, Tables};

use super::crew::Crew;
use super::{Event, Senders, machine, signals};
use crate::consents::Consents;
use crate::control_link::{Asker, Link};
use crate::issuers::Issuers;
use crate::journal::Journal;
use crate::last_good::{self, Keeper, LastGood};
use crate::loader::Loader;
use crate::pressure::Pressure;
use crate::services::{self, Queries};
use crate::sessions;
use crate::settings::{self, Settings};
use crate::sockets::{self, Socket};
use crate::stages::Throttle;
use crate::tls::Tls;
use crate::upgrade::Heir;
use crate::worker::Message;

/// Everything that has been started but does not serve yet.
pub(super) struct Start<'a> {
    pub(super) common: &'a Common,
    pub(super) crew: Crew,
    pub(super) link: Link,
    pub(super) last_good: Arc<Mutex<LastGood>>,
    pub(super) waiting: Receiver<Event>,
    args: &'a DataPlaneArgs,
    started: Instant,
    /// Sockets that came from somebody else.
    passed: Vec<Socket>,
    inboxes: Vec<Inbox<Message>>,
    has_table: bool,
}

impl<'a> Start<'a> {
    /// Starts every thread but the workers.
    ///
    /// # Errors
    /// A sentence for people.
    pub(super) fn new(
        common: &'a Common,
        args: &'a DataPlaneArgs,
        mut heir: Option<&mut Heir>,
        journal: Journal,
        started: Instant,
    ) -> Result<Self, String> {
        let passed = match &mut heir {
            Some(heir) => std::mem::take(&mut heir.sockets),
            None => sockets::inherited(ringgate_ipc::inherited::take()?)?,
        };
        let (events, waiting) = channel();
        // Soon, for a signal that nobody has asked for yet ends the process.
        signals::watch(events.clone())?;
        common.prepare()?;
        let heir = heir.as_deref();
        let probe = choose_driver(args, heir)?;
        let keys = heir.map(|heir| Tls::keys(&heir.secrets)).unwrap_or_default();
        let tls = Arc::new(Tls::new(common, &args.tls, keys)?);
        // Certificates that were given are looked at even where nobody is to be shown them.
        let wants_tls = serves_tls(common, &passed) || !args.tls.certificates.is_empty();
        let table = last_good_table(common);
        let has_table = table.is_some();
        let table = table.unwrap_or_else(Table::empty);
        if wants_tls {
            tls.present(&table)?;
        }
        sessions::open(&table, common);
        let keeper = if heir.is_some() { Keeper::Predecessor } else { Keeper::Us };
        let last_good = LastGood::new(common.last_good_table(), keeper);
        let descriptors = machine::descriptors();
        let mut crew = Crew {
            tables: Tables::new(table),
            journal,
            queries: start_services(args, descriptors)?,
            waits: settings::waits(args),
            settings: Arc::new(Settings::new(common, args)),
            tls,
            pressure: watch_pressure(args)?,
            throttle: Arc::new(Throttle::new(settings::account_limit(args))),
            connections_max: machine::connections_max(descriptors, args.worker_count()),
            consents: Arc::new(Consents::new()),
            issuers: Arc::new(Issuers::new(events.clone())),
            cores: machine::cores(),
            sockets: Vec::new(),
            held: heir.is_some(),
            slots: Vec::new(),
            senders: Senders::default(),
            events,
            probe,
        };
        let inboxes: Result<_, _> = (0..args.worker_count()).map(|_| crew.add()).collect();
        let (link, last_good) = (Link::default(), Arc::new(Mutex::new(last_good)));
        let inboxes = inboxes?;
        let start = Self {
            common,
            crew,
            link,
            last_good,
            waiting,
            args,
            started,
            passed,
            inboxes,
            has_table,
        };
        start.loader()?;
        Ok(start)
    }

    fn loader(&self) -> Result<(), String> {
        let started = self.started;
        let (crew, common) = (&self.crew, self.common);
        let addresses = |kind| {
            let bound = sockets::addresses(&self.passed, kind);
            let wanted = sockets::wanted(common, &self.passed, kind);
            bound.into_iter().chain(wanted.iter().map(ToString::to_string)).collect()
        };
        let loader = Loader {
            tables: crew.tables.clone(),
            last_good: self.last_good.clone(),
            table_socket: common.table_socket(),
            link: self.link.clone(),
            hello: Hello {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                pid: std::process::id(),
                workers: u16::try_from(crew.slots.len()).unwrap_or(u16::MAX),
                driver: crew.probe.driver.to_string(),
                driver_reason: crew.probe.reason.clone(),
                http: addresses(Kind::Http),
                https: addresses(Kind::Https),
                access_logs: access_logs(common, self.args),
                ..Hello::default()
            },
            counters: crew.counters(),
            tls: crew.tls.clone(),
            common: common.clone(),
            throttle: crew.throttle.clone(),
            records_lost: crew.journal.lost(),
            workers: crew.senders.clone(),
            events: crew.events.clone(),
            started,
            reaped: started,
        };
        let thread = std::thread::Builder::new().name("loader".to_owned());
        thread.spawn(|| loader.run()).map_err(|error| format!("the loader thread: {error}"))?;
        Ok(())
    }

    /// Opens the ports and starts the workers, once there is a table; false when told to stop
    /// before.
    ///
    /// # Errors
    /// A sentence for people.
    pub(super) fn alone(&mut self) -> Result<bool, String> {
        let needs_default = self.common.target.is_some();
        let wait_ms = self.args.table_wait_ms;
        if !wait_for_table(&self.waiting, self.has_table, needs_default, wait_ms) {
            return Ok(false);
        }
        let workers = usize::from(self.args.worker_count());
        let mut sockets = std::mem::take(&mut self.passed);
        for kind in Kind::ALL {
            let wanted = sockets::wanted(self.common, &sockets, kind);
            sockets.extend(sockets::bind(kind, &wanted, workers)?);
        }
        self.crew.sockets = sockets;
        self.crew.start_all(std::mem::take(&mut self.inboxes))?;
        Ok(true)
    }

    /// Starts the workers, has the old process agree, and accepts; false when told to stop before.
    /// Until the old one has agreed, ending is all there is to do about anything that goes wrong.
    ///
    /// # Errors
    /// A sentence for people, which the old process is to be told while `heir` is there.
    pub(super) fn succeed(&mut self, heir: &mut Option<Heir>) -> Result<bool, String> {
        let Some(manifest) = heir.as_ref().map(|heir| heir.manifest.clone()) else {
            return Ok(false);
        };
        self.crew.sockets = std::mem::take(&mut self.passed);
        self.crew.start_all(std::mem::take(&mut self.inboxes))?;
        // Somewhat less than the old one waits, to have something to say.
        let wait_ms = u64::from(manifest.wait_ms).saturating_mul(9) / 10;
        let deadline = self.started + Duration::from_millis(wait_ms);
        // What is live must be known here from now on; without control nothing new becomes live.
        let (mut current, mut ready) = (!manifest.attached, 0);
        while !current || ready < self.crew.slots.len() {
            match self.waiting.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Event::TableLive { .. }) => current = true,
                Ok(Event::WorkerReady) => ready += 1,
                Ok(Event::WorkerEnded(index, how)) => return Err(format!("worker {index} {how}")),
                Ok(Event::Stop) => return Err("it was told to stop".to_owned()),
                Ok(Event::Upgrade(asker)) => not_yet(asker),
                Ok(_) => {}
                Err(_) if current => return Err("its workers do not start".to_owned()),
                Err(_) => return Err("it gets no table from control".to_owned()),
            }
        }
        let generation = self.crew.tables.current().generation();
        if let Some(heir) = heir.take() {
            heir.loaded(generation, self.crew.events.clone())?;
        }
        self.await_go()
    }

    fn await_go(&mut self) -> Result<bool, String> {
        while let Ok(event) = self.waiting.recv() {
            match event {
                Event::Go(went) => {
                    let heir = went?;
                    self.keep_table();
                    self.crew.held = false;
                    self.crew.senders.send(|| Message::Accept);
                    let pid = heir.manifest.pid;
                    heir.accepting(self.crew.events.clone());
                    say!("took over from process {pid}");
                    return Ok(true);
                }
                Event::WorkerEnded(index, how) => return Err(format!("worker {index} {how}")),
                Event::Stop => break,
                Event::Upgrade(asker) => not_yet(asker),
                _ => {}
            }
        }
        Ok(false)
    }

    fn keep_table(&self) {
        let mut last_good = self.last_good.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = last_good.take_over(&self.crew.tables.current()) {
            say!("the table is live but cannot be kept on disk: {error}");
        }
    }
}

/// Where access logs go, for those who want to read them.
fn access_logs(common: &Common, args: &DataPlaneArgs) -> String {
    // Text and paths in maps and lists: it cannot fail but for a path that is not Unicode.
    serde_json::to_string(&settings::log_destinations(common, args)).unwrap_or_default()
}

fn not_yet(asker: Option<Asker>) {
    if let Some(asker) = asker {
        asker.answer(Err("this process does not serve yet".to_owned()));
    }
}

fn choose_driver(args: &DataPlaneArgs, heir: Option<&Heir>) -> Result<Probe, String> {
    let wanted = heir.map_or(args.driver, |heir| heir.driver(args.driver));
    let mut probe = machine::choose_driver(wanted)?;
    if let Some(heir) = heir {
        heir.check_driver(&probe.driver.to_string())?;
        if wanted != args.driver {
            "as the process before it".clone_into(&mut probe.reason);
        }
    }
    Ok(probe)
}

/// True when there is, or will be, a TLS listener.
fn serves_tls(common: &Common, passed: &[Socket]) -> bool {
    let wanted = sockets::wanted(common, passed, Kind::Https);
    !wanted.is_empty() || passed.iter().any(|(kind, _)| *kind == Kind::Https)
}

fn start_services(args: &DataPlaneArgs, descriptors: u64) -> Result<Queries, String> {
    if args.dns_server.len() > SERVERS_MAX {
        return Err(format!("at most {SERVERS_MAX} name servers may be given by --dns-server"));
    }
    let started = services::start(&args.dns_server, machine::names_max(descriptors));
    started.map_err(|error| format!("the services thread: {error}"))
}

fn watch_pressure(args: &DataPlaneArgs) -> Result<Arc<Pressure>, String> {
    let bytes = args.memory_limit_mb.saturating_mul(1024 * 1024);
    let watched = Pressure::watch(Some(bytes).filter(|&bytes| bytes > 0));
    watched.map_err(|error| format!("the pressure thread: {error}"))
}

/// The table that was live last, where there is one that can be used.
fn last_good_table(common: &Common) -> Option<Table> {
    let path = common.last_good_table();
    last_good::read(&path).unwrap_or_else(|reason| {
        say!("{} cannot be used: {reason}; waiting for control", path.display());
        None
    })
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
            Ok(Event::Upgrade(asker)) => not_yet(asker),
            Ok(_) => {}
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
