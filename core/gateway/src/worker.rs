//! A worker: one thread's whole world, and the tasks that live in it.

use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{SystemTime, UNIX_EPOCH};

use ringgate_auth::jwt::Cache;
use ringgate_auth::jwt::limits::CACHE_TOKENS_DEFAULT;
use ringgate_dns::Outcome;
use ringgate_model::Timestamp;
use ringgate_observe::Counters;
use ringgate_runtime::{
    BufPool, Inbox, InboxSender, Listener, Worker, return_unused_memory, sleep_ms, spawn,
};
use ringgate_table::{Reader, Tables};
use ringgate_tls::ServerConfig;

use crate::consents::{Consents, Outcome as Consented, Seats};
use crate::held::Holdings;
use crate::issuers::Issuers;
use crate::journal::{Journal, Lines, LogSink};
use crate::limits::{
    BUFFER_BYTES, BULK_BUFFER_BYTES, CONNECTION_BYTES, HEAD_OUT_BYTES, NEXT_REQUEST_MS_MAX,
    RETURN_FROM_BYTES, SMALL_BUFFER_BYTES, SPARE_BUFFERS_MAX, SPARE_BULK_BUFFERS_MAX,
    TIDY_EVERY_MS, TOKEN_KEPT_S_MAX, TURNS_MAX,
};
use crate::link::{Carriage, TlsBuffers};
use crate::meters::{self, Measured, Meters};
use crate::phases::accept;
use crate::pressure::{Level, Pressure};
use crate::random::Random;
use crate::services::{Queries, Resolver};
use crate::settings::Settings;
use crate::sockets::Socket;
use crate::stages::{Stages, Throttle};
use crate::supervisor::Event;
use crate::tls::Tls;
use crate::upstream::{Bounds, Pools, Secure};

/// The table that a request was decided by, and what this worker keeps for its stages.
pub(crate) type Generation = ringgate_table::Generation<Stages>;

/// What other threads tell a worker.
#[derive(Debug)]
pub(crate) enum Message {
    /// A new table is there: let go of the old one even without a request.
    Refresh,
    /// Certificates were read again.
    Reload(Arc<ServerConfig>),
    /// The services thread has looked a name up.
    Resolved(u64, Outcome),
    /// What an authorizer said, for the request with this ticket; none: whoever asked gave up.
    Consented(u64, Option<Consented>),
    /// Say what the meters read.
    Measure(Sender<Measured>),
    /// Accept: the process that this one takes the place of allows it.
    Accept,
    /// Take no new work, and end.
    Drain(Leave),
}

/// How a worker ends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Leave {
    /// Requests under way are cut after this time.
    pub drain_ms: u64,
    /// Another process accepts from the same sockets: what waits in them is its own, and there is
    /// time for a quiet connection to send its next request and learn that it was the last.
    pub replaced: bool,
}

/// How long each wait may last, in milliseconds; from the flags of the same names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waits {
    pub head_ms: u64,
    pub idle_ms: u64,
    pub body_ms: u64,
    pub connect_ms: u64,
    pub response_head_ms: u64,
    pub upstream_idle_ms: u64,
}

/// What a worker is made from; built by the supervisor, moved to the thread.
#[derive(Debug)]
pub(crate) struct Seed {
    pub tables: Arc<Tables>,
    pub counters: Arc<Counters>,
    pub journal: Journal,
    pub queries: Queries,
    pub waits: Waits,
    pub settings: Arc<Settings>,
    pub tls: Arc<Tls>,
    pub inbound: Option<Arc<ServerConfig>>,
    pub pressure: Arc<Pressure>,
    pub throttle: Arc<Throttle>,
    pub issuers: Arc<Issuers>,
    pub consents: Arc<Consents>,
    pub connections_max: usize,
    pub listeners: Vec<Socket>,
    /// Accepting waits for [`Message::Accept`].
    pub held: bool,
    /// Hears that the worker runs.
    pub events: Sender<Event>,
    pub sender: InboxSender<Message>,
    pub inbox: Inbox<Message>,
}

