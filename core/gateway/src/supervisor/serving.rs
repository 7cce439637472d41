use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use ringgate_ipc::notify::News;
use ringgate_settings::DataPlaneArgs;

use super::crew::Crew;
use super::watchdog::Watchdog;
use super::{Event, tell};
use crate::worker::Message;

/// The main thread from the moment the ports are open.
pub(super) struct Serving<'a> {
    crew: Crew,
    args: &'a DataPlaneArgs,
    watchdog: Option<Watchdog>,
    draining: bool,
}

impl<'a> Serving<'a> {
    pub(super) fn new(crew: Crew, args: &'a DataPlaneArgs) -> Self {
        let watchdog = Watchdog::new(crew.counters());
        Self { crew, args, watchdog, draining: false }
    }

    /// Serves until told to stop, then drains; gives back what is left.
    pub(super) fn run(mut self, waiting: &Receiver<Event>) -> Crew {
        while let Some(event) = self.next(waiting) {
            match event {
                Event::TableLive { .. } => {}
                Event::Stop if self.draining => {
                    say!("told twice to stop: not waiting for requests under way");
                    break;
                }
                Event::Stop => self.drain(),
                Event::Reload => self.reload(),
                Event::WorkerEnded(index, how) => {
                    self.crew.ended(index);
                    if !self.draining {
                        self.crew.restart(index, &how);
                    }
                }
            }
            if self.draining && !self.crew.any_running() {
                break;
            }
        }
        self.crew
    }

    /// The next event; tells the watchdog meanwhile that all is well.
    fn next(&mut self, waiting: &Receiver<Event>) -> Option<Event> {
        loop {
            let Some(watchdog) = &mut self.watchdog else { return waiting.recv().ok() };
            match waiting.recv_timeout(watchdog.every()) {
                Ok(event) => return Some(event),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    watchdog.tell(Instant::now(), |index| self.crew.is_running(index));
                }
            }
        }
    }

    fn drain(&mut self) {
        let drain_ms = u64::from(self.args.drain_timeout_ms);
        self.draining = true;
        say!("draining, for at most {drain_ms} ms");
        tell(&[News::Stopping, News::Status("draining".to_owned())]);
        self.crew.senders.send(|| Message::Drain(drain_ms));
        // The workers close their handles too, once they have taken what waits.
        self.crew.sockets.clear();
    }

    /// Opens the access log anew and reads the certificates again.
    fn reload(&mut self) {
        tell(&[News::Reloading]);
        if let Some(journal) = &self.crew.journal {
            journal.reopen();
        }
        match self.crew.inbound.is_some().then(|| self.crew.tls.inbound()) {
            None => say!("reloaded: the access log"),
            Some(Ok(inbound)) => {
                self.crew.inbound = Some(inbound.clone());
                self.crew.senders.send(|| Message::Reload(inbound.clone()));
                say!("reloaded: the access log and the certificates");
            }
            Some(Err(error)) => say!("reloaded: the access log; the certificates stay: {error}"),
        }
        tell(&[News::Ready]);
    }
}
