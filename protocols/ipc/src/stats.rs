use serde::Serialize;

/// Makes [`Stats`] and its two ways between names and places from one list.
macro_rules! stats {
    ($($(#[$what:meta])* $name:ident,)*) => {
        /// Counters of a data plane. What each worker of it counts is added up.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "camelCase")]
        pub struct Stats {
            $($(#[$what])* pub $name: u64,)*
        }

        impl Stats {
            fn numbers(&self) -> Vec<u64> {
                vec![$(self.$name),*]
            }

            fn of_numbers(numbers: Vec<u64>) -> Self {
                let mut numbers = numbers.into_iter();
                Self { $($name: numbers.next().unwrap_or_default(),)* }
            }
        }
    };
}

// A place in this list is a place in the packet: what is new comes at the end, and nothing leaves.
stats! {
    /// The generation served.
    generation,
    /// Tables in memory, retired ones included.
    live_generations,
    /// Client connections open.
    connections,
    /// Client connections accepted.
    connections_total,
    /// Requests answered.
    requests_total,
    /// Answers with a status of 500 or more.
    responses_5xx_total,
    /// Upstream connections open, idle ones too.
    upstream_connections,
    /// Log records lost because the journal was behind.
    log_records_dropped_total,
    /// Requests answered 503 and connections refused because memory was short.
    shed_total,
    /// Heap memory of the table served.
    table_bytes,
    /// Resident memory of the process.
    resident_bytes,
    /// Since the process started.
    uptime_ms,
    /// TLS handshakes with clients that were completed.
    tls_handshakes_total,
    /// TLS handshakes with clients that failed or took too long.
    tls_failures_total,
    /// Answers with a 4xx status.
    responses_4xx_total,
    /// Requests refused before they could be routed.
    refused_total,
    /// Connections closed at once, since their address had as many as it may.
    over_address_limit_total,
    /// WebSockets open.
    websockets,
    /// WebSockets ever opened.
    websockets_total,
    /// Messages that WebSockets carried, in either direction.
    websocket_messages_total,
    /// Upstream connections ever made.
    upstream_connections_total,
    /// Requests sent again on a fresh connection.
    upstream_retries_total,
    /// Times a target of an origin was left alone for a while, since it had failed.
    upstream_ejections_total,
    /// Connections ended by a panic.
    panics_total,
}

/// On the table socket, [`Stats`] are a list of numbers: a peer of an earlier version sends fewer,
/// whose others are 0 then, and one of a later version more, which nobody here knows.
pub(crate) mod wire {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Stats;

    pub(crate) fn serialize<S: Serializer>(stats: &Stats, to: S) -> Result<S::Ok, S::Error> {
        stats.numbers().serialize(to)
    }

    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Stats, D::Error> {
        Vec::deserialize(from).map(Stats::of_numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ToControl;

    #[test]
    fn peers_of_other_versions_are_understood() {
        let stats = Stats { generation: 7, panics_total: u64::MAX, ..Stats::default() };
        let numbers = stats.numbers();
        assert_eq!(Stats::of_numbers(numbers.clone()), stats);
        let earlier = Stats::of_numbers(numbers[..3].to_vec());
        assert_eq!(earlier, Stats { generation: 7, ..Stats::default() });
        let later = [numbers.as_slice(), &[1, 2, 3]].concat();
        assert_eq!(Stats::of_numbers(later), stats);
    }

    #[test]
    fn a_packet_holds_them_as_a_list() {
        let message =
            ToControl::Stats { id: 9, stats: Stats { generation: 5, ..Stats::default() } };
        let mut packet = postcard::to_stdvec(&message).unwrap();
        assert_eq!(packet[..4], [3, 9, 24, 5], "variant, id, count, the first of them");
        // One number more, as a later version sends it.
        packet[2] += 1;
        packet.push(1);
        assert_eq!(postcard::from_bytes::<ToControl>(&packet).unwrap(), message);
    }
}
