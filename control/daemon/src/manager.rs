//! The process manager: the signals it sends, and what it is told.

use ringgate_ipc::notify::{self, News, notify};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that mean something to this process.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Takes them over from now on.
    ///
    /// # Errors
    /// A sentence: there can be no handler.
    pub(crate) fn new() -> Result<Self, String> {
        let new = |kind| signal(kind).map_err(|error| format!("signals: {error}"));
        Ok(Self {
            terminate: new(SignalKind::terminate())?,
            interrupt: new(SignalKind::interrupt())?,
            hangup: new(SignalKind::hangup())?,
        })
    }

    /// Waits for one that stops; SIGHUP is answered meanwhile.
    pub(crate) async fn stop(&mut self) -> &'static str {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return "SIGTERM",
                _ = self.interrupt.recv() => return "SIGINT",
                _ = self.hangup.recv() => {
                    tell(&[News::Reloading]);
                    tracing::info!("SIGHUP: this process keeps nothing that could be read again");
                    tell(&[News::Ready]);
                }
            }
        }
    }
}

/// Tells the manager, where there is one and it listens.
pub(crate) fn tell(news: &[News]) {
    let _ = notify(news);
}

/// Tells it again and again that tasks run here, where it asked for that.
pub(crate) async fn watchdog() {
    let Some(within) = notify::watchdog() else { return };
    let mut ticks = tokio::time::interval(within / 2);
    loop {
        ticks.tick().await;
        tell(&[News::Watchdog]);
    }
}
