//! How one data plane takes over from another without a connection lost: the old one starts the new
//! one, hands it every listening socket over a socket pair (SCM_RIGHTS), and drains once the new
//! one accepts. Both hold the same sockets meanwhile, so no queue is ever closed.
//!
//! [`State`] names how far that is; `LIFECYCLE.md` says who does what in each.

mod manifest;
mod predecessor;
mod state;
mod successor;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

pub use manifest::{Manifest, PROTOCOL, SECRETS_BYTES_MAX};
pub use predecessor::Predecessor;
pub use state::{State, Step};
pub use successor::{Inheritance, Successor};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Channel, RecvError};

/// What the old one says.
#[derive(Debug, Serialize, Deserialize)]
enum ToSuccessor {
    /// The first packet; the secrets are in the memory file beside it, the sockets follow.
    Offer(Manifest),
    /// The next socket of the manifest is beside this packet.
    Socket,
    /// Begin to accept.
    Go,
}

/// What the new one says.
#[derive(Debug, Serialize, Deserialize)]
enum ToPredecessor {
    /// Everything is there to serve this generation.
    Loaded { generation: u64 },
    /// It will not be.
    Refused { reason: String },
    /// Connections are taken.
    Accepting,
}

/// Why a process did not take over.
#[derive(Debug, Error)]
pub enum UpgradeError {
    /// The other one cannot or will not.
    #[error("{0}")]
    Refused(String),
    /// What came is not what the manifest says, or not what this process can take over.
    #[error("{0}")]
    Mismatch(String),
    /// It said nothing for too long.
    #[error("nothing was heard of it for {wait_ms} ms ({state})")]
    TimedOut {
        /// How far they were.
        state: State,
        /// How long it was waited for.
        wait_ms: u128,
    },
    /// It closed the socket: it ended.
    #[error("it ended ({state})")]
    Closed {
        /// How far they were.
        state: State,
    },
    /// It said what is not due.
    #[error("it said {what}, which is not due ({state})")]
    Unexpected {
        /// How far they were.
        state: State,
        /// What it said.
        what: String,
    },
    /// The socket failed.
    #[error(transparent)]
    Socket(#[from] RecvError),
}

/// One end of the socket pair, and how far things are.
#[derive(Debug)]
struct End {
    channel: Channel,
    state: State,
}

impl End {
    fn new(channel: Channel) -> Self {
        Self { channel, state: State::Offered }
    }

    fn step(&mut self, step: Step) -> Result<(), UpgradeError> {
        let next = self.state.after(step).ok_or_else(|| self.unexpected(&step))?;
        self.state = next;
        Ok(())
    }

    fn unexpected(&self, what: &impl std::fmt::Debug) -> UpgradeError {
        UpgradeError::Unexpected { state: self.state, what: format!("{what:?}") }
    }

    fn send(
        &self,
        message: &impl Serialize,
        descriptor: Option<BorrowedFd<'_>>,
    ) -> Result<(), UpgradeError> {
        let sent = self.channel.send(message, descriptor);
        sent.map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
                UpgradeError::Closed { state: self.state }
            }
            ErrorKind::WouldBlock => UpgradeError::TimedOut { state: self.state, wait_ms: 0 },
            _ => UpgradeError::Socket(error.into()),
        })
    }

    /// The next message, in time.
    fn recv<T: DeserializeOwned>(
        &self,
        deadline: Option<Deadline>,
    ) -> Result<(T, Option<OwnedFd>), UpgradeError> {
        let wait_ms = deadline.map_or(0, |deadline| deadline.wait.as_millis());
        let timed_out = || UpgradeError::TimedOut { state: self.state, wait_ms };
        let left = match deadline {
            Some(deadline) => Some(deadline.left().ok_or_else(timed_out)?),
            None => None,
        };
        self.channel.set_timeout(left).map_err(RecvError::Io)?;
        match self.channel.recv(&mut Vec::new()) {
            Ok(Some(received)) => Ok(received),
            Ok(None) => Err(UpgradeError::Closed { state: self.state }),
            Err(RecvError::Io(error)) if error.kind() == ErrorKind::WouldBlock => Err(timed_out()),
            Err(error) => Err(error.into()),
        }
    }
}

/// A point in time that something is waited for.
#[derive(Clone, Copy, Debug)]
struct Deadline {
    until: Instant,
    wait: Duration,
}

impl Deadline {
    fn after(wait: Duration) -> Self {
        Self { until: Instant::now() + wait, wait }
    }

    fn left(self) -> Option<Duration> {
        self.until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }
}
