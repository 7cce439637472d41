//! From a committed change to a live table: images, snapshots and deltas, acknowledgements.

mod attachment;
mod catalog;
mod channel;
mod fleet;
mod live;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ringgate_ipc::{Hello, Listener, Stats};
use ringgate_observe::Readings;
use ringgate_table::Snapshot;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};

use attachment::Question;
pub use catalog::{Catalog, Difference};
use fleet::{Fleet, Member};
pub use live::Live;

use crate::limits::{
    KEYS_WANTED_MAX, LIVE_WAIT_MS_MAX, METERS_WAIT_MS_MAX, STATS_WAIT_MS_MAX, UPGRADE_WAIT_MS_MAX,
};

/// Ships tables to every attached data plane and knows which of them serves what.
#[derive(Debug)]
pub struct Publisher {
    catalog: Mutex<Catalog>,
    // Wakes the attachments.
    generation: watch::Sender<u64>,
    // Wakes the calls that wait for their change to be live.
    fleet: watch::Sender<Fleet>,
    attachments: AtomicU64,
    // Wakes whoever fetches keys of issuers.
    unknown_keys: mpsc::Sender<String>,
    wanted_keys: Mutex<Option<mpsc::Receiver<String>>>,
}

/// One data plane, as `status` shows it.
#[derive(Debug)]
pub struct Attached {
    /// What it said of itself.
    pub hello: Hello,
    /// The newest generation that it serves.
    pub acked: Option<u64>,
    /// The newest generation that it could not take, and why.
    pub refused: Option<(u64, String)>,
    /// How long the last table took it to make live.
    pub apply_micros: u32,
    /// Its counters, if it answered in time.
    pub stats: Option<Stats>,
}

/// What became of the upgrade of one data plane.
#[derive(Debug)]
pub struct Upgraded {
    /// What the process said of itself.
    pub hello: Hello,
    /// The process that accepts now, or why that one still does.
    pub outcome: Result<u32, String>,
}

impl Publisher {
    /// A publisher of `catalog`, with no data plane attached yet.
    pub fn new(catalog: Catalog) -> Arc<Self> {
        let generation = watch::Sender::new(catalog.generation());
        let (unknown_keys, wanted_keys) = mpsc::channel(KEYS_WANTED_MAX);
        Arc::new(Self {
            unknown_keys,
            wanted_keys: Mutex::new(Some(wanted_keys)),
            catalog: Mutex::new(catalog),
            generation,
            fleet: watch::Sender::default(),
            attachments: AtomicU64::new(0),
        })
    }

    /// Serves every data plane that connects to `listener`. Must be called within a runtime.
    ///
    /// # Errors
    /// The socket cannot be made non-blocking or registered.
    pub fn listen(self: &Arc<Self>, listener: Listener) -> std::io::Result<()> {
        attachment::listen(Arc::clone(self), listener)
    }

    /// Ships what a committed transaction changed; gives the generation that shows it.
    pub fn publish(&self, difference: Difference) -> u64 {
        let (generation, news) = {
            let mut catalog = self.catalog();
            let news = catalog.advance(difference);
            (catalog.generation(), news)
        };
        if news {
            self.generation.send_replace(generation);
        }
        generation
    }

    /// A data plane was shown a token of this issuer by a key that it does not know.
    fn unknown_key(&self, issuer: String) {
        // Beyond the queue: it will be said again.
        let _ = self.unknown_keys.try_send(issuer);
    }

