use std::collections::{BTreeMap, BTreeSet};

use ringgate_model::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::ids;
use crate::tags::Tag;

/// What a user and a role have in common, as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    /// As it was given: names are unique without regard to case.
    pub(crate) name: String,
    pub(crate) path: String,
    /// `AIDA…` or `AROA…`
    pub(crate) unique_id: String,
    pub(crate) account: String,
    pub(crate) create_date: Timestamp,
    /// Inline policies: name to document, as it was given.
    #[serde(default)]
    pub(crate) inline: BTreeMap<String, String>,
    /// ARNs of managed policies.
    #[serde(default)]
    pub(crate) attached: BTreeSet<String>,
    #[serde(default)]
    pub(crate) tags: Vec<Tag>,
}

/// A kind of thing that policies are attached to.
pub(crate) trait Entity: Serialize + DeserializeOwned {
    /// `User`: in names of parameters and of operations.
    const NOUN: &'static str;
    /// `UserName`
    const NAME: &'static str;
    /// `user`: in ARNs.
    const KIND: &'static str;
    /// In the keys of the store.
    const FOLDER: &'static str;
    /// How its unique ids begin.
    const ID_PREFIX: &'static str;
    /// All inline policies together, white space not counted.
    const INLINE_BYTES_MAX: usize;

    fn identity(&self) -> &Identity;

    fn identity_mut(&mut self) -> &mut Identity;

    fn arn(&self) -> String {
        let identity = self.identity();
        ids::arn(&identity.account, Self::KIND, &identity.path, &identity.name)
    }
}
