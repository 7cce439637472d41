use crate::control_link::Asker;
use crate::upgrade::{Heir, Replaced};

/// What the main thread waits for.
pub(crate) enum Event {
    /// The loader published a table; `has_default`: one with an API for every host.
    TableLive {
        /// True with `ringgate up --target`.
        has_default: bool,
    },
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
    /// SIGUSR2, or somebody who waits for an answer: a new process is to take over.
    Upgrade(Option<Asker>),
    /// A token names a key of this issuer that nobody knows.
    UnknownKey(String),
    /// A new process has taken over, or why none has.
    Upgraded(Result<Replaced, String>),
    /// The process that this one takes the place of says that it may accept, or is gone.
    Go(Result<Heir, String>),
    /// The process that this one has taken the place of has ended.
    PredecessorGone,
    /// A worker thread runs.
    WorkerReady,
    /// A worker thread ended.
    WorkerEnded(usize, String),
    /// A worker that ended has rested long enough to be started again.
    RestartWorker(usize),
}
