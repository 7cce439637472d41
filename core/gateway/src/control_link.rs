//! The connection to control, for those who have something to say on it besides the loader.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use ringgate_ipc::{Channel, ToControl};

/// Shared by the loader, which makes and loses the connection, and the main thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// The loader's, and open for as long as the loader wants it.
    channel: Mutex<Weak<Channel>>,
    draining: AtomicBool,
}

/// Who asked on the table socket for an upgrade.
#[derive(Debug)]
pub(crate) struct Asker {
    pub channel: Weak<Channel>,
    pub id: u64,
}

impl Link {
    /// The loader has a connection, and has said hello.
    pub(crate) fn set(&self, channel: &Arc<Channel>) {
        *self.0.channel.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(channel);
    }

    /// True while control is reached.
    pub(crate) fn is_attached(&self) -> bool {
        self.channel().is_some()
    }

    /// Tells control, now and at every later connection, that this process is about to end.
    pub(crate) fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
        if let Some(channel) = self.channel() {
            // Lost, it will be said again.
            let _ = channel.send(&ToControl::Draining, None);
        }
    }

    /// True once [`Link::drain`] was called.
    pub(crate) fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }

    /// Asks for newer keys of an issuer.
    pub(crate) fn unknown_key(&self, issuer: String) {
        if let Some(channel) = self.channel() {
            // Lost, the next token asks again after a while.
            let _ = channel.send(&ToControl::UnknownKey { issuer }, None);
        }
    }

    fn channel(&self) -> Option<Arc<Channel>> {
        self.0.channel.lock().unwrap_or_else(PoisonError::into_inner).upgrade()
    }
}

impl Asker {
    /// Answers: the process that accepts now, or why this one still does.
    pub(crate) fn answer(self, outcome: Result<u32, String>) {
        if let Some(channel) = self.channel.upgrade() {
            // An asker that is gone has no use for it.
            let _ = channel.send(&ToControl::Upgraded { id: self.id, outcome }, None);
        }
    }
}
