use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use ringgate_dns::{Family, Lookup, Outcome, Step};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Query;
use super::cache::Cache;
use super::socket::{Heard, Socket};
use super::system::System;
use crate::limits::NAMES_WAITING_MAX;

/// The services thread's work: many names under way, one poll.
pub(super) struct Names {
    queries: Receiver<Query>,
    system: System,
    cache: Cache,
    names_max: usize,
    under_way: Vec<UnderWay>,
    waiting: VecDeque<Query>,
    /// The server that answered last, or whose turn it is.
    server: usize,
    random: Ids,
    started: Instant,
}

/// A name being looked up, for everybody who asked meanwhile.
struct UnderWay {
    host: String,
    lookup: Lookup,
    /// One for each family.
    sockets: [Option<Socket>; 2],
    until_ms: u64,
    askers: Vec<Query>,
}

impl Names {
    pub(super) fn new(queries: Receiver<Query>, system: System, names_max: usize) -> Self {
        Self {
            queries,
            system,
            cache: Cache::default(),
            names_max: names_max.max(1),
            under_way: Vec::new(),
            waiting: VecDeque::new(),
            server: 0,
            random: Ids::default(),
            started: Instant::now(),
        }
    }

    /// Looks names up until nobody is left to ask.
    pub(super) fn run(mut self, bell: &OwnedFd) {
        while self.take_queries() {
            self.advance();
            let ready = self.wait(bell);
            self.hear(&ready);
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// False when the askers are gone.
    fn take_queries(&mut self) -> bool {
        let now_ms = self.now_ms();
        if self.system.look(now_ms) {
            self.cache.clear();
            self.server = 0;
        }
        loop {
            match self.queries.try_recv() {
                Ok(query) => self.take(query, now_ms),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
        while self.under_way.len() < self.names_max {
            let Some(query) = self.waiting.pop_front() else { break };
            self.take(query, now_ms);
        }
        true
    }

    fn take(&mut self, query: Query, now_ms: u64) {
        let known = self.system.known.find(&query.host).map(reachable);
        if let Some(outcome) = known.or_else(|| self.cache.find(&query.host, now_ms)) {
            return query.answer(outcome);
        }
        if let Some(same) = self.under_way.iter_mut().find(|name| name.host == query.host) {
            same.askers.push(query);
        } else if self.under_way.len() < self.names_max {
            self.begin(query, now_ms);
        } else if self.waiting.len() < NAMES_WAITING_MAX {
            self.waiting.push_back(query);
        } else {
            let reason = format!("{}: too many names are waiting to be looked up", query.host);
            query.answer(Outcome::Failed { reason });
        }
    }

    fn begin(&mut self, query: Query, now_ms: u64) {
        let conf = self.system.resolv_conf.clone();
        if conf.rotate {
            self.server = self.server.wrapping_add(1);
        }
        self.under_way.push(UnderWay {
            host: query.host.clone(),
            lookup: Lookup::new(&query.host, conf, self.server),
            sockets: [None, None],
            until_ms: now_ms,
            askers: vec![query],
        });
    }

    /// Sends what is due, and answers what is done.
    fn advance(&mut self) {
        let now_ms = self.now_ms();
        let mut at = 0;
        while let Some(name) = self.under_way.get_mut(at) {
            let Some(outcome) = name.advance(now_ms, &mut self.random) else {
                at += 1;
                continue;
            };
            let name = self.under_way.swap_remove(at);
            // One that is silent costs its time once, not for every name.
            if let Some(server) = name.lookup.answered_by()
                && !self.system.resolv_conf.rotate
            {
                self.server = server;
            }
            let outcome = reachable(outcome);
            self.cache.keep(&name.host, &outcome, now_ms);
            for query in name.askers {
                query.answer(outcome.clone());
            }
        }
    }

    /// Waits for the bell, a socket, or the first time to run out. Gives which sockets are ready,
    /// in their order.
    fn wait(&self, bell: &OwnedFd) -> Vec<bool> {
        let room = self.under_way.len() < self.names_max;
        let until_ms = self.under_way.iter().map(|name| name.until_ms).min();
        let wait_ms = match until_ms {
            _ if room && !self.waiting.is_empty() => Some(0),
            until_ms => until_ms.map(|until_ms| until_ms.saturating_sub(self.now_ms())),
        };
        let wait = wait_ms.map(|ms| Timespec {
            tv_sec: i64::try_from(ms / 1000).unwrap_or(i64::MAX),
            tv_nsec: i64::try_from(ms % 1000 * 1_000_000).unwrap_or(0),
        });
        let mut watched = vec![PollFd::new(bell, PollFlags::IN)];
        for socket in self.under_way.iter().flat_map(UnderWay::sockets) {
            watched.push(PollFd::from_borrowed_fd(socket.as_fd(), socket.interest()));
        }
        if poll(&mut watched, wait.as_ref()).is_err() {
            // Interrupted, or out of memory for a moment.
            std::thread::sleep(Duration::from_millis(1));
            return Vec::new();
        }
        let mut count = [0; 8];
        let _ = rustix::io::read(bell, &mut count);
        watched.iter().skip(1).map(|socket| !socket.revents().is_empty()).collect()
    }

    fn hear(&mut self, ready: &[bool]) {
        let now_ms = self.now_ms();
        let mut ready = ready.iter();
        for name in &mut self.under_way {
            for family in [Family::V4, Family::V6] {
                if name.socket(family).is_some() && ready.next() == Some(&true) {
                    name.hear(family, now_ms);
                }
            }
        }
    }
}

impl UnderWay {
    fn sockets(&self) -> impl Iterator<Item = &Socket> {
        self.sockets.iter().flatten()
    }

    fn advance(&mut self, now_ms: u64, random: &mut Ids) -> Option<Outcome> {
        loop {
            match self.lookup.step(now_ms, || random.next()) {
                Step::Done(outcome) => return Some(outcome),
                Step::Wait(until_ms) => {
                    self.until_ms = until_ms;
                    return None;
                }
                Step::Send(transmit) => {
                    let family = transmit.family;
                    let socket = Socket::open(&transmit).ok();
                    if socket.is_none() {
                        self.lookup.broke(family);
                    }
                    *self.socket(family) = socket;
                }
            }
        }
    }

    fn socket(&mut self, family: Family) -> &mut Option<Socket> {
        let [v4, v6] = &mut self.sockets;
        match family {
            Family::V4 => v4,
            Family::V6 => v6,
        }
    }

    fn hear(&mut self, family: Family, now_ms: u64) {
        let Some(socket) = self.socket(family) else { return };
        let is_tcp = matches!(socket, Socket::Tcp(_));
        let over = match socket.hear() {
            Heard::Nothing => false,
            Heard::Message(bytes) => {
                // Over TCP nothing better follows; a datagram may be forged.
                let taken = self.lookup.received(family, &bytes, now_ms);
                if !taken && is_tcp {
                    self.lookup.broke(family);
                }
                taken || is_tcp
            }
            Heard::Broken => {
                self.lookup.broke(family);
                true
            }
        };
        if over {
            *self.socket(family) = None;
        }
    }
}

/// Leaves out the family that this machine has no way to, where the other has one (RFC 6724 section
/// 5, rule 1).
fn reachable(mut outcome: Outcome) -> Outcome {
    if let Outcome::Found { addresses, .. } = &mut outcome {
        let has_way = |v6: bool| {
            let first = addresses.iter().find(|ip| ip.is_ipv6() == v6);
            first.is_some_and(|ip| has_route(*ip))
        };
        let ways = [has_way(false), has_way(true)];
        if ways[0] != ways[1] {
            addresses.retain(|ip| ip.is_ipv6() == ways[1]);
        }
    }
    outcome
}

/// Whether the kernel knows a way there. Connecting a datagram socket sends nothing.
fn has_route(ip: IpAddr) -> bool {
    let any: SocketAddr = match ip {
        IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        IpAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    UdpSocket::bind(any).and_then(|socket| socket.connect((ip, 9))).is_ok()
}

/// Ids of queries: a keyed hash of a count, its keys from the kernel.
#[derive(Default)]
struct Ids {
    keys: RandomState,
    count: u64,
}

impl Ids {
    fn next(&mut self) -> u16 {
        self.count = self.count.wrapping_add(1);
        let [a, b, ..] = self.keys.hash_one(self.count).to_le_bytes();
        u16::from_le_bytes([a, b])
    }
}
