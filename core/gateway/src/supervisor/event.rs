/// What the main thread waits for.
#[derive(Debug)]
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
    /// A worker thread ended.
    WorkerEnded(usize, String),
}
