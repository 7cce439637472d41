use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ringgate_admin::{Store, StoreError, Transaction};
use serde::{Deserialize, Serialize};

use crate::entropy;

const PREFIX: &str = "access-keys/";
/// The id and the secret of the key that a new store gets: what every AWS tutorial for local
/// services has people type, and therefore never valid beyond loopback.
const WELL_KNOWN: &str = "test";
/// Most access keys, more than anybody needs: a page of the store.
pub const KEYS_MAX: usize = 1000;
const ID_CHARS: usize = 16;
const SECRET_BYTES: usize = 30;

/// An access key, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessKey {
    /// What requests are signed with.
    pub secret_access_key: String,
    /// The account of requests signed with it; `None`: the account of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// True for the one key that a new store gets and `ringgate key new` replaces.
    #[serde(default)]
    pub root: bool,
}

impl AccessKey {
    /// True for `test`/`test`.
    pub fn is_well_known(&self) -> bool {
        self.secret_access_key == WELL_KNOWN
    }
}

/// A key just made.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewKey {
    /// Its id.
    pub access_key_id: String,
    /// The key.
    #[serde(flatten)]
    pub key: AccessKey,
    /// The ids of the keys that are no longer valid.
    pub replaced: Vec<String>,
}

/// Why a key is not made. Nothing is changed then.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// [`KEYS_MAX`].
    #[error("There are {KEYS_MAX} access keys, and no more are kept.")]
    TooMany,
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Every access key, in memory: each signed request looks one up.
#[derive(Debug)]
pub struct Keys {
    // One change at a time. Held over a commit, unlike the lock below, which each request takes.
    changing: Mutex<()>,
    by_id: RwLock<BTreeMap<String, Arc<AccessKey>>>,
}

impl Keys {
    /// Reads the keys; a store without any gets `test`/`test`.
    ///
    /// # Errors
    /// The store fails, or holds what is no key.
    pub fn open(store: &impl Store) -> Result<Self, KeyError> {
        let mut by_id = BTreeMap::new();
        for (key, value) in store.range(PREFIX, None, KEYS_MAX)? {
            let id = key.strip_prefix(PREFIX).unwrap_or_default().to_owned();
            let key: AccessKey = serde_json::from_slice(&value).map_err(|error| {
                StoreError::Unavailable(format!("the access key {id} is unreadable: {error}"))
            })?;
            by_id.insert(id, Arc::new(key));
        }
        let keys = Self { changing: Mutex::default(), by_id: RwLock::new(by_id) };
        if keys.all().is_empty() {
            let secret_access_key = WELL_KNOWN.to_owned();
            let key = AccessKey { secret_access_key, account_id: None, root: true };
            keys.insert(store, WELL_KNOWN.to_owned(), key)?;
        }
        Ok(keys)
    }

    /// The key of that id.
    pub fn get(&self, access_key_id: &str) -> Option<Arc<AccessKey>> {
        let by_id = self.by_id.read().unwrap_or_else(PoisonError::into_inner);
        by_id.get(access_key_id).cloned()
    }

