use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ringgate_admin::{Store, StoreError, Transaction};
use ringgate_auth::session::{SEALING_KEY_BYTES, SealingKey};
use ringgate_model::{Entropy, Timestamp};
use zeroize::Zeroizing;

use crate::{Credential, CredentialError, Principal, credential, ids, keys};

/// IAM and STS over one store.
pub struct Iam<S> {
    pub(crate) store: Arc<S>,
    pub(crate) sealing_key: SealingKey,
    pub(crate) sealing_key_bytes: Zeroizing<Vec<u8>>,
    pub(crate) last_used: LastUsed,
}

/// When, for what and where the keys of users were used last, as far as this process has seen.
#[derive(Debug, Default)]
pub(crate) struct LastUsed(Mutex<BTreeMap<String, Use>>);

/// One use of a key.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) at: Timestamp,
    pub(crate) service: String,
    pub(crate) region: String,
}

impl LastUsed {
    pub(crate) fn get(&self, id: &str) -> Option<Use> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

impl<S> std::fmt::Debug for Iam<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Iam")
    }
}

impl<S: Store> Iam<S> {
    /// IAM over this store; one without a key to seal session tokens with gets one.
    ///
    /// # Errors
    /// The store fails.
    pub fn open(store: Arc<S>, entropy: &mut dyn Entropy) -> Result<Self, StoreError> {
        let kept = store.get(keys::SEALING_KEY)?.map(Zeroizing::new);
        let bytes = match kept {
            Some(bytes) => bytes,
            None => {
                let bytes = Zeroizing::new(ids::bytes::<SEALING_KEY_BYTES>(entropy).to_vec());
                store.commit(Transaction {
                    checks: vec![(keys::SEALING_KEY.to_owned(), None)],
                    writes: vec![(keys::SEALING_KEY.to_owned(), Some(bytes.to_vec()))],
                })?;
                bytes
            }
        };
        let sealing_key = SealingKey::new(&bytes)
            .ok_or_else(|| StoreError::Unavailable(format!("'{}' is no key", keys::SEALING_KEY)))?;
        let last_used = LastUsed::default();
        Ok(Self { store, sealing_key, sealing_key_bytes: bytes, last_used })
    }

    /// What an access key of a user, or temporary credentials, stand for.
    ///
    /// # Errors
    /// [`CredentialError`]
    pub fn credential(
        &self,
        access_key_id: &str,
        session_token: Option<&str>,
        now: Timestamp,
    ) -> Result<Credential, CredentialError> {
        let store = self.store.as_ref();
        match session_token {
            None => credential::of_user(store, access_key_id),
            Some(token) => {
                credential::of_session(store, &self.sealing_key, (access_key_id, token), now)
            }
        }
    }

    /// Notes that a key was used; the signature was right.
    pub fn used(&self, principal: &Principal, service: &str, region: &str, now: Timestamp) {
        if principal.session.is_none() && principal.access_key_id.starts_with("AKIA") {
            let using = Use { at: now, service: service.to_owned(), region: region.to_owned() };
            let mut uses = self.last_used.0.lock().unwrap_or_else(PoisonError::into_inner);
            uses.insert(principal.access_key_id.clone(), using);
        }
    }
}
