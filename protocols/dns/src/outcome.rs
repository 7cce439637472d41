use std::net::IpAddr;

/// What looking a name up came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has addresses.
    Found {
        /// Each once; at most [`crate::limits::ADDRESSES_MAX`].
        addresses: Vec<IpAddr>,
        /// How long they hold, in milliseconds.
        ttl_ms: u64,
    },
    /// Somebody who knows says that it has none.
    Nothing {
        /// For people.
        reason: String,
        /// How long that holds, in milliseconds.
        ttl_ms: u64,
    },
    /// Nobody who knows could be reached.
    Failed {
        /// For people.
        reason: String,
    },
}
