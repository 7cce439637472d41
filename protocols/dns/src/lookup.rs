use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hickory_proto::rr::Name;

use crate::limits::{ADDRESSES_MAX, FAMILY_GRACE_MS, NEGATIVE_MS_MAX, NEGATIVE_MS_MIN};
use crate::message::{Family, Reply, query, read};
use crate::question::candidates;
use crate::{Outcome, ResolvConf};

/// One name on its way to its addresses.
#[derive(Debug)]
pub struct Lookup {
    host: String,
    conf: Arc<ResolvConf>,
    /// The server that is asked first.
    first_server: usize,
    /// The server that gave the last answer.
    answered_by: Option<usize>,
    /// What the name may stand for; the first is being asked for.
    names: VecDeque<Name>,
    asked: [Asked; 2],
    /// One family is there: the other may take this long.
    grace_until_ms: Option<u64>,
    /// Why one of the names could not be looked up, though somebody answered.
    refused: Option<String>,
    missing_ms: u64,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this; it takes the place of what this family sent before.
    Send(Transmit),
    /// Wait for answers until this time.
    Wait(u64),
    /// It is over.
    Done(Outcome),
}

/// A query to be sent from a port of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// Which of the two questions it asks.
    pub family: Family,
    /// Whom it asks.
    pub server: SocketAddr,
    /// Over TCP, with two bytes of length before it (RFC 1035 section 4.2.2).
    pub tcp: bool,
    /// The query.
    pub bytes: Vec<u8>,
}

/// The question for one family.
#[derive(Debug)]
struct Asked {
    family: Family,
    /// Tries begun, each with the next server.
    tries: usize,
    tcp: bool,
    state: State,
    /// Why a server would not answer.
    refused: Option<String>,
}

#[derive(Debug)]
enum State {
    /// To be sent.
    Due,
    Sent {
        id: u16,
        until_ms: u64,
    },
    Replied(Reply),
    /// No server answered, or none will.
    Failed,
}

impl Asked {
    fn new(family: Family, tcp: bool) -> Self {
        Self { family, tries: 0, tcp, state: State::Due, refused: None }
    }

    fn is_over(&self) -> bool {
        matches!(self.state, State::Replied(_) | State::Failed)
    }

    fn addresses(&self) -> Option<(&[IpAddr], u64)> {
        match &self.state {
            State::Replied(Reply::Addresses(addresses, ttl_ms)) => Some((addresses, *ttl_ms)),
            _ => None,
        }
    }
}

impl Lookup {
    /// For `host`, beginning with the server of this number.
    pub fn new(host: &str, conf: Arc<ResolvConf>, first_server: usize) -> Self {
        Self {
            host: host.to_owned(),
            first_server,
            answered_by: None,
            names: candidates(host, &conf).into(),
            asked: [Family::V4, Family::V6].map(|family| Asked::new(family, conf.use_tcp)),
            grace_until_ms: None,
            refused: None,
            missing_ms: NEGATIVE_MS_MAX,
            conf,
        }
    }

    /// The number of the server that answered last.
    pub fn answered_by(&self) -> Option<usize> {
        self.answered_by
    }

    /// What to do now; to be asked again until it says to wait or that it is over. `random` gives
    /// ids that nobody can guess (RFC 5452 section 9.2).
    pub fn step(&mut self, now_ms: u64, mut random: impl FnMut() -> u16) -> Step {
        self.give_up_what_is_late(now_ms);
        while self.asked.iter().all(Asked::is_over) {
            if let Some(outcome) = self.conclude() {
                return Step::Done(outcome);
            }
        }
        let Some(name) = self.names.front() else {
            let reason = format!("'{}' is no host name", self.host);
            return Step::Done(Outcome::Nothing { reason, ttl_ms: NEGATIVE_MS_MAX });
        };
        let due = self.asked.iter_mut().find(|asked| matches!(asked.state, State::Due));
        if let Some(asked) = due {
            let id = random();
            let until_ms = now_ms.saturating_add(self.conf.timeout_ms);
            asked.state = State::Sent { id, until_ms };
            let at = self.first_server.wrapping_add(asked.tries);
            let server = at.checked_rem(self.conf.servers.len()).unwrap_or(0);
            if let Some(server) = self.conf.servers.get(server).copied() {
                let (family, tcp) = (asked.family, asked.tcp);
                let bytes = query(id, name, family);
                return Step::Send(Transmit { family, server, tcp, bytes });
            }
        }
        Step::Wait(self.next_ms())
    }

