use ringgate_admin::{Entries, Store, StoreError, Transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// An entry as it was read: a change of it checks that it still is what it was.
pub(crate) struct Kept<T> {
    pub(crate) value: T,
    pub(crate) key: String,
    bytes: Vec<u8>,
}

/// The entry of this key.
pub(crate) fn find<T: DeserializeOwned>(
    store: &dyn Store,
    key: String,
) -> Result<Option<Kept<T>>, StoreError> {
    let Some(bytes) = store.get(&key)? else { return Ok(None) };
    Ok(Some(Kept { value: decode(&key, &bytes)?, key, bytes }))
}

/// Every entry of a folder, at most `limit`, by ascending key.
pub(crate) fn all<T: DeserializeOwned>(
    store: &dyn Store,
    folder: &str,
    limit: usize,
) -> Result<Vec<T>, StoreError> {
    let entries = store.range(folder, None, limit)?;
    entries.iter().map(|(key, bytes)| decode(key, bytes)).collect()
}

fn decode<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes)
        .map_err(|error| StoreError::Unavailable(format!("'{key}' is unreadable: {error}")))
}

/// What a call writes, all of it or nothing.
#[derive(Default)]
pub(crate) struct Changes {
    checks: Entries,
    writes: Entries,
}

impl Changes {
    /// A new entry where there is none.
    pub(crate) fn create(&mut self, key: String, value: &impl Serialize) -> Result<(), Error> {
        self.writes.push((key.clone(), Some(encode(value)?)));
        self.checks.push((key, None));
        Ok(())
    }

    /// Another value in the place of what was read.
    pub(crate) fn replace<T: Serialize>(&mut self, kept: Kept<T>) -> Result<(), Error> {
        self.writes.push((kept.key.clone(), Some(encode(&kept.value)?)));
        self.checks.push((kept.key, Some(kept.bytes)));
        Ok(())
    }

    /// What was read goes.
    pub(crate) fn remove<T>(&mut self, kept: Kept<T>) {
        self.writes.push((kept.key.clone(), None));
        self.checks.push((kept.key, Some(kept.bytes)));
    }

    /// An entry goes, whatever it is.
    pub(crate) fn drop_key(&mut self, key: String) {
        self.writes.push((key, None));
    }

    pub(crate) fn into_transaction(self) -> Transaction {
        Transaction { checks: self.checks, writes: self.writes }
    }
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let bytes = serde_json::to_vec(value);
    bytes.map_err(|error| StoreError::Unavailable(error.to_string()).into())
}
