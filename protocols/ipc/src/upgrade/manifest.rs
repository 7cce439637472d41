use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::Kind;

/// The version of what is said here. Another one is refused.
pub const PROTOCOL: u16 = 1;

/// Most bytes of secrets that are handed over.
pub const SECRETS_BYTES_MAX: u64 = 64 * 1024;

/// What an old process offers, and what the new one checks before it takes anything over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`PROTOCOL`]
    pub protocol: u16,
    /// Version of the old binary.
    pub version: String,
    /// The old process.
    pub pid: u32,
    /// `io_uring` or `epoll`. Whether accepting blocks is a mode of the sockets themselves, which
    /// both processes hold: they must want the same.
    pub driver: String,
    /// The addresses that the old one's flags name. They can only be changed by a restart.
    pub flags: Vec<(Kind, SocketAddr)>,
    /// The listening sockets that follow, in this order.
    pub sockets: Vec<(Kind, SocketAddr)>,
    /// True while control is reached: then the new one must have reached it too, or a change could
    /// be called live that it does not know.
    pub attached: bool,
    /// How long the old one waits for the new one to be loaded.
    pub wait_ms: u32,
}
