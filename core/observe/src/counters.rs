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

/// Makes [`Counters`] and [`Totals`] from one list, so that no counter is left out of a sum.
macro_rules! counters {
    ($($(#[$what:meta])* $name:ident,)*) => {
        /// One worker's counters, on cache lines of their own.
        #[derive(Debug, Default)]
        #[repr(align(128))]
        pub struct Counters {
            $($(#[$what])* pub $name: Counter,)*
            /// Times the worker has shown that it is alive.
            pub pulse: Counter,
        }

        /// The sum over all workers.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Totals {
            $($(#[$what])* pub $name: u64,)*
        }

        impl Totals {
            /// Adds the counters of every worker up.
            pub fn of<'c>(workers: impl IntoIterator<Item = &'c Counters>) -> Self {
                workers.into_iter().fold(Self::default(), |sum, worker| Self {
                    $($name: sum.$name.wrapping_add(worker.$name.get()),)*
                })
            }
        }
    };
}

counters! {
    /// Client connections that are open.
    connections,
    /// Client connections ever accepted.
    connections_total,
    /// TLS handshakes with clients that were completed.
    tls_handshakes_total,
    /// TLS handshakes with clients that failed or took too long.
    tls_failures_total,
    /// Requests answered, by us or by an upstream.
    requests_total,
    /// Answers with a 4xx status.
    responses_4xx_total,
    /// Answers with a 5xx status.
    responses_5xx_total,
    /// Connections closed at once, since their address had as many as it may.
    over_address_limit_total,
    /// WebSockets that are open.
    websockets,
    /// WebSockets ever opened.
    websockets_total,
    /// Messages that WebSockets carried, in either direction.
    websocket_messages_total,
    /// Requests refused before they could be routed.
    refused_total,
    /// Requests answered 503, and connections refused, because memory was short.
    shed_total,
    /// Upstream connections that are open, idle ones too.
    upstream_connections,
    /// Upstream connections ever made.
    upstream_connections_total,
    /// Requests sent again on a fresh connection.
    upstream_retries_total,
    /// Times a target of an origin was left alone for a while, since it had failed.
    upstream_ejections_total,
    /// Access-log records dropped because the journal was behind.
    log_records_dropped_total,
    /// Connections ended by a panic.
    panics_total,
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
