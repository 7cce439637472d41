use std::net::SocketAddr;
use std::sync::mpsc::Sender;

use ringgate_ipc::upgrade::{Inheritance, Manifest, Successor, UpgradeError};
use ringgate_ipc::{Kind, inherited};
use ringgate_settings::{Common, Driver};

use crate::sockets::Socket;
use crate::supervisor::Event;

/// The new side: what this process was started with to take another one's place.
#[derive(Debug)]
pub(crate) struct Heir {
    successor: Successor,
    pub manifest: Manifest,
    pub sockets: Vec<Socket>,
    pub secrets: Vec<u8>,
}

/// The addresses that the flags of this process name.
pub(crate) fn flags(common: &Common) -> Vec<(Kind, SocketAddr)> {
    let http = common.http.iter().map(|address| (Kind::Http, *address));
    let https = common.https_addresses();
    http.chain(https.into_iter().map(|address| (Kind::Https, address))).collect()
}

impl Heir {
    /// `None` in a process that takes nobody's place.
    ///
    /// # Errors
    /// A sentence, which the old process has been told too.
    pub(crate) fn take(common: &Common) -> Result<Option<Self>, String> {
        let Some(channel) = inherited::channel()? else { return Ok(None) };
        let successor = Successor::new(channel);
        match successor.receive(&flags(common)) {
            Ok(Inheritance { manifest, sockets, secrets }) => {
                Ok(Some(Self { successor, manifest, sockets, secrets }))
            }
            Err(error) => {
                successor.refuse(&error.to_string());
                Err(format!("cannot take over: {error}"))
            }
        }
    }

    /// Tells the old process why this one cannot take its place.
    pub(crate) fn refuse(&self, reason: &str) {
        self.successor.refuse(reason);
    }

    /// The driver to ask for: the old process's, unless the flags name one.
    pub(crate) fn driver(&self, wanted: Driver) -> Driver {
        match (wanted, self.manifest.driver.as_str()) {
            (Driver::Auto, "epoll") => Driver::Epoll,
            (Driver::Auto, "io_uring") => Driver::IoUring,
            _ => wanted,
        }
    }

    /// Whether this process may run on `driver`.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn check_driver(&self, driver: &str) -> Result<(), String> {
        let old = &self.manifest.driver;
        if old == driver {
            return Ok(());
        }
        Err(format!("it runs on {driver} and the old one on {old}: a restart is needed for that"))
    }

    /// Says that everything is there, and has an event made of the answer.
    ///
    /// # Errors
    /// A sentence: the old process does not wait any more.
    pub(crate) fn loaded(mut self, generation: u64, events: Sender<Event>) -> Result<(), String> {
        let old = |error: UpgradeError| format!("the process to be replaced: {error}");
        self.successor.loaded(generation).map_err(old)?;
        let thread = std::thread::Builder::new().name("upgrade".to_owned());
        let waits = thread.spawn(move || {
            let went = self.successor.go().map_err(old);
            let _ = events.send(Event::Go(went.map(|()| self)));
        });
        waits.map(drop).map_err(|error| format!("the upgrade thread: {error}"))
    }

    /// Says that this process accepts, and has an event made of the old one's end.
    pub(crate) fn accepting(mut self, events: Sender<Event>) {
        if let Err(error) = self.successor.accepting() {
            say!("the process that was replaced: {error}");
        }
        let thread = std::thread::Builder::new().name("upgrade".to_owned());
        let waits = thread.spawn(move || {
            self.successor.gone();
            let _ = events.send(Event::PredecessorGone);
        });
        if let Err(error) = waits {
            say!("the upgrade thread: {error}");
        }
    }
}