/// What every task of a worker shares.
pub(crate) struct Core {
    /// Time, deadlines, drain.
    pub worker: Worker,
    /// Flags.
    pub waits: Waits,
    /// More flags.
    pub settings: Arc<Settings>,
    /// What TLS needs of all workers.
    tls: Arc<Tls>,
    /// What TLS listeners present; none where there are no such.
    pub inbound: RefCell<Option<Arc<ServerConfig>>>,
    /// The live table.
    reader: RefCell<Reader<Stages>>,
    /// Upstream connections.
    pub pools: Pools,
    /// Buffers that a busy connection reads into.
    pub buffers: Rc<BufPool>,
    /// Buffers for what may have to wait.
    pub small: Rc<BufPool>,
    /// Buffers for large bodies.
    pub bulk: Rc<BufPool>,
    /// Buffers that heads are written into.
    pub heads: Rc<BufPool>,
    /// Buffers for ciphertext.
    pub tls_buffers: Rc<TlsBuffers>,
    /// Numbers.
    pub counters: Arc<Counters>,
    /// Access logs.
    pub log: LogSink,
    /// The log of all requests, where one is kept.
    pub common_log: Option<Rc<Lines>>,
    /// Requests of stages and routes, counted and timed.
    pub meters: Meters,
    /// Randomness for request ids.
    pub random: Random,
    /// What is to be refused for want of memory.
    pub pressure: Arc<Pressure>,
    /// What requests hold whole.
    pub holdings: Rc<Holdings>,
    /// How many requests pass.
    pub throttle: Arc<Throttle>,
    /// Whose keys are asked for.
    pub issuers: Arc<Issuers>,
    /// What authorizers said.
    pub consents: Arc<Consents>,
    /// Requests that wait for what an authorizer says.
    pub seats: Rc<Seats>,
    /// Tokens that were verified.
    pub tokens: RefCell<Cache>,
    /// Client connections that may still be taken.
    pub room: Cell<usize>,
    /// Slow uploads that hold an origin's connection.
    pub slow_uploads: Cell<usize>,
    /// Client connections closed since the last tidying.
    pub closed: Cell<usize>,
    /// Tasks that still accept.
    pub accepting: Cell<usize>,
    /// How this worker is to end, once its drain has begun.
    pub leave: Cell<Leave>,
    /// The `Date` field of this second.
    date: RefCell<(u64, Vec<u8>)>,
}

impl Core {
    /// The live generation: one pointer compare, and a count to hold it for a request.
    pub(crate) fn generation(&self) -> Rc<Generation> {
        self.reader.borrow_mut().load().clone()
    }

    /// True where a new request is to be answered 503 for want of memory; counts it then.
    pub(crate) fn sheds(&self) -> bool {
        let sheds = self.pressure.level() >= Level::Shed;
        if sheds {
            self.counters.shed_total.add(1);
        }
        sheds
    }

    /// Lets the other tasks of this worker run, now and then: with readiness (epoll) a socket that
    /// is always ready never makes its task wait; with completions every operation does.
    pub(crate) async fn breathe(&self, turns: &mut u32) {
        if let Some(others) = &self.worker.turns {
            others.pass_every(TURNS_MAX, turns).await;
        }
    }

    /// Frees spare buffers, and returns memory to the kernel: at once where it is much, else when
    /// nothing more is freed.
    fn return_memory(&self, freed_bytes: &mut usize) {
        let mut now_bytes = self.closed.take().saturating_mul(CONNECTION_BYTES);
        let plain: [&BufPool; 4] = [&self.buffers, &self.bulk, &self.heads, &self.small];
        for pool in plain.into_iter().chain(self.tls_buffers.pools()) {
            pool.shrink();
            now_bytes += pool.take_freed_bytes();
        }
        *freed_bytes += now_bytes;
        if *freed_bytes >= RETURN_FROM_BYTES || (now_bytes == 0 && *freed_bytes > 0) {
            *freed_bytes = 0;
            return_unused_memory();
        }
    }

    /// Appends the `Date` field, formatted once a second.
    pub(crate) fn write_date(&self, out: &mut Vec<u8>) {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut date = self.date.borrow_mut();
        if date.0 != since_epoch.as_secs() {
            date.0 = since_epoch.as_secs();
            date.1 = format!("Date: {}\r\n", Timestamp(date.0).http_date()).into_bytes();
        }
        out.extend_from_slice(&date.1);
    }
}

