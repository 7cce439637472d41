//! Having another process take over.

use ringgate_ipc::notify::News;
use ringgate_ipc::upgrade::{Manifest, PROTOCOL};
use rustix::process::{Pid, Signal, kill_process};

use super::serving::{Phase, Serving};
use super::{Event, tell};
use crate::control_link::Asker;
use crate::sockets;
use crate::upgrade::{Offer, Replaced, flags};

impl Serving<'_> {
    /// Has a new process started that is to take over.
    pub(super) fn upgrade(&mut self, asker: Option<Asker>) {
        let refusal = match (self.phase, &mut self.upgrading) {
            (Phase::Serving, None) => self.start_upgrade().err(),
            (Phase::Serving, Some(_)) => Some("an upgrade is under way already".to_owned()),
            (Phase::Replaced, _) => Some("this process has been replaced already".to_owned()),
            (Phase::Draining, _) => Some("this process has been told to stop".to_owned()),
        };
        match (refusal, &mut self.upgrading) {
            (None, Some(askers)) => askers.extend(asker),
            (refusal, _) => {
                let reason = refusal.unwrap_or_default();
                say!("no upgrade: {reason}");
                asker.into_iter().for_each(|asker| asker.answer(Err(reason.clone())));
            }
        }
    }

    fn start_upgrade(&mut self) -> Result<(), String> {
        let offer = self.offer()?;
        say!("upgrade: starting {}", self.program.path().display());
        let events = self.crew.events.clone();
        let thread = std::thread::Builder::new().name("upgrade".to_owned());
        let started = thread.spawn(move || {
            let _ = events.send(Event::Upgraded(offer.run()));
        });
        started.map_err(|error| format!("the upgrade thread: {error}"))?;
        self.upgrading = Some(Vec::new());
        Ok(())
    }

    /// What this process has to hand over, as it is now.
    fn offer(&self) -> Result<Offer, String> {
        if std::process::id() == 1 {
            let reason = "this is process 1 of its container, which ends with it: run ringgate up \
                          there, or start another container";
            return Err(reason.to_owned());
        }
        let crew = &self.crew;
        let sockets = sockets::copies(&crew.sockets);
        Ok(Offer {
            program: self.program.clone(),
            manifest: Manifest {
                protocol: PROTOCOL,
                version: env!("CARGO_PKG_VERSION").to_owned(),
                pid: std::process::id(),
                driver: crew.probe.driver.to_string(),
                flags: flags(self.common),
                sockets: crew.sockets.iter().filter_map(sockets::door_of).collect(),
                attached: self.link.is_attached(),
                wait_ms: self.args.upgrade_timeout_ms,
            },
            secrets: crew.tls.secrets(),
            sockets: sockets.map_err(|error| format!("the sockets: {error}"))?,
            tables: crew.tables.clone(),
            last_good: self.last_good.clone(),
            stopping: self.stopping.clone(),
        })
    }

    pub(super) fn upgraded(&mut self, outcome: Result<Replaced, String>) {
        let told = outcome.as_ref().map(|replaced| replaced.pid).map_err(String::clone);
        match outcome {
            Err(reason) => say!("no upgrade: {reason}; this process goes on"),
            Ok(replaced) => self.make_room(replaced),
        }
        // Behind the word that this process is about to end: whoever asked may ask for the next
        // upgrade at once.
        for asker in self.upgrading.take().into_iter().flatten() {
            asker.answer(told.clone());
        }
    }

    fn make_room(&mut self, replaced: Replaced) {
        let Replaced { pid, generation, .. } = replaced;
        say!("upgrade: process {pid} accepts, with table {generation}");
        // Before this process can be missed.
        tell(&[News::MainPid(pid)]);
        self.replaced = Some(replaced);
        if self.phase == Phase::Serving {
            self.phase = Phase::Replaced;
            self.drain(true);
        } else {
            // Told to stop in the very moment of handing over: so is the new one.
            terminate(pid);
        }
    }

    /// The process before this one is gone; should it have been killed before it could say so, this
    /// one says now who serves.
    pub(super) fn alone(&self) {
        say!("the process before this one has ended");
        if self.phase == Phase::Serving {
            let (pid, status) = (std::process::id(), self.crew.describe());
            tell(&[News::MainPid(pid), News::Ready, News::Status(status)]);
        }
    }
}

fn terminate(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(Err(error)) = pid.map(|pid| kill_process(pid, Signal::TERM)) {
        say!("the new process cannot be told to stop: {error}");
    }
}
