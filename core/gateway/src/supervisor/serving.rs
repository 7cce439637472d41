use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use ringgate_ipc::notify::News;
use ringgate_settings::{Common, DataPlaneArgs};

use super::crew::Crew;
use super::start::Start;
use super::watchdog::Watchdog;
use super::{Event, tell};
use crate::control_link::{Asker, Link};
use crate::last_good::LastGood;
use crate::upgrade::{Program, Replaced};
use crate::worker::{Leave, Message};

/// The main thread from the moment the ports are open.
pub(super) struct Serving<'a> {
    pub(super) common: &'a Common,
    pub(super) args: &'a DataPlaneArgs,
    pub(super) crew: Crew,
    pub(super) link: Link,
    pub(super) last_good: Arc<Mutex<LastGood>>,
    waiting: Receiver<Event>,
    pub(super) program: Program,
    watchdog: Option<Watchdog>,
    pub(super) phase: Phase,
    /// Told to stop: a new process is not to take over any more.
    pub(super) stopping: Arc<AtomicBool>,
    /// Those who wait for the end of the upgrade that is under way; `None` when none is.
    pub(super) upgrading: Option<Vec<Asker>>,
    /// The process that has taken over. Its socket tells it of this one's end.
    pub(super) replaced: Option<Replaced>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Serving,
    /// Another process accepts; what is here ends in its own time.
    Replaced,
    /// Told to stop.
    Draining,
}

impl<'a> Serving<'a> {
    pub(super) fn new(start: Start<'a>, args: &'a DataPlaneArgs, program: Program) -> Self {
        let Start { common, crew, link, last_good, waiting, .. } = start;
        Self {
            common,
            args,
            watchdog: Watchdog::new(crew.counters()),
            crew,
            link,
            last_good,
            waiting,
            program,
            phase: Phase::Serving,
            stopping: Arc::default(),
            upgrading: None,
            replaced: None,
        }
    }

    /// Serves until told to stop or replaced, then drains; gives back what is left.
    pub(super) fn run(mut self) -> Crew {
        while let Some(event) = self.next() {
            match event {
                Event::TableLive { .. } | Event::WorkerReady | Event::Go(_) => {}
                Event::Stop if self.phase == Phase::Draining => {
                    say!("told twice to stop: not waiting for requests under way");
                    break;
                }
                Event::Stop => self.stop(),
                Event::Reload => self.reload(),
                Event::Upgrade(asker) => self.upgrade(asker),
                Event::UnknownKey(issuer) => self.link.unknown_key(issuer),
                Event::Upgraded(outcome) => self.upgraded(outcome),
                Event::PredecessorGone => self.alone(),
                Event::WorkerEnded(index, how) => {
                    self.crew.ended(index);
                    if self.phase == Phase::Serving {
                        self.crew.revive(index, &how);
                    }
                }
                Event::RestartWorker(index) if self.phase == Phase::Serving => {
                    self.crew.restart(index);
                }
                Event::RestartWorker(_) => {}
            }
            if self.phase != Phase::Serving && !self.crew.any_running() {
                break;
            }
        }
        self.crew
    }

    /// The next event; tells the watchdog meanwhile that all is well.
    fn next(&mut self) -> Option<Event> {
        loop {
            let Some(watchdog) = &mut self.watchdog else { return self.waiting.recv().ok() };
            match self.waiting.recv_timeout(watchdog.every()) {
                Ok(event) => return Some(event),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    watchdog.tell(Instant::now(), |index| self.crew.is_running(index));
                }
            }
        }
    }

    fn stop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        if self.phase == Phase::Serving {
            tell(&[News::Stopping, News::Status("draining".to_owned())]);
        }
        self.phase = Phase::Draining;
        self.drain(false);
    }

    pub(super) fn drain(&mut self, replaced: bool) {
        let drain_ms = u64::from(self.args.drain_timeout_ms);
        say!("draining, for at most {drain_ms} ms");
        self.link.drain();
        self.crew.senders.send(|| Message::Drain(Leave { drain_ms, replaced }));
        // The workers close their handles too, once they have taken what waits.
        self.crew.sockets.clear();
    }

    /// Opens the access log anew and reads the certificates again.
    fn reload(&mut self) {
        let news = |news| {
            if self.phase == Phase::Serving {
                tell(&[news])
            }
        };
        news(News::Reloading);
        self.crew.journal.reopen();
        match self.crew.inbound.is_some().then(|| self.crew.tls.inbound()) {
            None => say!("reloaded: the access logs"),
            Some(Ok(inbound)) => {
                self.crew.inbound = Some(inbound.clone());
                self.crew.senders.send(|| Message::Reload(inbound.clone()));
                say!("reloaded: the access logs and the certificates");
            }
            Some(Err(error)) => say!("reloaded: the access logs; the certificates stay: {error}"),
        }
        let news = |news| {
            if self.phase == Phase::Serving {
                tell(&[news])
            }
        };
        news(News::Ready);
    }
}
