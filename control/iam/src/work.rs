use ringgate_admin::Store;
use ringgate_auth::session::SealingKey;
use ringgate_model::{Entropy, Timestamp};
use serde::de::DeserializeOwned;

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

    /// Makes it so; durable when it returns.
    pub(crate) fn commit(&mut self, changes: Changes) -> Result<(), Error> {
        self.revision = Some(self.store.commit(changes.into_transaction())?);
        Ok(())
    }
}
