//! What the processes say to each other, and the descriptors they hand over.
//!
//! The table socket: a [`Listener`] at the control process, a [`Channel`] at each end, one message
//! ([`ToData`], [`ToControl`]) a packet, and a table update as a sealed memory file ([`memfd`])
//! beside its message. `LIFECYCLE.md` names the states of such a connection.
//!
//! Listening sockets that outlive a process: [`inherited`] takes what a parent or systemd passed,
//! [`passing`] prepares descriptors for a child, [`tcp`] opens what is passed. What is said to the
//! parent meanwhile: [`notify`]. How the sockets of a running process go to the next one, with the
//! connections in their queues: [`upgrade`]. How many there may be: [`descriptors`].
#![warn(missing_docs)]

mod channel;
pub mod descriptors;
pub mod inherited;
mod kind;
mod listener;
pub mod memfd;
mod message;
pub mod notify;
pub mod passing;
mod peer;
mod stats;
pub mod tcp;
pub mod upgrade;

pub use channel::{Channel, PACKET_BYTES_MAX, RecvError};
pub use kind::Kind;
pub use listener::Listener;
pub use message::{Hello, ToControl, ToData};
pub use peer::Peer;
pub use stats::Stats;
