//! The loader thread: takes tables from control, builds them off the workers, publishes, answers.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ringgate_ipc::{Channel, Hello, Stats, ToControl, ToData, memfd};
use ringgate_observe::{Counters, Totals};
use ringgate_settings::Common;
use ringgate_table::{Table, Tables, Update, decode};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::control_link::{Asker, Link};
use crate::last_good::LastGood;
use crate::limits::{CONTROL_SEND_MS_MAX, REAP_EVERY_MS, RECONNECT_MS, TABLE_BYTES_MAX};
use crate::pressure::resident_bytes;
use crate::stages::Throttle;
use crate::supervisor::{Event, Senders};
use crate::tls::Tls;
use crate::worker::Message;
use crate::{meters, sessions};

/// What the loader thread owns.
#[derive(Debug)]
pub(crate) struct Loader {
    pub tables: Arc<Tables>,
    pub last_good: Arc<Mutex<LastGood>>,
    pub table_socket: PathBuf,
    pub link: Link,
    pub hello: Hello,
    pub counters: Vec<Arc<Counters>>,
    pub throttle: Arc<Throttle>,
    pub tls: Arc<Tls>,
    pub common: Common,
    /// Records that the journal could not write.
    pub records_lost: Arc<AtomicU64>,
    pub workers: Senders,
    pub events: Sender<Event>,
    pub started: Instant,
    /// When retired tables were last looked after.
    pub reaped: Instant,
}

/// A table that cannot be used: where in it, and why.
#[derive(Debug, PartialEq, Eq)]
struct Refused {
    path: String,
    reason: String,
}

impl Loader {
    /// Serves control for ever; reconnects when it goes away.
    pub(crate) fn run(mut self) {
        let (first_ms, most_ms) = RECONNECT_MS;
        let mut wait_ms = first_ms;
        loop {
            if let Ok(channel) = Channel::connect(&self.table_socket) {
                let since = Instant::now();
                // What it reads comes from another process: a panic over it must not end the thread
                // without which no change becomes live. The table that is live stays.
                let channel = Arc::new(channel);
                let ended = catch_unwind(AssertUnwindSafe(|| self.attached(&channel)));
                match ended {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => say!("table socket: {error}"),
                    Err(_) => say!("table socket: the loader panicked; connecting again"),
                }
                if since.elapsed() >= Duration::from_millis(most_ms) {
                    wait_ms = first_ms;
                }
            }
            self.reap();
            std::thread::sleep(Duration::from_millis(wait_ms));
            wait_ms = (wait_ms * 2).min(most_ms);
        }
    }

    /// One connection to control, until it ends.
    fn attached(&mut self, channel: &Arc<Channel>) -> Result<(), String> {
        let live = self.tables.current();
        self.hello.generation = live.generation();
        self.hello.store_id = (live.generation() > 0).then(|| live.store_id());
        drop(live);
        self.hello.draining = self.link.is_draining();
        let said = |error: io::Error| error.to_string();
        channel.set_timeout(Some(Duration::from_millis(CONTROL_SEND_MS_MAX))).map_err(said)?;
        channel.send(&ToControl::Hello(self.hello.clone()), None).map_err(said)?;
        self.link.set(channel);
        if self.link.is_draining() && !self.hello.draining {
            channel.send(&ToControl::Draining, None).map_err(said)?;
        }
        let mut packet = Vec::new();
        loop {
            if !self.wait(channel).map_err(said)? {
                continue;
            }
            let received = channel.recv(&mut packet).map_err(|error| error.to_string())?;
            let Some((message, file)) = received else { return Ok(()) };
            let answer = match message {
                ToData::Update { generation, .. } => self.update(generation, file),
                ToData::StatsRequest { id } => ToControl::Stats { id, stats: self.stats() },
                ToData::MetersRequest { id } => {
                    self.measure(channel, id);
                    continue;
                }
                ToData::Upgrade { id } => {
                    let asker = Asker { channel: Arc::downgrade(channel), id };
                    let _ = self.events.send(Event::Upgrade(Some(asker)));
                    continue;
                }
            };
            channel.send(&answer, None).map_err(said)?;
        }
    }

    /// Waits for a packet; false when there was none for a while. Looks after retired tables.
    fn wait(&mut self, channel: &Channel) -> io::Result<bool> {
        // By the clock, not only when nothing comes: updates may come without a pause.
        if self.reaped.elapsed() >= Duration::from_millis(REAP_EVERY_MS) {
            self.reap();
        }
        let timeout = (self.tables.live() > 1)
            .then(|| Timespec { tv_sec: 0, tv_nsec: REAP_EVERY_MS as i64 * 1_000_000 });
        let mut fds = [PollFd::from_borrowed_fd(channel.as_fd(), PollFlags::IN)];
        let ready = match poll(&mut fds, timeout.as_ref()) {
            Err(rustix::io::Errno::INTR) => 0,
            ready => ready?,
        };
        Ok(ready > 0)
    }

