use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

/// The memory that all environments together may have, in MB of their `MemorySize`.
#[derive(Debug)]
pub(crate) struct Memory {
    total_mb: u32,
    free_mb: Arc<Semaphore>,
    /// How many functions that have no environment at all wait for memory.
    starved: watch::Sender<usize>,
    resting: AtomicUsize,
    pressed: Notify,
}

impl Memory {
    /// So much memory.
    pub(crate) fn new(total_mb: u32) -> Self {
        Self {
            total_mb,
            free_mb: Arc::new(Semaphore::new(total_mb as usize)),
            starved: watch::Sender::new(0),
            resting: AtomicUsize::new(0),
            pressed: Notify::new(),
        }
    }

    /// How much there is in all.
    pub(crate) fn total_mb(&self) -> u32 {
        self.total_mb
    }

    /// Memory for one more environment of a function that has others. Where there is none, one that
    /// rests is asked to leave, whosever it is.
    pub(crate) fn try_take(&self, mb: u32) -> Option<OwnedSemaphorePermit> {
        let taken = Arc::clone(&self.free_mb).try_acquire_many_owned(mb).ok();
        if taken.is_none() && self.resting.load(Ordering::Relaxed) > 0 {
            self.pressed.notify_one();
        }
        taken
    }

    /// Memory for the first environment of a function: waits for its turn, and everybody who is
    /// done with an invocation makes room meanwhile. `None` where there will never be so much.
    pub(crate) async fn take(&self, mb: u32) -> Option<OwnedSemaphorePermit> {
        if mb > self.total_mb {
            return None;
        }
        if let Ok(taken) = Arc::clone(&self.free_mb).try_acquire_many_owned(mb) {
            return Some(taken);
        }
        let starved = Count::of(&self.starved);
        let taken = Arc::clone(&self.free_mb).acquire_many_owned(mb).await.ok();
        drop(starved);
        taken
    }

    /// True while a function without an environment waits.
    pub(crate) fn is_wanted(&self) -> bool {
        *self.starved.borrow() > 0
    }

    /// Waits until an environment that rests has to leave.
    pub(crate) async fn wanted(&self) {
        self.resting.fetch_add(1, Ordering::Relaxed);
        let _resting = Resting(&self.resting);
        let mut starved = self.starved.subscribe();
        tokio::select! {
            _ = starved.wait_for(|starved| *starved > 0) => {}
            () = self.pressed.notified() => {}
        }
    }
}

struct Resting<'m>(&'m AtomicUsize);

impl Drop for Resting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One more, as long as it lives.
struct Count<'m>(&'m watch::Sender<usize>);

impl<'m> Count<'m> {
    fn of(count: &'m watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count = count.saturating_add(1));
        Self(count)
    }
}

impl Drop for Count<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_has_nothing_waits_and_the_resting_leave() {
        let memory = Arc::new(Memory::new(256));
        assert!(memory.take(257).await.is_none(), "never");
        let first = memory.take(200).await.unwrap();
        assert!(memory.try_take(100).is_none());
        assert!(!memory.is_wanted());
        let other = Arc::clone(&memory);
        let waiting = tokio::spawn(async move { other.take(128).await.is_some() });
        memory.wanted().await;
        assert!(memory.is_wanted());
        drop(first);
        assert!(waiting.await.unwrap());
        assert!(!memory.is_wanted());
    }
}
