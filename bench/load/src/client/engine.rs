use std::io;
use std::os::fd::AsFd as _;

use super::args::{Args, Check};
use super::connection::{Connection, Kind, Phase, Shared, Step};
use super::protocol::{Answer, Language};
use super::request::RequestSource;
use super::response::{Expected, Verdict};
use super::schedule::Schedule;
use super::tally::{Report, Tally};
use super::tls::TlsClient;
use crate::clock::{MILLISECOND_NS, SECOND_NS, now_ns};
use crate::poll::{Interest, Poller, Ready};

/// Bytes read from a socket at once.
const READ_BYTES: usize = 256 * 1024;
/// Between two looks for time-outs.
const SWEEP_NS: u64 = 50 * MILLISECOND_NS;
/// Before a connection that could not be made is tried again.
const RECONNECT_PAUSE_NS: u64 = 5 * MILLISECOND_NS;
/// The poller's number for standard input.
const STDIN_KEY: u64 = u64::MAX;

/// One run.
#[derive(Debug)]
pub struct Engine {
    args: Args,
    poller: Poller,
    source: RequestSource,
    language: Language,
    expected: Expected,
    schedule: Schedule,
    tally: Tally,
    connections: Vec<Connection>,
    /// Every connection has one for each request that it may have under way: lane `n` is on
    /// connection `n % connections`.
    lanes: Vec<Lane>,
    in_flight: usize,
    /// Lanes to start anew at the end of the round.
    restart: Vec<usize>,
    buffer: Vec<u8>,
    request: Vec<u8>,
    /// Standard input has said something, or has ended.
    is_told: bool,
    stdin_ended: bool,
    stopped: bool,
}

/// One request after another.
#[derive(Clone, Debug, Default)]
struct Lane {
    is_busy: bool,
    /// When the request under way was due or begun: latency counts from here.
    scheduled_ns: u64,
    /// When the request under way was begun: the time-out counts from here.
    begun_ns: u64,
    /// Requests begun, ever.
    turn: u64,
}

impl Engine {
    /// Makes everything ready; nothing is connected yet.
    ///
    /// # Errors
    /// When epoll refuses, for example standard input that is a file with --until-stdin-closes.
    pub fn new(args: Args, source: RequestSource) -> io::Result<Self> {
        let poller = Poller::new()?;
        if args.until_stdin_closes || args.hold || args.warm_up_seconds > 0.0 {
            poller.add(io::stdin().as_fd(), STDIN_KEY, Interest::Read)?;
        }
        let language = source.language(&args);
        let lanes = args.connections.saturating_mul(language.slots());
        Ok(Self {
            language,
            expected: Expected::new(&args),
            schedule: Schedule::new(0, args.rate, lanes, args.requests),
            connections: (0..args.connections).map(|_| Connection::default()).collect(),
            lanes: vec![Lane::default(); lanes],
            tally: Tally::default(),
            in_flight: 0,
            restart: Vec::new(),
            buffer: vec![0; READ_BYTES],
            request: Vec::new(),
            is_told: false,
            stdin_ended: false,
            stopped: false,
            poller,
            source,
            args,
        })
    }

