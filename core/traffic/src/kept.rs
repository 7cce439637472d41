//! What somebody else said, kept for a while and shared by all workers; asked for once, however
//! many want it at the same time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::limits::KEPT_SHARDS;

/// Values by keys, each until its time; `W` is how somebody who waits for one is told.
///
/// Keys may be secrets, and anybody may choose one: they are hashed under a secret seed. When a
/// shard is full, what has ended goes first, then what ends soonest.
pub struct Kept<V, W> {
    shards: [Mutex<Shard<V, W>>; KEPT_SHARDS],
    hasher: RandomState,
    shard_bytes_max: usize,
}

struct Shard<V, W> {
    values: HashMap<Box<[u8]>, Value<V>>,
    /// Who waits for what somebody has asked for.
    asked: HashMap<Box<[u8]>, Vec<W>>,
    bytes: usize,
}

struct Value<V> {
    value: Arc<V>,
    bytes: usize,
    until_ms: u64,
}

/// What there is of a key.
#[derive(Debug)]
pub enum Found<V> {
    /// The value.
    Value(Arc<V>),
    /// Nothing: whoever got this must ask, and then [`Kept::tell`].
    Ask,
    /// Somebody is asking: the waiter that was left will be told.
    Wait,
}

impl<V, W> Kept<V, W> {
    /// Keeps keys and values of `bytes_max` in all, as those who put them in count.
    pub fn new(bytes_max: usize) -> Self {
        let shard = || Shard { values: HashMap::new(), asked: HashMap::new(), bytes: 0 };
        Self {
            shards: std::array::from_fn(|_| Mutex::new(shard())),
            hasher: RandomState::new(),
            shard_bytes_max: bytes_max / KEPT_SHARDS,
        }
    }

    /// The value of a key, if it is there at `now_ms`.
    pub fn get(&self, key: &[u8], now_ms: u64) -> Option<Arc<V>> {
        self.shard(key).get(key, now_ms)
    }

    /// The same; without one `waiter` is left where somebody is asking for it already.
    pub fn get_or_wait(&self, key: &[u8], now_ms: u64, waiter: impl FnOnce() -> W) -> Found<V> {
        let mut shard = self.shard(key);
        if let Some(value) = shard.get(key, now_ms) {
            return Found::Value(value);
        }
        match shard.asked.entry(key.into()) {
            Entry::Occupied(mut waiters) => {
                waiters.get_mut().push(waiter());
                Found::Wait
            }
            Entry::Vacant(nobody) => {
                nobody.insert(Vec::new());
                Found::Ask
            }
        }
    }

    /// Ends an asking, however it went: those who wait, to be told.
    #[must_use = "they wait until they are told"]
    pub fn tell(&self, key: &[u8]) -> Vec<W> {
        self.shard(key).asked.remove(key).unwrap_or_default()
    }

    /// Keeps a value of about this many bytes until `until_ms`. One that is larger than a shard
    /// is not kept.
    pub fn keep(&self, key: &[u8], value: Arc<V>, bytes: usize, until_ms: u64, now_ms: u64) {
        let bytes = bytes.saturating_add(key.len());
        if bytes > self.shard_bytes_max || until_ms <= now_ms {
            return;
        }
        let mut shard = self.shard(key);
        shard.forget(key);
        if shard.bytes.saturating_add(bytes) > self.shard_bytes_max {
            shard.make_room(self.shard_bytes_max.saturating_sub(bytes), now_ms);
        }
        shard.bytes = shard.bytes.saturating_add(bytes);
        shard.values.insert(key.into(), Value { value, bytes, until_ms });
    }