    /// The issuers of which newer keys are wanted, as data planes name them; given once.
    pub fn wanted_keys(&self) -> Option<mpsc::Receiver<String>> {
        self.wanted_keys.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The newest generation.
    pub fn generation(&self) -> u64 {
        *self.generation.borrow()
    }

    /// How many APIs the tables hold.
    pub fn api_count(&self) -> usize {
        self.catalog().api_count()
    }

    /// The oldest generation that an attached data plane serves; `None` when none serves any.
    pub fn served(&self) -> Option<u64> {
        self.fleet.borrow().served()
    }

    /// How many data planes are attached.
    pub fn attached_count(&self) -> usize {
        self.fleet.borrow().len()
    }

    /// Waits, at most [`LIVE_WAIT_MS_MAX`], until every attached data plane took `generation` in
    /// or refused it.
    pub async fn live(&self, generation: u64, since: Instant) -> Live {
        let mut fleet = self.fleet.subscribe();
        let wait = async {
            let settled = fleet.wait_for(|fleet| fleet.settled(generation).is_some()).await;
            settled.ok().and_then(|fleet| fleet.settled(generation))
        };
        match tokio::time::timeout(Duration::from_millis(LIVE_WAIT_MS_MAX), wait).await {
            Ok(Some(Ok(()))) => Live::After(since.elapsed()),
            Ok(Some(Err(live))) => live,
            Ok(None) | Err(_) => Live::Pending,
        }
    }

    /// Every attached data plane with its counters; waits at most [`STATS_WAIT_MS_MAX`] for them.
    pub async fn attached(&self) -> Vec<Attached> {
        let asked: Vec<_> = self
            .fleet
            .borrow()
            .members()
            .map(|member| {
                let (answer, stats) = oneshot::channel();
                // A full queue of questions is a data plane that does not answer.
                let _ = member.questions().try_send(Question::Stats(answer));
                let attached = Attached {
                    hello: member.hello.clone(),
                    acked: member.acked,
                    refused: member.refused.clone(),
                    apply_micros: member.apply_micros,
                    stats: None,
                };
                (attached, stats)
            })
            .collect();
        let until = tokio::time::Instant::now() + Duration::from_millis(STATS_WAIT_MS_MAX);
        let mut out = Vec::with_capacity(asked.len());
        for (mut attached, stats) in asked {
            let answer = tokio::time::timeout_at(until, stats).await;
            attached.stats = answer.ok().and_then(Result::ok);
            out.push(attached);
        }
        out
    }

    /// What all attached data planes have measured together; waits at most
    /// [`METERS_WAIT_MS_MAX`] for them. A data plane that does not answer is left out.
    pub async fn meters(&self) -> Readings {
        let asked: Vec<_> = self
            .fleet
            .borrow()
            .members()
            .map(|member| {
                let (answer, readings) = oneshot::channel();
                let _ = member.questions().try_send(Question::Meters(answer));
                readings
            })
            .collect();
        let until = tokio::time::Instant::now() + Duration::from_millis(METERS_WAIT_MS_MAX);
        let mut all = Readings::default();
        for readings in asked {
            let answer = tokio::time::timeout_at(until, readings).await;
            all.extend(answer.ok().and_then(Result::ok).unwrap_or_default());
        }
        all
    }

    /// Has a new process take the place of each attached data plane that is not about to end, one
    /// after the other.
    pub async fn upgrade(&self) -> Vec<Upgraded> {
        let asked: Vec<_> = self
            .fleet
            .borrow()
            .members()
            .filter(|member| !member.hello.draining)
            .map(|member| (member.hello.clone(), member.questions()))
            .collect();
        let wait = Duration::from_millis(UPGRADE_WAIT_MS_MAX);
        let mut out = Vec::with_capacity(asked.len());
        for (hello, questions) in asked {
            let (answer, outcome) = oneshot::channel();
            let outcome = match questions.try_send(Question::Upgrade(answer)) {
                // It was about to be gone when it was asked.
                Err(TrySendError::Closed(_)) => continue,
                Err(TrySendError::Full(_)) => Err("it does not answer".to_owned()),
                Ok(()) => match tokio::time::timeout(wait, outcome).await {
                    Ok(Ok(outcome)) => outcome,
                    Ok(Err(_)) => Err("it ended, or lost the table socket".to_owned()),
                    Err(_) => Err(format!("it did not answer within {UPGRADE_WAIT_MS_MAX} ms")),
                },
            };
            out.push(Upgraded { hello, outcome });
        }
        out
    }

    fn snapshot(&self) -> Snapshot {
        self.catalog().snapshot()
    }

    fn catalog(&self) -> MutexGuard<'_, Catalog> {
        // Nothing panics while it holds the lock, so the catalog is whole even if it says poisoned.
        self.catalog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_attachment(&self) -> u64 {
        self.attachments.fetch_add(1, Ordering::Relaxed)
    }
}