    /// Every key, by id.
    pub fn all(&self) -> BTreeMap<String, Arc<AccessKey>> {
        self.by_id.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// True while `test`/`test` is valid.
    pub fn well_known(&self) -> bool {
        self.all().values().any(|key| key.is_well_known())
    }

    /// Makes a random key. Without an account it becomes the root key, and the old one is gone.
    ///
    /// # Errors
    /// [`KeyError`]; nothing is changed then.
    pub fn create(
        &self,
        store: &impl Store,
        account_id: Option<String>,
    ) -> Result<NewKey, KeyError> {
        let key = AccessKey { secret_access_key: secret(), root: account_id.is_none(), account_id };
        let access_key_id = access_key_id();
        let replaced = self.insert(store, access_key_id.clone(), key.clone())?;
        Ok(NewKey { access_key_id, key, replaced })
    }

    /// Stores a key; a root key removes the one before it. Gives the removed ids.
    fn insert(
        &self,
        store: &impl Store,
        id: String,
        key: AccessKey,
    ) -> Result<Vec<String>, KeyError> {
        let json =
            serde_json::to_vec(&key).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut by_id = self.all();
        let replaced: Vec<String> = by_id
            .iter()
            .filter(|(_, old)| key.root && old.root)
            .map(|(id, _)| id.clone())
            .collect();
        if by_id.len() - replaced.len() >= KEYS_MAX {
            return Err(KeyError::TooMany);
        }
        let mut writes = vec![(format!("{PREFIX}{id}"), Some(json))];
        writes.extend(replaced.iter().map(|old| (format!("{PREFIX}{old}"), None)));
        store.commit(Transaction { checks: Vec::new(), writes })?;
        by_id.retain(|id, _| !replaced.contains(id));
        by_id.insert(id, Arc::new(key));
        *self.by_id.write().unwrap_or_else(PoisonError::into_inner) = by_id;
        Ok(replaced)
    }
}

/// `AKIA` and 16 of the characters that AWS's key ids have (base 32).
fn access_key_id() -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let random: [u8; ID_CHARS] = entropy::bytes();
    let pick = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'A');
    std::iter::once("AKIA".to_owned())
        .chain(random.iter().map(|byte| char::from(pick(byte)).to_string()))
        .collect()
}

/// 40 characters with 240 random bits, as long as AWS's secrets and safe in every shell.
fn secret() -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let random: [u8; SECRET_BYTES] = entropy::bytes();
    let pick = |bits: u32| ALPHABET.get((bits & 63) as usize).copied().unwrap_or(b'A');
    random
        .chunks(3)
        .map(|chunk| chunk.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)))
        .flat_map(|bits| [bits >> 18, bits >> 12, bits >> 6, bits].map(pick))
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use ringgate_admin::MemoryStore;

    use super::*;

    #[test]
    fn a_new_store_has_the_well_known_key_until_a_real_one_is_made() {
        let store = MemoryStore::default();
        let keys = Keys::open(&store).unwrap();
        assert!(keys.well_known());
        assert_eq!(keys.get("test").unwrap().secret_access_key, "test");

        let made = keys.create(&store, None).unwrap();
        assert_eq!(made.replaced, ["test"]);
        assert_eq!((made.access_key_id.len(), made.key.secret_access_key.len()), (20, 40));
        let keys = Keys::open(&store).unwrap();
        assert!(!keys.well_known() && keys.get("test").is_none());
        assert_eq!(keys.get(&made.access_key_id).as_deref(), Some(&made.key));
    }

    #[test]
    fn no_more_keys_are_made_than_are_read() {
        let store = MemoryStore::default();
        let keys = Keys::open(&store).unwrap();
        let account = || Some("111122223333".to_owned());
        for _ in 1..KEYS_MAX {
            keys.create(&store, account()).unwrap();
        }
        assert_eq!(keys.create(&store, account()).unwrap_err(), KeyError::TooMany);
        // A root key takes the place of the one before it.
        let root = keys.create(&store, None).unwrap();
        let keys = Keys::open(&store).unwrap();
        assert_eq!(keys.all().len(), KEYS_MAX);
        assert!(keys.get(&root.access_key_id).is_some());
    }

    #[test]
    fn a_key_of_another_account_leaves_the_root_key_alone() {
        let store = MemoryStore::default();
        let keys = Keys::open(&store).unwrap();
        let made = keys.create(&store, Some("111122223333".to_owned())).unwrap();
        assert!(made.replaced.is_empty());
        assert_eq!(keys.all().len(), 2);
        let kept = Keys::open(&store).unwrap().get(&made.access_key_id).unwrap();
        assert_eq!(kept.account_id.as_deref(), Some("111122223333"));
    }
}