    /// Bytes came for what this family sent last. False: they are no answer to it. Over a datagram
    /// that means nothing; over TCP the connection is of no use, see [`Lookup::broke`].
    pub fn received(&mut self, family: Family, bytes: &[u8], now_ms: u64) -> bool {
        let Some(name) = self.names.front() else { return false };
        let Some(asked) = self.asked.iter_mut().find(|asked| asked.family == family) else {
            return false;
        };
        let State::Sent { id, .. } = asked.state else { return false };
        let Some(reply) = read(bytes, id, name, family) else { return false };
        match reply {
            Reply::Truncated if !asked.tcp => {
                asked.tcp = true;
                asked.state = State::Due;
            }
            Reply::Truncated => self.try_next(family, Some("a truncated answer")),
            Reply::Refused(why) => self.try_next(family, Some(&why)),
            Reply::Addresses(..) | Reply::Missing(_) => {
                let servers = self.conf.servers.len();
                let at = self.first_server.wrapping_add(asked.tries);
                self.answered_by = at.checked_rem(servers);
                if matches!(reply, Reply::Addresses(..)) && self.grace_until_ms.is_none() {
                    self.grace_until_ms = Some(now_ms.saturating_add(FAMILY_GRACE_MS));
                }
                asked.state = State::Replied(reply);
            }
        }
        true
    }

    /// What this family sent last cannot be answered: nobody listens there, or the connection
    /// ended.
    pub fn broke(&mut self, family: Family) {
        let waits =
            |asked: &Asked| asked.family == family && matches!(asked.state, State::Sent { .. });
        if self.asked.iter().any(waits) {
            self.try_next(family, None);
        }
    }

    /// The next server, while there are tries left.
    fn try_next(&mut self, family: Family, refusal: Option<&str>) {
        let tries_max = self.conf.servers.len().saturating_mul(self.conf.attempts);
        let use_tcp = self.conf.use_tcp;
        for asked in self.asked.iter_mut().filter(|asked| asked.family == family) {
            if let Some(why) = refusal {
                asked.refused = Some(why.to_owned());
            }
            asked.tries = asked.tries.saturating_add(1);
            asked.tcp = use_tcp;
            asked.state = if asked.tries < tries_max { State::Due } else { State::Failed };
        }
    }

    fn give_up_what_is_late(&mut self, now_ms: u64) {
        let grace_over = self.grace_until_ms.is_some_and(|until_ms| until_ms <= now_ms);
        for family in [Family::V4, Family::V6] {
            let Some(asked) = self.asked.iter_mut().find(|asked| asked.family == family) else {
                continue;
            };
            match asked.state {
                State::Sent { .. } | State::Due if grace_over => asked.state = State::Failed,
                State::Sent { until_ms, .. } if until_ms <= now_ms => {
                    self.try_next(family, None);
                }
                _ => {}
            }
        }
    }

    fn next_ms(&self) -> u64 {
        let sent = self.asked.iter().filter_map(|asked| match asked.state {
            State::Sent { until_ms, .. } => Some(until_ms),
            _ => None,
        });
        sent.chain(self.grace_until_ms).min().unwrap_or(0)
    }

    /// Both families are over for the name at hand: the outcome, or on to the next name.
    fn conclude(&mut self) -> Option<Outcome> {
        let found = self.asked.iter().filter_map(Asked::addresses);
        let addresses = found.clone().flat_map(|(addresses, _)| addresses).copied();
        let addresses: Vec<IpAddr> = addresses.take(ADDRESSES_MAX).collect();
        if !addresses.is_empty() {
            let ttl_ms = found.map(|(_, ttl_ms)| ttl_ms).min().unwrap_or(0);
            return Some(Outcome::Found { addresses, ttl_ms });
        }
        for asked in &mut self.asked {
            match (&asked.state, asked.refused.take()) {
                (State::Replied(Reply::Missing(ms)), _) => {
                    self.missing_ms = self.missing_ms.min(*ms);
                }
                (_, Some(why)) => self.refused = Some(why),
                // Silence will meet the other names too.
                (_, None) => {
                    let reason = format!("{}: no name server answers", self.host);
                    return Some(Outcome::Failed { reason });
                }
            }
        }
        self.names.pop_front();
        if self.names.is_empty() {
            return Some(self.nothing());
        }
        let use_tcp = self.conf.use_tcp;
        self.asked = [Family::V4, Family::V6].map(|family| Asked::new(family, use_tcp));
        None
    }

    fn nothing(&self) -> Outcome {
        match &self.refused {
            Some(why) => {
                Outcome::Failed { reason: format!("{}: the name servers say: {why}", self.host) }
            }
            None => Outcome::Nothing {
                reason: format!("{} has no address", self.host),
                ttl_ms: self.missing_ms.max(NEGATIVE_MS_MIN),
            },
        }
    }
}
