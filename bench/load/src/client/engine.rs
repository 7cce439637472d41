use std::io;
use std::os::fd::AsFd as _;

use super::args::Args;
use super::connection::{Connection, Kind, Phase, Shared, Step};
use super::request::RequestSource;
use super::response::{Expected, Verdict};
use super::schedule::Schedule;
use super::tally::{Report, Tally};
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
    expected: Expected,
    schedule: Schedule,
    tally: Tally,
    connections: Vec<Connection>,
    in_flight: usize,
    /// Connections to start anew at the end of the round.
    restart: Vec<usize>,
    buffer: Vec<u8>,
    request: Vec<u8>,
    stdin_closed: bool,
    stopped: bool,
}

impl Engine {
    /// Makes everything ready; nothing is connected yet.
    ///
    /// # Errors
    /// When epoll refuses, for example standard input that is a file with --until-stdin-closes.
    pub fn new(args: Args, source: RequestSource) -> io::Result<Self> {
        let poller = Poller::new()?;
        if args.until_stdin_closes || args.hold {
            poller.add(io::stdin().as_fd(), STDIN_KEY, Interest::Read)?;
        }
        Ok(Self {
            expected: Expected::new(&args),
            schedule: Schedule::new(0, args.rate, args.connections, args.requests),
            connections: (0..args.connections).map(|_| Connection::default()).collect(),
            tally: Tally::default(),
            in_flight: 0,
            restart: Vec::new(),
            buffer: vec![0; READ_BYTES],
            request: Vec::new(),
            stdin_closed: false,
            stopped: false,
            poller,
            source,
            args,
        })
    }

