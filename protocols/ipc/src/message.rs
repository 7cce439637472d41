use serde::{Deserialize, Serialize};

use crate::stats::{self, Stats};

/// What the control process says to a data plane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToData {
    /// A table update follows in the memory file of this packet. Answered by Ack or Nack.
    Update {
        /// The generation it makes.
        generation: u64,
        /// Size of the memory file.
        bytes: u64,
    },
    /// Answered by Stats.
    StatsRequest {
        /// Comes back in the answer.
        id: u64,
    },
    /// Answered by Meters.
    MetersRequest {
        /// Comes back in the answer.
        id: u64,
    },
    /// Start the program's file anew and hand the sockets over. Answered by Upgraded.
    Upgrade {
        /// Comes back in the answer.
        id: u64,
    },
}

/// What a data plane says to the control process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToControl {
    /// The first packet of a connection.
    Hello(Hello),
    /// The update is live on every worker.
    Ack {
        /// The generation now served.
        generation: u64,
        /// From the packet's arrival to live.
        micros: u32,
    },
    /// The update was refused; what was served before still is.
    Nack {
        /// The generation that was refused.
        generation: u64,
        /// What is wrong, as a path: `base`, or `apis/{id}/stages/{name}/routes/{id}`.
        path: String,
        /// Why.
        reason: String,
    },
    /// The answer to StatsRequest.
    Stats {
        /// The request's.
        id: u64,
        /// The numbers.
        #[serde(with = "stats::wire")]
        stats: Stats,
    },
    /// The answer to MetersRequest: what was measured stands in the memory file of this packet, in
    /// an encoding that the two ends know. Without one the workers did not answer in time.
    Meters {
        /// The request's.
        id: u64,
    },
    /// The answer to Upgrade.
    Upgraded {
        /// The request's.
        id: u64,
        /// The process that accepts from now on, or why this one goes on.
        outcome: Result<u32, String>,
    },
    /// A token names a key of this issuer that the table does not have: there may be a newer one.
    UnknownKey {
        /// The issuer's URL.
        issuer: String,
    },
    /// This data plane accepts no more and ends when its requests have; it still takes updates.
    Draining,
}

/// Who the data plane is and what it serves already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Version of the binary.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// Number of worker threads.
    pub workers: u16,
    /// `io_uring` or `epoll`.
    pub driver: String,
    /// Why that driver.
    pub driver_reason: String,
    /// The store of the table it serves; none: it serves no table yet.
    pub store_id: Option<[u8; 16]>,
    /// The generation of that table.
    pub generation: u64,
    /// Addresses of its plain HTTP listeners.
    pub http: Vec<String>,
    /// Addresses of its TLS listeners.
    pub https: Vec<String>,
    /// Where it writes access logs, in JSON that the two ends know.
    pub access_logs: String,
    /// It is about to end: see [`ToControl::Draining`].
    pub draining: bool,
}