    /// Frees retired tables; workers that had no request since let go of theirs.
    fn reap(&mut self) {
        self.reaped = Instant::now();
        if self.tables.live() > 1 {
            self.workers.send(|| Message::Refresh);
            self.tables.reap();
            self.throttle.free_unused();
        }
    }

    fn update(&mut self, generation: u64, file: Option<OwnedFd>) -> ToControl {
        let received = Instant::now();
        match self.load(file) {
            Ok(()) => {
                let micros = u32::try_from(received.elapsed().as_micros()).unwrap_or(u32::MAX);
                ToControl::Ack { generation, micros }
            }
            Err(Refused { path, reason }) => {
                say!("table {generation} refused: {path}: {reason}");
                ToControl::Nack { generation, path, reason }
            }
        }
    }

    /// Builds the new table beside the old one and makes it live.
    fn load(&mut self, file: Option<OwnedFd>) -> Result<(), Refused> {
        let refused = |path: &str, reason: String| Refused { path: path.to_owned(), reason };
        let file = file.ok_or_else(|| refused("memory file", "none came".to_owned()))?;
        let bytes = memfd::read_sealed(&file, TABLE_BYTES_MAX)
            .map_err(|error| refused("memory file", error.to_string()))?;
        let update = decode(&bytes).map_err(|error| refused("encoding", error.to_string()))?;
        let whole = matches!(update, Update::Snapshot(_));
        let built = match update {
            Update::Snapshot(snapshot) => Table::from_snapshot(snapshot),
            Update::Delta(delta) => self.tables.current().apply(delta),
        };
        let table = built.map_err(|error| Refused { path: error.path, reason: error.reason })?;
        // A certificate is presented before requests for its name are answered.
        self.tls.follow(&table).map_err(|reason| refused("listeners", reason))?;
        sessions::open(&table, &self.common);
        let first = self.tables.current().generation() == 0;
        let has_default = table.root().default_api.is_some();
        self.publish(table, &bytes, whole);
        if first || whole {
            // Nobody listens any more once the ports are open.
            let _ = self.events.send(Event::TableLive { has_default });
        }
        Ok(())
    }

    /// Makes a table live, and writes it to disk before it is acknowledged. Whoever takes the file
    /// over in between finds it with the table or without it, not half way.
    fn publish(&self, table: Table, bytes: &[u8], whole: bool) {
        let mut last_good = self.last_good.lock().unwrap_or_else(PoisonError::into_inner);
        self.tables.publish(table);
        let kept = if whole {
            last_good.replace(bytes)
        } else {
            last_good.append(bytes, &self.tables.current())
        };
        if let Err(error) = kept {
            say!("the table is live but cannot be kept on disk: {error}");
        }
    }

    /// Answers with what the workers have measured, from a thread of its own: a change must not
    /// wait for them.
    fn measure(&self, channel: &Arc<Channel>, id: u64) {
        // Open for as long as the loader wants it.
        let (workers, channel) = (self.workers.clone(), Arc::downgrade(channel));
        let answer = move || {
            let readings = meters::collect(&workers);
            let file = readings.and_then(|r| memfd::sealed("ringgate-meters", &r.encode()).ok());
            // Whoever asked may be gone.
            let channel = channel.upgrade();
            let file = file.as_ref().map(AsFd::as_fd);
            let _ = channel.map(|channel| channel.send(&ToControl::Meters { id }, file));
        };
        // Without a thread nobody answers, and control waits for as long as it cares to.
        let _ = std::thread::Builder::new().name("meters".to_owned()).spawn(answer);
    }

    fn stats(&self) -> Stats {
        let totals = Totals::of(self.counters.iter().map(|counters| &**counters));
        let table = self.tables.current();
        Stats {
            generation: table.generation(),
            live_generations: self.tables.live() as u64,
            connections: totals.connections,
            connections_total: totals.connections_total,
            tls_handshakes_total: totals.tls_handshakes_total,
            tls_failures_total: totals.tls_failures_total,
            requests_total: totals.requests_total,
            responses_4xx_total: totals.responses_4xx_total,
            responses_5xx_total: totals.responses_5xx_total,
            over_address_limit_total: totals.over_address_limit_total,
            websockets: totals.websockets,
            websockets_total: totals.websockets_total,
            websocket_messages_total: totals.websocket_messages_total,
            refused_total: totals.refused_total,
            shed_total: totals.shed_total,
            upstream_connections: totals.upstream_connections,
            upstream_connections_total: totals.upstream_connections_total,
            upstream_retries_total: totals.upstream_retries_total,
            upstream_ejections_total: totals.upstream_ejections_total,
            log_records_dropped_total: totals
                .log_records_dropped_total
                .saturating_add(self.records_lost.load(Ordering::Relaxed)),
            panics_total: totals.panics_total,
            table_bytes: table.heap_bytes() as u64,
            resident_bytes: resident_bytes(),
            uptime_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }
}
