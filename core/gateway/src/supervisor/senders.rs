use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringgate_runtime::InboxSender;

use crate::worker::Message;

/// How every other thread reaches the workers. A worker that is started again has a new inbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct Senders(Arc<Mutex<Vec<InboxSender<Message>>>>);

impl Senders {
    pub(super) fn push(&self, sender: InboxSender<Message>) {
        self.lock().push(sender);
    }

    pub(super) fn replace(&self, index: usize, sender: InboxSender<Message>) {
        if let Some(slot) = self.lock().get_mut(index) {
            *slot = sender;
        }
    }

    pub(super) fn of(&self, index: usize) -> Option<InboxSender<Message>> {
        self.lock().get(index).cloned()
    }

    /// Tells every worker.
    pub(crate) fn send(&self, message: impl Fn() -> Message) {
        for sender in self.lock().iter() {
            sender.send(message());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<InboxSender<Message>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
