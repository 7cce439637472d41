use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use ringgate_ipc::Kind;
use ringgate_observe::Counters;
use ringgate_runtime::{Inbox, Probe, inbox};
use ringgate_table::Tables;
use ringgate_tls::ServerConfig;

use super::{Event, Senders};
use crate::consents::Consents;
use crate::issuers::Issuers;
use crate::journal::Journal;
use crate::limits::RESTART_MS;
use crate::pressure::Pressure;
use crate::services::Queries;
use crate::settings::Settings;
use crate::sockets::{self, Socket};
use crate::stages::Throttle;
use crate::tls::Tls;
use crate::worker::{self, Message, Seed, Waits};

/// The workers, and everything that they are made from, kept to make one again.
pub(super) struct Crew {
    pub(super) tables: Arc<Tables>,
    pub(super) probe: Probe,
    pub(super) journal: Journal,
    pub(super) queries: Queries,
    pub(super) waits: Waits,
    pub(super) settings: Arc<Settings>,
    pub(super) tls: Arc<Tls>,
    pub(super) inbound: Option<Arc<ServerConfig>>,
    pub(super) pressure: Arc<Pressure>,
    pub(super) throttle: Arc<Throttle>,
    pub(super) issuers: Arc<Issuers>,
    pub(super) consents: Arc<Consents>,
    pub(super) connections_max: usize,
    pub(super) cores: Vec<usize>,
    pub(super) sockets: Vec<Socket>,
    /// Workers do not accept before they are told to.
    pub(super) held: bool,
    pub(super) slots: Vec<Slot>,
    pub(super) senders: Senders,
    pub(super) events: Sender<Event>,
}

/// A worker's place. Its counters outlive it.
#[derive(Default)]
pub(super) struct Slot {
    counters: Arc<Counters>,
    running: bool,
    started: Option<Instant>,
}

impl Crew {
    /// Makes a place for one more worker, which may be written to at once.
    ///
    /// # Errors
    /// A sentence: there are no descriptors left.
    pub(super) fn add(&mut self) -> Result<Inbox<Message>, String> {
        let (sender, inbox) = inbox().map_err(|error| format!("a worker's inbox: {error}"))?;
        self.senders.push(sender);
        self.slots.push(Slot::default());
        Ok(inbox)
    }

    /// Every worker's counters.
    pub(super) fn counters(&self) -> Vec<Arc<Counters>> {
        self.slots.iter().map(|slot| slot.counters.clone()).collect()
    }

    /// What is served, for people.
    pub(super) fn describe(&self) -> String {
        let addresses = Kind::ALL.map(|kind| sockets::addresses(&self.sockets, kind)).concat();
        let (addresses, workers) = (addresses.join(", "), self.slots.len());
        format!("serving {addresses} with {workers} workers on {}", self.probe.driver)
    }

    /// True while the worker at `index` runs.
    pub(super) fn is_running(&self, index: usize) -> bool {
        self.slots.get(index).is_some_and(|slot| slot.running)
    }

    /// True while one runs.
    pub(super) fn any_running(&self) -> bool {
        self.slots.iter().any(|slot| slot.running)
    }

    /// Starts the worker at `index`.
    ///
    /// # Errors
    /// The kernel's: there can be no thread, no descriptor.
    pub(super) fn start(&mut self, index: usize, inbox: Inbox<Message>) -> io::Result<()> {
        let count = self.slots.len();
        let listeners = sockets::of_worker(&self.sockets, index, count)?;
        let (Some(slot), Some(sender)) = (self.slots.get_mut(index), self.senders.of(index)) else {
            return Ok(());
        };
        let seed = Seed {
            tables: self.tables.clone(),
            counters: slot.counters.clone(),
            journal: self.journal.clone(),
            queries: self.queries.clone(),
            waits: self.waits,
            settings: self.settings.clone(),
            tls: self.tls.clone(),
            inbound: self.inbound.clone(),
            pressure: self.pressure.clone(),
            throttle: self.throttle.clone(),
            issuers: self.issuers.clone(),
            consents: self.consents.clone(),
            connections_max: self.connections_max,
            listeners,
            held: self.held,
            events: self.events.clone(),
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
        (slot.running, slot.started) = (true, Some(Instant::now()));
        let events = self.events.clone();
        std::thread::Builder::new().name(format!("{name}-end")).spawn(move || {
            let how = match thread.join() {
                Ok(Ok(())) => "ended".to_owned(),
                Ok(Err(error)) => format!("cannot run: {error}"),
                Err(_) => "panicked".to_owned(),
            };
            let _ = events.send(Event::WorkerEnded(index, how));
        })?;
        Ok(())
    }

    /// Starts every worker.
    ///
    /// # Errors
    /// A sentence: which one, and the kernel's reason.
    pub(super) fn start_all(&mut self, inboxes: Vec<Inbox<Message>>) -> Result<(), String> {
        for (index, inbox) in inboxes.into_iter().enumerate() {
            self.start(index, inbox).map_err(|error| format!("worker {index}: {error}"))?;
        }
        Ok(())
    }

    /// What need not be done before the ports are open, on a thread that nobody waits for.
    pub(super) fn warm_up(&self) {
        let tls = self.tls.clone();
        let thread = std::thread::Builder::new().name("warm-up".to_owned());
        // Without it, who needs something first does it.
        let _ = thread.spawn(move || tls.warm_up());
    }

    /// Notes that a worker's thread is gone.
    pub(super) fn ended(&mut self, index: usize) {
        if let Some(slot) = self.slots.get_mut(index) {
            slot.running = false;
        }
    }

    /// Has a worker whose thread is gone started once more; after a pause, where it did not live
    /// for long.
    pub(super) fn revive(&mut self, index: usize, how: &str) {
        say!("worker {index} {how}; starting it again");
        let started = self.slots.get(index).and_then(|slot| slot.started);
        let pause = Duration::from_millis(RESTART_MS);
        if started.is_some_and(|started| started.elapsed() < pause) {
            self.restart_later(index);
        } else {
            self.restart(index);
        }
    }

    /// Starts a worker once more.
    pub(super) fn restart(&mut self, index: usize) {
        let restarted = inbox().and_then(|(sender, inbox)| {
            self.senders.replace(index, sender);
            self.start(index, inbox)
        });
        if let Err(error) = restarted {
            say!("worker {index} cannot be started again yet: {error}");
            self.restart_later(index);
        }
    }

    /// Not by waiting: told to stop meanwhile, nobody waits for it.
    fn restart_later(&self, index: usize) {
        let events = self.events.clone();
        let later = move || {
            std::thread::sleep(Duration::from_millis(RESTART_MS));
            let _ = events.send(Event::RestartWorker(index));
        };
        let thread = std::thread::Builder::new().name("restart".to_owned());
        if thread.spawn(later.clone()).is_err() {
            later();
        }
    }
}
