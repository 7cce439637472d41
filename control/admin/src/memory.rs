use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Store, StoreError, Transaction};

/// A [`Store`] that forgets everything when it is dropped: for tests.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: BTreeMap<String, Vec<u8>>,
    revision: u64,
}

impl MemoryStore {
    /// Every entry, ascending by key.
    pub fn dump(&self) -> BTreeMap<String, Vec<u8>> {
        self.state().entries.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock, so the state is whole even if it says poisoned.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state().entries.get(key).cloned())
    }

    fn range(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let state = self.state();
        let entries = state.entries.range::<str, _>((start, Bound::Unbounded));
        Ok(entries
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn revision(&self) -> u64 {
        self.state().revision
    }

    fn commit(&self, transaction: Transaction) -> Result<u64, StoreError> {
        let mut state = self.state();
        for (key, wanted) in transaction.checks {
            if state.entries.get(&key) != wanted.as_ref() {
                return Err(StoreError::Conflict { key });
            }
        }
        for (key, value) in transaction.writes {
            match value {
                Some(value) => state.entries.insert(key, value),
                None => state.entries.remove(&key),
            };
        }
        state.revision += 1;
        Ok(state.revision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str, value: &str) -> (String, Option<Vec<u8>>) {
        (key.to_owned(), Some(value.as_bytes().to_vec()))
    }

    #[test]
    fn ranges_are_ordered_bounded_and_resumable() {
        let store = MemoryStore::default();
        let writes = vec![put("a/2", ""), put("a/1", ""), put("a/3", ""), put("b/1", "")];
        store.commit(Transaction { checks: vec![], writes }).unwrap();
        let keys = |prefix, after, limit| -> Vec<String> {
            store.range(prefix, after, limit).unwrap().into_iter().map(|(key, _)| key).collect()
        };
        assert_eq!(keys("a/", None, 9), ["a/1", "a/2", "a/3"]);
        assert_eq!(keys("a/", None, 2), ["a/1", "a/2"]);
        assert_eq!(keys("a/", Some("a/2"), 2), ["a/3"]);
        assert_eq!(keys("b/", Some("a/9"), 2), ["b/1"]);
        assert_eq!(keys("a/", Some("b"), 2), [""; 0]);
    }

    #[test]
    fn a_failed_check_changes_nothing() {
        let store = MemoryStore::default();
        let first = Transaction { checks: vec![], writes: vec![put("k", "1")] };
        assert_eq!(store.commit(first), Ok(1));
        let stale = Transaction { checks: vec![("k".into(), None)], writes: vec![put("k", "2")] };
        assert_eq!(store.commit(stale), Err(StoreError::Conflict { key: "k".into() }));
        assert_eq!((store.revision(), store.get("k")), (1, Ok(Some(b"1".to_vec()))));
    }
}