/// The worker's main task: serves until it is told to drain, and drains.
pub(crate) async fn run(worker: Worker, seed: Seed) {
    let resolver = Resolver::new(seed.queries, seed.sender.clone());
    let tls_buffers = TlsBuffers::new();
    let secure = Secure::new(seed.tls.clone(), tls_buffers.clone());
    let buffers = BufPool::new(BUFFER_BYTES, SPARE_BUFFERS_MAX);
    let log = LogSink::new(seed.journal, seed.counters.clone());
    let common_log = seed.settings.access_log.clone().map(|to| log.lines(to));
    let core = Rc::new(Core {
        waits: seed.waits,
        inbound: RefCell::new(seed.inbound),
        tls_buffers: tls_buffers.clone(),
        reader: RefCell::new(seed.tables.reader()),
        pools: Pools::new(
            worker.clock.clone(),
            seed.counters.clone(),
            resolver,
            secure,
            Bounds::of_worker(seed.connections_max, seed.settings.per_target_max),
            seed.settings.balance,
            Carriage { buffers: buffers.clone(), turns: worker.turns.clone() },
        ),
        holdings: Holdings::new(
            seed.settings.limits.held_bytes_per_worker,
            seed.pressure.clone(),
            seed.counters.clone(),
        ),
        settings: seed.settings,
        tls: seed.tls,
        buffers,
        small: BufPool::new(SMALL_BUFFER_BYTES, SPARE_BUFFERS_MAX),
        bulk: BufPool::new(BULK_BUFFER_BYTES, SPARE_BULK_BUFFERS_MAX),
        heads: BufPool::new(HEAD_OUT_BYTES, SPARE_BUFFERS_MAX),
        common_log,
        log,
        meters: Meters::default(),
        counters: seed.counters,
        random: Random::seeded(),
        pressure: seed.pressure,
        throttle: seed.throttle,
        issuers: seed.issuers,
        consents: seed.consents,
        seats: Seats::new(seed.sender.clone()),
        tokens: RefCell::new(Cache::new(
            CACHE_TOKENS_DEFAULT,
            TOKEN_KEPT_S_MAX,
            RandomState::new().hash_one(0u8),
        )),
        room: Cell::new(seed.connections_max),
        slow_uploads: Cell::new(0),
        closed: Cell::new(0),
        accepting: Cell::new(0),
        leave: Cell::default(),
        date: RefCell::default(),
        worker,
    });
    let listeners = Listeners(RefCell::new(seed.listeners));
    if !seed.held {
        listeners.accept(&core);
    }
    spawn_inbox(&core, seed.inbox, listeners);
    spawn_tidy(&core);
    let _ = seed.events.send(Event::WorkerReady);
    core.worker.drain.wait().await;
    drain(&core).await;
}

/// The sockets that nobody accepts from yet.
struct Listeners(RefCell<Vec<Socket>>);

impl Listeners {
    fn accept(&self, core: &Rc<Core>) {
        for (kind, socket) in self.0.take() {
            match Listener::new(socket) {
                Ok(listener) => accept::open(core, kind, listener),
                Err(error) => say!("a listening socket cannot be used: {error}"),
            }
        }
    }
}

/// Runs a task of this worker; a panic in it is counted and ends it alone.
pub(crate) fn spawn_here(core: &Rc<Core>, task: impl Future<Output = ()> + 'static) {
    let counters = core.counters.clone();
    spawn(task, move || counters.panics_total.add(1));
}

fn spawn_inbox(core: &Rc<Core>, inbox: Inbox<Message>, listeners: Listeners) {
    let shared = core.clone();
    spawn_here(
        core,
        inbox.run(move |message| match message {
            Message::Refresh => shared.meters.follow(&shared.generation().table),
            Message::Reload(inbound) => drop(shared.inbound.replace(Some(inbound))),
            Message::Resolved(id, outcome) => shared.pools.resolved(id, outcome),
            Message::Consented(ticket, outcome) => shared.seats.told(ticket, outcome),
            Message::Measure(answer) => meters::read(&shared, answer),
            Message::Accept => listeners.accept(&shared),
            Message::Drain(leave) => {
                shared.leave.set(leave);
                if !leave.replaced {
                    shared.worker.drain.end_idle();
                }
                shared.worker.drain.begin();
            }
        }),
    );
}

/// Gives back what a peak left behind, closes old upstream connections, flushes the log.
fn spawn_tidy(core: &Rc<Core>) {
    let shared = core.clone();
    spawn_here(core, async move {
        let mut freed = 0;
        loop {
            sleep_ms(TIDY_EVERY_MS).await;
            shared.counters.pulse.add(1);
            shared.pools.tidy(shared.waits.upstream_idle_ms);
            shared.return_memory(&mut freed);
            shared.tls.rotate_when_due();
            shared.log.flush();
        }
    });
}

async fn drain(core: &Rc<Core>) {
    let clock = &core.worker.clock;
    let begun_ms = clock.now_ms();
    let busy = || core.accepting.get() > 0 || core.worker.watches.count() > 0;
    // Told once more, it may have to be quicker.
    let passed = |ms: u64| clock.now_ms() >= begun_ms.saturating_add(ms);
    while busy() && !passed(core.leave.get().drain_ms) {
        if passed(NEXT_REQUEST_MS_MAX.min(core.leave.get().drain_ms / 2)) {
            core.worker.drain.end_idle();
        }
        sleep_ms(ringgate_runtime::Watches::TICK_MS).await;
    }
    core.worker.watches.end_all();
    // One more tick for the connections just cut to write their records.
    sleep_ms(ringgate_runtime::Watches::TICK_MS).await;
    core.log.close();
}
