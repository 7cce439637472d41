use std::collections::BTreeMap;
use std::fmt;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::connection::Kind;
use super::tls::Handshakes;
use crate::clock::SECOND_NS;

/// Latencies are told apart to three digits between these bounds.
const LATENCY_NS_MIN: u64 = 256;
const LATENCY_NS_MAX: u64 = 3600 * SECOND_NS;
const LATENCY_DIGITS: u8 = 3;

/// Everything counted in a run.
#[derive(Debug)]
pub struct Tally {
    /// Right answers.
    pub ok: u64,
    /// Requests begun, answered or not.
    pub sent: u64,
    /// Requests that were due but never begun.
    pub unsent: u64,
    /// Requests that failed, by kind.
    pub failed: Failed,
    /// Connections, and how they ended.
    pub connections: Connections,
    /// Final statuses of all answers.
    pub statuses: BTreeMap<u16, u64>,
    /// The first failure in words.
    pub first_failure: Option<String>,
    latency_ns: Option<Histogram<u64>>,
}

/// Requests that failed, by kind.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Failed {
    /// The peer closed after the request was sent, before any byte of a response.
    pub closed_before_response: u64,
    /// The peer closed within a response.
    pub closed_in_response: u64,
    /// The same by a reset.
    pub reset_before_response: u64,
    /// The same by a reset.
    pub reset_in_response: u64,
    /// No whole response in time.
    pub timed_out: u64,
    /// A response of another status than expected.
    pub unexpected_status: u64,
    /// The expected status with a wrong body.
    pub wrong_body: u64,
    /// A response that breaks HTTP's framing.
    pub malformed: u64,
}

/// Connections, and how they ended.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Connections {
    /// Made.
    pub opened: u64,
    /// Not made: refused or worse.
    pub connect_failures: u64,
    /// Closed by the peer though nobody asked for it; the sum of the next three.
    pub closed_by_peer: u64,
    /// ... with no request under way, unannounced.
    pub closed_by_peer_idle: u64,
    /// ... with `Connection: close` in an answer to a request that did not ask for it.
    pub closed_by_peer_announced: u64,
    /// ... with a request under way, which failed.
    pub closed_by_peer_busy: u64,
}

/// Latencies in microseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub struct Latency {
    pub mean: f64,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

/// What a run comes to; the JSON of `-o json`.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Right answers.
    pub requests_ok: u64,
    /// Requests begun.
    pub requests_sent: u64,
    /// Requests that were due but never begun.
    pub requests_unsent: u64,
    /// The sum of `failed`.
    pub requests_failed: u64,
    /// Requests that failed, by kind.
    pub failed: Failed,
    /// Connections, and how they ended.
    pub connections: Connections,
    /// TLS handshakes, if TLS was spoken.
    pub handshakes: Option<Handshakes>,
    /// Final statuses of all answers.
    pub statuses: BTreeMap<u16, u64>,
    /// The first failure in words.
    pub first_failure: Option<String>,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// Right answers per second.
    pub requests_per_second: f64,
    /// Of right answers; in open loop from the time a request was due.
    pub latency_us: Latency,
}

impl Default for Tally {
    fn default() -> Self {
        let bounds = Histogram::new_with_bounds(LATENCY_NS_MIN, LATENCY_NS_MAX, LATENCY_DIGITS);
        Self {
            ok: 0,
            sent: 0,
            unsent: 0,
            failed: Failed::default(),
            connections: Connections::default(),
            statuses: BTreeMap::new(),
            first_failure: None,
            latency_ns: bounds.ok(),
        }
    }
}

impl Tally {
    /// Counts a right answer.
    pub fn record_ok(&mut self, latency_ns: u64) {
        self.ok += 1;
        if let Some(histogram) = &mut self.latency_ns {
            histogram.saturating_record(latency_ns);
        }
    }

    /// Keeps the words of the first failure.
    pub fn note(&mut self, words: impl FnOnce() -> String) {
        self.first_failure.get_or_insert_with(words);
    }

    /// Counts a request that failed with its connection.
    pub(super) fn count_failure(&mut self, kind: Kind) {
        let failed = &mut self.failed;
        *match kind {
            Kind::Closed { started: false } => &mut failed.closed_before_response,
            Kind::Closed { started: true } => &mut failed.closed_in_response,
            Kind::Reset { started: false } => &mut failed.reset_before_response,
            Kind::Reset { started: true } => &mut failed.reset_in_response,
            Kind::TimedOut => &mut failed.timed_out,
            Kind::Malformed => &mut failed.malformed,
        } += 1;
    }

    /// The report of a run that took `elapsed_ns`; `handshakes` of TLS, if that was spoken.
    pub fn report(&self, elapsed_ns: u64, handshakes: Option<Handshakes>) -> Report {
        let seconds = elapsed_ns as f64 / SECOND_NS as f64;
        Report {
            requests_ok: self.ok,
            requests_sent: self.sent,
            requests_unsent: self.unsent,
            requests_failed: self.failed.sum(),
            failed: self.failed.clone(),
            connections: self.connections.clone(),
            handshakes,
            statuses: self.statuses.clone(),
            first_failure: self.first_failure.clone(),
            seconds,
            requests_per_second: if elapsed_ns == 0 { 0.0 } else { self.ok as f64 / seconds },
            latency_us: self.latency_ns.as_ref().map(Latency::of).unwrap_or_default(),
        }
    }
}

impl Failed {
    /// All of them.
    pub fn sum(&self) -> u64 {
        self.closed_before_response
            + self.closed_in_response
            + self.reset_before_response
            + self.reset_in_response
            + self.timed_out
            + self.unexpected_status
            + self.wrong_body
            + self.malformed
    }
}

impl Latency {
    fn of(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1000.0;
        Self {
            mean: histogram.mean() / 1000.0,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: histogram.max() as f64 / 1000.0,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} ok of {} sent in {:.3} s: {:.0} requests/s",
            self.requests_ok, self.requests_sent, self.seconds, self.requests_per_second
        )?;
        let latency = &self.latency_us;
        writeln!(
            f,
            "latency us: p50 {:.0}  p90 {:.0}  p99 {:.0}  p99.9 {:.0}  max {:.0}",
            latency.p50, latency.p90, latency.p99, latency.p999, latency.max
        )?;
        writeln!(f, "failed {}: {:?}", self.requests_failed, self.failed)?;
        writeln!(f, "{:?}, statuses {:?}", self.connections, self.statuses)?;
        if let Some(handshakes) = &self.handshakes {
            writeln!(f, "TLS {handshakes:?}")?;
        }
        if self.requests_unsent > 0 {
            writeln!(f, "{} were due but never sent", self.requests_unsent)?;
        }
        match &self.first_failure {
            Some(words) => writeln!(f, "first failure: {words}"),
            None => Ok(()),
        }
    }
}
