use ringgate_admin::Store;
use ringgate_auth::session::SealingKey;
use ringgate_model::{Entropy, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::entity::Entity;
use crate::iam::LastUsed;
use crate::shelf::{self, Changes, Kept};
use crate::{Circumstances, Error, Principal, keys};

/// What one call works with.
pub(crate) struct Work<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) sealing_key: &'a SealingKey,
    pub(crate) last_used: &'a LastUsed,
    pub(crate) caller: &'a Principal,
    pub(crate) circumstances: &'a Circumstances,
    pub(crate) now: Timestamp,
    pub(crate) entropy: &'a mut dyn Entropy,
    /// The store's revision after what was written.
    pub(crate) revision: Option<u64>,
}

impl Work<'_> {
    /// The account that the caller belongs to: nothing else is visible.
    pub(crate) fn account(&self) -> &str {
        &self.caller.account
    }

    /// The user or role of that name.
    pub(crate) fn find<T: Entity>(&self, name: &str) -> Result<Kept<T>, Error> {
        let found = shelf::find(self.store, keys::entity(self.account(), T::FOLDER, name))?;
        found.ok_or_else(|| {
            let noun = T::NOUN.to_ascii_lowercase();
            Error::missing(format!("The {noun} with name {name} cannot be found."))
        })
    }

    /// Every entry of a folder of the account.
    pub(crate) fn all<T: DeserializeOwned>(
        &self,
        folder: &str,
        limit: usize,
    ) -> Result<Vec<T>, Error> {
        Ok(shelf::all(self.store, &keys::folder(self.account(), folder), limit)?)
    }

    /// Refuses one more in a folder that has `max`.
    pub(crate) fn has_room(&self, folder: &str, quota: &str, max: usize) -> Result<(), Error> {
        let there = self.store.range(&keys::folder(self.account(), folder), None, max)?.len();
        if there < max { Ok(()) } else { Err(Error::quota(quota, max)) }
    }

    /// Writes what was read and is another now: the one change of a call that answers nothing.
    pub(crate) fn replace<T: Serialize>(&mut self, kept: Kept<T>) -> Result<Value, Error> {
        let mut changes = Changes::default();
        changes.replace(kept)?;
        self.commit(changes)?;
        Ok(Value::Null)
    }

    /// The same where what was read goes.
    pub(crate) fn remove<T>(&mut self, kept: Kept<T>) -> Result<Value, Error> {
        let mut changes = Changes::default();
        changes.remove(kept);
        self.commit(changes)?;
        Ok(Value::Null)
    }

    /// Makes it so; durable when it returns.
    pub(crate) fn commit(&mut self, changes: Changes) -> Result<(), Error> {
        self.revision = Some(self.store.commit(changes.into_transaction())?);
        Ok(())
    }
}