    /// Runs for `--warm-up-seconds`, every body byte compared.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn warm_up(&mut self) -> io::Result<Report> {
        let args = Args { check: Check::Pattern, ..self.args.clone() };
        let usual = std::mem::replace(&mut self.expected, Expected::new(&args));
        let report = self.run_for(self.args.warm_up_seconds, 0);
        self.expected = usual;
        report
    }

    /// Connects where there is no connection, sends until the run's end, waits for the last
    /// answers.
    ///
    /// # Errors
    /// When epoll fails; failures of connections and requests are in the report.
    pub fn run(&mut self) -> io::Result<Report> {
        self.run_for(self.args.seconds, self.args.requests)
    }

    /// Keeps the idle connections until standard input says something, which is true, or ends.
    /// What they do meanwhile counts for the next run.
    ///
    /// # Errors
    /// When epoll fails.
    pub fn hold(&mut self) -> io::Result<bool> {
        let mut ready = Vec::new();
        self.is_told = false;
        while !self.is_told && !self.stdin_ended {
            self.poller.wait(&mut ready, None)?;
            for &event in &ready {
                self.on_ready(event);
            }
        }
        Ok(self.is_told)
    }

    /// Connections that the peer closed, though nobody asked for it, since the last run.
    pub fn closed_by_peer(&self) -> u64 {
        self.tally.connections.closed_by_peer
    }

    fn run_for(&mut self, seconds: f64, requests: u64) -> io::Result<Report> {
        let start_ns = now_ns();
        self.begin_run(start_ns, requests);
        let stop_ns = match (seconds * SECOND_NS as f64) as u64 {
            0 => u64::MAX,
            span => start_ns.saturating_add(span),
        };
        let timeout_ns = self.args.timeout_ms.saturating_mul(MILLISECOND_NS);
        let mut give_up_ns = u64::MAX;
        let mut sweep_ns = start_ns + SWEEP_NS;
        let mut ready = Vec::new();
        loop {
            let now = now_ns();
            if !self.stopped && self.is_over(now, stop_ns) {
                self.stopped = true;
                self.tally.unsent = self.schedule.overdue(now.min(stop_ns));
                give_up_ns = now.saturating_add(timeout_ns);
            }
            if self.stopped && (self.in_flight == 0 || now >= give_up_ns) {
                break;
            }
            self.start_due(now);
            if now >= sweep_ns {
                self.sweep(now);
                sweep_ns = now + SWEEP_NS;
            }
            let wake_ns = self.schedule.next_due_ns().filter(|_| !self.stopped);
            let wake_ns = wake_ns.unwrap_or(sweep_ns).min(sweep_ns).min(stop_ns.max(now + 1));
            self.poller.wait(&mut ready, Some(wake_ns.saturating_sub(now_ns())))?;
            for &event in &ready {
                self.on_ready(event);
            }
        }
        for lane in 0..self.lanes.len() {
            self.time_out(lane, u64::MAX);
        }
        let handshakes = self.source.tls.as_ref().map(TlsClient::take_handshakes);
        let tally = std::mem::take(&mut self.tally);
        Ok(tally.report(now_ns() - start_ns, handshakes))
    }

    fn begin_run(&mut self, start_ns: u64, requests: u64) {
        self.stopped = false;
        self.lanes.fill(Lane::default());
        self.schedule = Schedule::new(start_ns, self.args.rate, self.lanes.len(), requests);
        self.restart.clear();
        if !self.schedule.is_open_loop() {
            self.restart.extend(0..self.lanes.len());
        }
    }

    fn is_over(&self, now: u64, stop_ns: u64) -> bool {
        let told = self.args.until_stdin_closes && self.stdin_ended;
        told || now >= stop_ns || !self.schedule.has_more()
    }

    fn start_due(&mut self, now: u64) {
        for lane in std::mem::take(&mut self.restart) {
            self.start(lane, now);
        }
        while !self.stopped && self.schedule.next_due_ns().is_some_and(|due| due <= now) {
            let lane = self.schedule.advance();
            self.start(lane, now);
        }
    }

    fn start(&mut self, lane: usize, now: u64) {
        if self.try_start(lane, now) {
            self.flush(self.connection_of(lane));
        }
    }

    /// Begins the next request of a lane if it is free and one is due.
    fn try_start(&mut self, number: usize, now: u64) -> bool {
        let index = self.connection_of(number);
        let (Some(lane), Some(connection)) =
            (self.lanes.get_mut(number), self.connections.get(index))
        else {
            return false;
        };
        let can_begin = match connection.phase {
            Phase::Up => true,
            Phase::Down => connection.retry_ns <= now,
            Phase::Closing => false,
        };
        let due_ns = self.schedule.due_ns(number, lane.turn).unwrap_or(now);
        let may_begin = !self.stopped && due_ns <= now && self.schedule.has_more();
        if lane.is_busy || !can_begin || !may_begin {
            return false;
        }
        let turn = lane.turn + 1;
        *lane = Lane { is_busy: true, scheduled_ns: due_ns, begun_ns: now, turn };
        self.schedule.begin();
        self.tally.sent += 1;
        self.in_flight += 1;
        self.source.next_into(&mut self.request);
        let slot = number.checked_div(self.connections.len()).unwrap_or(0);
        let (connection, shared, request) = self.parts(index);
        let Some(connection) = connection else { return false };
        let opens = connection.phase == Phase::Down;
        let step = if opens { connection.open(&shared, index as u64) } else { Step::Wait };
        connection.begin(slot, request, now);
        self.tally.connections.opened += u64::from(opens);
        self.settle(index, step);
        true
    }

    fn flush(&mut self, index: usize) {
        let (connection, shared, _) = self.parts(index);
        let Some(connection) = connection else { return };
        let step = connection.flush(&shared, index as u64);
        self.settle(index, step);
    }

    fn on_ready(&mut self, event: Ready) {
        if event.key == STDIN_KEY {
            self.read_stdin();
            return;
        }
        let Ok(index) = usize::try_from(event.key) else { return };
        let (connection, mut shared, _) = self.parts(index);
        let Some(connection) = connection else { return };
        let step = connection.ready(event, &mut shared);
        let mut answers = std::mem::take(&mut connection.answers);
        let now = if answers.is_empty() { 0 } else { now_ns() };
        for answer in &answers {
            self.answered(index, answer, now);
        }
        // Behind the connection's own fate, which is that of the lanes still busy.
        self.settle(index, step);
        for answer in answers.drain(..) {
            self.try_start(self.lane_of(index, answer.slot), now);
        }
        if let Some(connection) = self.connections.get_mut(index) {
            connection.answers = answers;
        }
        self.flush(index);
    }

    fn answered(&mut self, index: usize, answer: &Answer, now: u64) {
        let number = self.lane_of(index, answer.slot);
        let Some(lane) = self.lanes.get_mut(number) else { return };
        lane.is_busy = false;
        let latency_ns = now.saturating_sub(lane.scheduled_ns);
        self.in_flight -= 1;
        self.tally.connections.closed_by_peer_announced += u64::from(answer.last);
        self.tally.connections.closed_by_peer += u64::from(answer.last);
        self.judge(answer.verdict, latency_ns);
    }

    fn judge(&mut self, verdict: Verdict, latency_ns: u64) {
        let status = match verdict {
            Verdict::Right | Verdict::Body => self.args.expect_status,
            Verdict::Status(status) => status,
        };
        *self.tally.statuses.entry(status).or_default() += 1;
        match verdict {
            Verdict::Right => self.tally.record_ok(latency_ns),
            Verdict::Body => {
                self.tally.failed.wrong_body += 1;
                self.tally.note(|| "a body that differs from what was expected".to_owned());
            }
            Verdict::Status(status) => {
                self.tally.failed.unexpected_status += 1;
                self.tally.note(|| format!("status {status}"));
            }
        }
    }

    /// Counts what became of a connection, and has its lanes start anew.
    fn settle(&mut self, index: usize, step: Step) {
        match step {
            Step::Wait => return,
            Step::Failed(kind, words) => self.count_failures(index, kind, &words),
            Step::ConnectFailed(errno) => self.take_back(index, &errno.to_string()),
            Step::Unasked(words) => {
                self.tally.failed.malformed += 1;
                self.tally.note(|| words);
            }
            Step::ClosedIdle => {
                self.tally.connections.closed_by_peer_idle += 1;
                self.tally.connections.closed_by_peer += 1;
            }
            Step::ClosedAsked | Step::ClosedBehind => {}
        }
        self.restart.extend(self.lanes_of(index));
    }

    fn count_failures(&mut self, index: usize, kind: Kind, words: &str) {
        for number in self.lanes_of(index) {
            let Some(lane) = self.lanes.get_mut(number).filter(|lane| lane.is_busy) else {
                continue;
            };
            lane.is_busy = false;
            let turn = lane.turn;
            self.in_flight -= 1;
            self.tally.count_failure(kind);
            self.tally.note(|| format!("connection {index}, request {turn}: {words}"));
        }
        if matches!(kind, Kind::Closed { .. } | Kind::Reset { .. }) {
            self.tally.connections.closed_by_peer_busy += 1;
            self.tally.connections.closed_by_peer += 1;
        }
    }

    /// Requests that never left, for want of a connection, stay due.
    fn take_back(&mut self, index: usize, words: &str) {
        for number in self.lanes_of(index) {
            let Some(lane) = self.lanes.get_mut(number).filter(|lane| lane.is_busy) else {
                continue;
            };
            lane.is_busy = false;
            lane.turn -= 1;
            self.in_flight -= 1;
            self.schedule.take_back();
            self.tally.sent -= 1;
        }
        self.tally.connections.opened -= 1;
        self.tally.connections.connect_failures += 1;
        self.tally.note(|| format!("connect: {words}"));
        if let Some(connection) = self.connections.get_mut(index) {
            connection.retry_ns = now_ns() + RECONNECT_PAUSE_NS;
        }
    }

    fn sweep(&mut self, now: u64) {
        for number in 0..self.lanes.len() {
            self.time_out(number, now);
        }
        for index in 0..self.connections.len() {
            if self.connections.get(index).is_some_and(|c| c.phase == Phase::Down) {
                self.restart.extend(self.lanes_of(index));
            }
        }
    }

    fn time_out(&mut self, number: usize, now: u64) {
        let timeout_ns = self.args.timeout_ms.saturating_mul(MILLISECOND_NS);
        let index = self.connection_of(number);
        let Some(connection) = self.connections.get_mut(index) else { return };
        let is_late = |begun_ns| now.saturating_sub(begun_ns) > timeout_ns;
        if self.lanes.get(number).is_some_and(|lane| lane.is_busy && is_late(lane.begun_ns)) {
            let step = connection.fail(Kind::TimedOut, "timed out".to_owned());
            self.settle(index, step);
        } else if connection.phase == Phase::Closing
            && !self.stopped
            && is_late(connection.begun_ns)
        {
            connection.close();
            self.tally.note(|| "the peer was asked to close and did not".to_owned());
        }
    }

    fn read_stdin(&mut self) {
        match rustix::io::read(io::stdin().as_fd(), self.buffer.as_mut_slice()) {
            Ok(n) if n > 0 => self.is_told = true,
            _ => {
                self.stdin_ended = true;
                // Its end would wake the poller for ever.
                let _ = self.poller.remove(io::stdin().as_fd());
            }
        }
    }

    fn lane_of(&self, index: usize, slot: usize) -> usize {
        slot.saturating_mul(self.connections.len()).saturating_add(index)
    }

    fn connection_of(&self, lane: usize) -> usize {
        lane.checked_rem(self.connections.len()).unwrap_or(0)
    }

    fn lanes_of(&self, index: usize) -> impl Iterator<Item = usize> + use<> {
        (index..self.lanes.len()).step_by(self.connections.len().max(1))
    }

    /// A connection, what it works with, and the request text.
    fn parts(&mut self, index: usize) -> (Option<&mut Connection>, Shared<'_>, &[u8]) {
        let shared = Shared {
            poller: &self.poller,
            address: self.source.address,
            source: &self.source,
            language: self.language,
            expected: &self.expected,
            buffer: &mut self.buffer,
            asks_close: !self.args.keepalive,
        };
        (self.connections.get_mut(index), shared, &self.request)
    }
}