    fn shard(&self, key: &[u8]) -> MutexGuard<'_, Shard<V, W>> {
        let at = usize::try_from(self.hasher.hash_one(key)).unwrap_or_default() % KEPT_SHARDS;
        // The remainder is the index of one of them.
        let [first, ..] = &self.shards;
        self.shards.get(at).unwrap_or(first).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V, W> Shard<V, W> {
    fn get(&mut self, key: &[u8], now_ms: u64) -> Option<Arc<V>> {
        let value = self.values.get(key)?;
        if now_ms < value.until_ms {
            return Some(Arc::clone(&value.value));
        }
        self.forget(key);
        None
    }

    fn forget(&mut self, key: &[u8]) {
        if let Some(value) = self.values.remove(key) {
            self.bytes = self.bytes.saturating_sub(value.bytes);
        }
    }

    /// Forgets until no more than `bytes_max` are left: half of it at once, so that a full shard is
    /// not sorted for every value.
    fn make_room(&mut self, bytes_max: usize, now_ms: u64) {
        self.values.retain(|_, value| now_ms < value.until_ms);
        self.bytes = self.values.values().map(|value| value.bytes).sum();
        if self.bytes <= bytes_max {
            return;
        }
        let mut ends: Vec<_> =
            self.values.iter().map(|(key, value)| (value.until_ms, key.clone())).collect();
        ends.sort_unstable();
        for (_, key) in ends {
            if self.bytes <= bytes_max / 2 {
                break;
            }
            self.forget(&key);
        }
    }
}

impl<V, W> fmt::Debug for Kept<V, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(bytes_max: usize) -> Kept<u32, &'static str> {
        Kept::new(bytes_max)
    }

    #[test]
    fn kept_until_its_time() {
        let kept = kept(1 << 20);
        assert_eq!(kept.get(b"k", 0), None);
        kept.keep(b"k", Arc::new(7), 10, 100, 0);
        assert_eq!(kept.get(b"k", 99).as_deref(), Some(&7));
        assert_eq!(kept.get(b"l", 99), None);
        assert_eq!(kept.get(b"k", 100), None);
        kept.keep(b"k", Arc::new(8), 10, 50, 100);
        assert_eq!(kept.get(b"k", 0), None, "its time was over before");
    }

    #[test]
    fn one_asks_and_all_are_told() {
        let kept = kept(1 << 20);
        let found = |name| kept.get_or_wait(b"k", 0, || name);
        assert!(matches!(found("a"), Found::Ask));
        assert!(matches!(found("b"), Found::Wait));
        assert!(matches!(found("c"), Found::Wait));
        assert!(matches!(kept.get_or_wait(b"l", 0, || "d"), Found::Ask), "another key");
        kept.keep(b"k", Arc::new(7), 10, 100, 0);
        assert_eq!(kept.tell(b"k"), ["b", "c"]);
        assert!(matches!(found("e"), Found::Value(value) if *value == 7));
        // An asking that gave nothing: the next one asks.
        assert_eq!(kept.tell(b"l"), [""; 0]);
        assert!(matches!(kept.get_or_wait(b"l", 0, || "f"), Found::Ask));
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        const BYTES_MAX: usize = KEPT_SHARDS * 1_000;
        let kept = kept(BYTES_MAX);
        for at in 0..10_000u64 {
            kept.keep(&at.to_le_bytes(), Arc::new(1), 92, 1_000 + at, 0);
        }
        let bytes: usize = kept.shards.iter().map(|shard| shard.lock().unwrap().bytes).sum();
        assert!(bytes > BYTES_MAX / 4 && bytes <= BYTES_MAX, "{bytes}");
        assert!(kept.get(&9_999u64.to_le_bytes(), 0).is_some(), "the last is there");
        assert!(kept.get(&0u64.to_le_bytes(), 0).is_none(), "the first is not");
        kept.keep(b"large", Arc::new(1), 1_001, 1, 0);
        assert!(kept.get(b"large", 0).is_none());
        // What has ended makes room for what has not.
        let before: usize = kept.shards.iter().map(|shard| shard.lock().unwrap().bytes).sum();
        for at in 0..1_000u64 {
            kept.keep(&at.to_be_bytes(), Arc::new(1), 92, 99_999, 50_000);
        }
        assert!(before > 0 && kept.get(&999u64.to_be_bytes(), 50_000).is_some());
    }
}