    /// Connects, sends until the run's end, waits for the last answers.
    ///
    /// # Errors
    /// When epoll fails; failures of connections and requests are in the report.
    pub fn run(&mut self) -> io::Result<Report> {
        if self.args.keepalive {
            self.connect_all();
        }
        let start_ns = now_ns();
        let Args { rate, connections, requests, seconds, timeout_ms, .. } = self.args;
        self.schedule = Schedule::new(start_ns, rate, connections, requests);
        let stop_ns = match (seconds * SECOND_NS as f64) as u64 {
            0 => u64::MAX,
            span => start_ns.saturating_add(span),
        };
        let mut give_up_ns = u64::MAX;
        let mut sweep_ns = start_ns + SWEEP_NS;
        let mut ready = Vec::new();
        if !self.schedule.is_open_loop() {
            self.restart.extend(0..connections);
        }
        loop {
            let now = now_ns();
            if !self.stopped && self.is_over(now, stop_ns) {
                self.stopped = true;
                self.tally.unsent = self.schedule.overdue(now.min(stop_ns));
                give_up_ns = now.saturating_add(timeout_ms.saturating_mul(MILLISECOND_NS));
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
        for index in 0..self.connections.len() {
            self.time_out(index, u64::MAX);
        }
        Ok(self.tally.report(now_ns() - start_ns))
    }

    /// Keeps the idle connections until standard input ends; gives how many the peer closed.
    ///
    /// # Errors
    /// When epoll fails.
    pub fn hold(&mut self) -> io::Result<u64> {
        let before = self.tally.connections.closed_by_peer;
        let mut ready = Vec::new();
        while !self.stdin_closed {
            self.poller.wait(&mut ready, None)?;
            for &event in &ready {
                self.on_ready(event);
            }
        }
        Ok(self.tally.connections.closed_by_peer - before)
    }

    fn connect_all(&mut self) {
        for index in 0..self.connections.len() {
            let (connection, shared, _) = self.parts(index);
            let Some(connection) = connection else { continue };
            match connection.open_now(&shared, index as u64) {
                Ok(()) => self.tally.connections.opened += 1,
                Err(error) => {
                    self.tally.connections.connect_failures += 1;
                    self.tally.note(|| format!("connect: {error}"));
                }
            }
        }
    }

    fn is_over(&self, now: u64, stop_ns: u64) -> bool {
        let told = self.args.until_stdin_closes && self.stdin_closed;
        told || now >= stop_ns || !self.schedule.has_more()
    }

    fn start_due(&mut self, now: u64) {
        for index in std::mem::take(&mut self.restart) {
            self.try_start(index, now);
        }
        while !self.stopped && self.schedule.next_due_ns().is_some_and(|due| due <= now) {
            let index = self.schedule.advance();
            self.try_start(index, now);
        }
    }

    /// Begins the next request of a connection if it is free and one is due.
    fn try_start(&mut self, index: usize, now: u64) {
        let Some(connection) = self.connections.get(index) else { return };
        let free = match connection.phase {
            Phase::Idle => true,
            Phase::Down => connection.retry_ns <= now,
            Phase::Busy | Phase::Closing => false,
        };
        let due_ns = self.schedule.due_ns(index, connection.turn).unwrap_or(now);
        if self.stopped || !free || due_ns > now || !self.schedule.has_more() {
            return;
        }
        self.source.next_into(&mut self.request);
        let opens = connection.phase == Phase::Down;
        let (connection, shared, request) = self.parts(index);
        let Some(connection) = connection else { return };
        connection.scheduled_ns = due_ns;
        connection.begun_ns = now;
        connection.turn += 1;
        let step = connection.begin(request, &shared, index as u64);
        self.schedule.begin();
        self.tally.sent += 1;
        self.tally.connections.opened += u64::from(opens);
        self.in_flight += 1;
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
        self.settle(index, step);
    }

    /// Counts what became of a connection and goes on with it.
    fn settle(&mut self, index: usize, step: Step) {
        match step {
            Step::Wait => return,
            Step::Answered { verdict, announced } => {
                self.in_flight -= 1;
                self.tally.connections.closed_by_peer_announced += u64::from(announced);
                self.tally.connections.closed_by_peer += u64::from(announced);
                let now = now_ns();
                self.judge(index, verdict, now);
                self.try_start(index, now);
                return;
            }
            Step::Failed(kind, words) => self.count_failure(index, kind, words),
            Step::ConnectFailed(errno) => self.take_back(index, &errno.to_string()),
            Step::Unasked(words) => {
                self.tally.failed.malformed += 1;
                self.tally.note(|| words);
            }
            Step::ClosedIdle => {
                self.tally.connections.closed_by_peer_idle += 1;
                self.tally.connections.closed_by_peer += 1;
            }
            Step::ClosedAsked => {}
        }
        self.restart.push(index);
    }

    fn judge(&mut self, index: usize, verdict: Verdict, now: u64) {
        let scheduled_ns = self.connections.get(index).map_or(now, |c| c.scheduled_ns);
        let status = match verdict {
            Verdict::Right | Verdict::Body => self.args.expect_status,
            Verdict::Status(status) => status,
        };
        *self.tally.statuses.entry(status).or_default() += 1;
        match verdict {
            Verdict::Right => self.tally.record_ok(now.saturating_sub(scheduled_ns)),
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

    fn count_failure(&mut self, index: usize, kind: Kind, words: String) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let failed = &mut self.tally.failed;
        let counter = match kind {
            Kind::Closed { started: false } => &mut failed.closed_before_response,
            Kind::Closed { started: true } => &mut failed.closed_in_response,
            Kind::Reset { started: false } => &mut failed.reset_before_response,
            Kind::Reset { started: true } => &mut failed.reset_in_response,
            Kind::TimedOut => &mut failed.timed_out,
            Kind::Malformed => &mut failed.malformed,
        };
        *counter += 1;
        if matches!(kind, Kind::Closed { .. } | Kind::Reset { .. }) {
            self.tally.connections.closed_by_peer_busy += 1;
            self.tally.connections.closed_by_peer += 1;
        }
        let turn = self.connections.get(index).map_or(0, |connection| connection.turn);
        self.tally.note(|| format!("connection {index}, request {turn}: {words}"));
    }

    /// A request that never left, for want of a connection, stays due.
    fn take_back(&mut self, index: usize, words: &str) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.schedule.take_back();
        self.tally.sent -= 1;
        self.tally.connections.opened -= 1;
        self.tally.connections.connect_failures += 1;
        self.tally.note(|| format!("connect: {words}"));
        if let Some(connection) = self.connections.get_mut(index) {
            connection.turn -= 1;
            connection.retry_ns = now_ns() + RECONNECT_PAUSE_NS;
        }
    }

    fn sweep(&mut self, now: u64) {
        for index in 0..self.connections.len() {
            self.time_out(index, now);
            if self.connections.get(index).is_some_and(|c| c.phase == Phase::Down) {
                self.restart.push(index);
            }
        }
    }

    fn time_out(&mut self, index: usize, now: u64) {
        let timeout_ns = self.args.timeout_ms.saturating_mul(MILLISECOND_NS);
        let Some(connection) = self.connections.get_mut(index) else { return };
        if now.saturating_sub(connection.begun_ns) <= timeout_ns {
            return;
        }
        match connection.phase {
            Phase::Busy => {
                let step = connection.fail(Kind::TimedOut, "timed out".to_owned());
                self.settle(index, step);
            }
            Phase::Closing if !self.stopped => {
                connection.close();
                self.tally.note(|| "the peer was asked to close and did not".to_owned());
            }
            Phase::Closing | Phase::Idle | Phase::Down => {}
        }
    }

    fn read_stdin(&mut self) {
        match rustix::io::read(io::stdin().as_fd(), self.buffer.as_mut_slice()) {
            Ok(n) if n > 0 => {}
            _ => {
                self.stdin_closed = true;
                // Its end would wake the poller for ever.
                let _ = self.poller.remove(io::stdin().as_fd());
            }
        }
    }

    /// A connection, what it works with, and the request text.
    fn parts(&mut self, index: usize) -> (Option<&mut Connection>, Shared<'_>, &[u8]) {
        let shared = Shared {
            poller: &self.poller,
            address: self.source.address,
            expected: &self.expected,
            buffer: &mut self.buffer,
            asks_close: !self.args.keepalive,
        };
        (self.connections.get_mut(index), shared, &self.request)
    }
}
