use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use monoio::io::AsyncReadRent;
use monoio::net::UnixStream;

/// A worker's end of its inbox: how other threads reach it.
///
/// A queue and a socket pair: the sender queues and writes one byte, the worker's own driver reads
/// it (monoio's epoll driver cannot read an eventfd, and its wakers must not cross threads).
pub struct Inbox<T> {
    queue: Arc<Mutex<VecDeque<T>>>,
    bell: StdUnixStream,
}

/// The other threads' end.
pub struct InboxSender<T> {
    queue: Arc<Mutex<VecDeque<T>>>,
    bell: Arc<StdUnixStream>,
}

impl<T> Clone for InboxSender<T> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), bell: self.bell.clone() }
    }
}

impl<T> fmt::Debug for InboxSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InboxSender")
    }
}

impl<T> fmt::Debug for Inbox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inbox")
    }
}

/// An inbox and its sender.
///
/// # Errors
/// The kernel's, when it has no descriptors left.
pub fn inbox<T>() -> io::Result<(InboxSender<T>, Inbox<T>)> {
    let (sender, receiver) = StdUnixStream::pair()?;
    sender.set_nonblocking(true)?;
    let queue = Arc::new(Mutex::new(VecDeque::new()));
    Ok((
        InboxSender { queue: queue.clone(), bell: Arc::new(sender) },
        Inbox { queue, bell: receiver },
    ))
}

impl<T> InboxSender<T> {
    /// Queues `message` and wakes the worker. Never blocks.
    pub fn send(&self, message: T) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(message);
        // A full pipe already holds a wake-up; a closed one means the worker is gone.
        let _ = (&*self.bell).write(&[1]);
    }
}

impl<T: 'static> Inbox<T> {
    /// Hands every message to `handle`, on this worker, until the senders are gone.
    pub async fn run(self, mut handle: impl FnMut(T)) {
        if self.bell.set_nonblocking(monoio::utils::is_legacy()).is_err() {
            return;
        }
        let Ok(mut bell) = UnixStream::from_std(self.bell) else { return };
        let mut bytes = vec![0u8; 64];
        loop {
            let (result, back) = bell.read(bytes).await;
            bytes = back;
            loop {
                let next = self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some(message) = next else { break };
                handle(message);
            }
            if !matches!(result, Ok(1..)) {
                return;
            }
        }
    }
}
