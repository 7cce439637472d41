use std::sync::atomic::{AtomicU64, Ordering};

/// A number that one worker changes and any thread may read.
///
/// Adding is a plain load and store (no locked instruction): only its own worker writes it.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `n`. Only the owning worker may call this.
    pub fn add(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }

    /// Takes `n` off. Only the owning worker may call this.
    pub fn subtract(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_sub(n), Ordering::Relaxed);
    }

    /// What it says now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One worker's counters, on cache lines of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Counters {
    /// Client connections that are open.
    pub connections: Counter,
    /// Client connections ever accepted.
    pub connections_total: Counter,
    /// TLS handshakes with clients that were completed.
    pub tls_handshakes_total: Counter,
    /// TLS handshakes with clients that failed or took too long.
    pub tls_failures_total: Counter,
    /// Requests answered, by us or by an upstream.
    pub requests_total: Counter,
    /// Answers with a 4xx status.
    pub responses_4xx_total: Counter,
    /// Answers with a 5xx status.
    pub responses_5xx_total: Counter,
    /// Connections closed at once, since their address had as many as it may.
    pub over_address_limit_total: Counter,
    /// WebSockets that are open.
    pub websockets: Counter,
    /// WebSockets ever opened.
    pub websockets_total: Counter,
    /// Messages that WebSockets carried, in either direction.
    pub websocket_messages_total: Counter,
    /// Requests refused before they could be routed.
    pub refused_total: Counter,
    /// Requests answered 503, and connections refused, because memory was short.
    pub shed_total: Counter,
    /// Upstream connections that are open, idle ones too.
    pub upstream_connections: Counter,
    /// Upstream connections ever made.
    pub upstream_connections_total: Counter,
    /// Requests sent again on a fresh connection.
    pub upstream_retries_total: Counter,
    /// Access-log records dropped because the journal was behind.
    pub log_records_dropped_total: Counter,
    /// Connections ended by a panic.
    pub panics_total: Counter,
    /// Times the worker has shown that it is alive.
    pub pulse: Counter,
}

/// The sum over all workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the same members as Counters")]
pub struct Totals {
    pub connections: u64,
    pub connections_total: u64,
    pub tls_handshakes_total: u64,
    pub tls_failures_total: u64,
    pub requests_total: u64,
    pub responses_4xx_total: u64,
    pub responses_5xx_total: u64,
    pub over_address_limit_total: u64,
    pub websockets: u64,
    pub websockets_total: u64,
    pub websocket_messages_total: u64,
    pub refused_total: u64,
    pub shed_total: u64,
    pub upstream_connections: u64,
    pub upstream_connections_total: u64,
    pub upstream_retries_total: u64,
    pub log_records_dropped_total: u64,
    pub panics_total: u64,
}

impl Totals {
    /// Adds the counters of every worker up.
    pub fn of<'c>(workers: impl IntoIterator<Item = &'c Counters>) -> Self {
        workers.into_iter().fold(Self::default(), |sum, worker| Self {
            connections: sum.connections + worker.connections.get(),
            connections_total: sum.connections_total + worker.connections_total.get(),
            tls_handshakes_total: sum.tls_handshakes_total + worker.tls_handshakes_total.get(),
            tls_failures_total: sum.tls_failures_total + worker.tls_failures_total.get(),
            requests_total: sum.requests_total + worker.requests_total.get(),
            responses_4xx_total: sum.responses_4xx_total + worker.responses_4xx_total.get(),
            responses_5xx_total: sum.responses_5xx_total + worker.responses_5xx_total.get(),
            over_address_limit_total: sum.over_address_limit_total
                + worker.over_address_limit_total.get(),
            websockets: sum.websockets + worker.websockets.get(),
            websockets_total: sum.websockets_total + worker.websockets_total.get(),
            websocket_messages_total: sum.websocket_messages_total
                + worker.websocket_messages_total.get(),
            refused_total: sum.refused_total + worker.refused_total.get(),
            shed_total: sum.shed_total + worker.shed_total.get(),
            upstream_connections: sum.upstream_connections + worker.upstream_connections.get(),
            upstream_connections_total: sum.upstream_connections_total
                + worker.upstream_connections_total.get(),
            upstream_retries_total: sum.upstream_retries_total
                + worker.upstream_retries_total.get(),
            log_records_dropped_total: sum.log_records_dropped_total
                + worker.log_records_dropped_total.get(),
            panics_total: sum.panics_total + worker.panics_total.get(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_sums() {
        let (a, b) = (Counters::default(), Counters::default());
        a.requests_total.add(3);
        b.requests_total.add(4);
        a.connections.add(2);
        a.connections.subtract(1);
        let totals = Totals::of([&a, &b]);
        assert_eq!((totals.requests_total, totals.connections), (7, 1));
    }
}
