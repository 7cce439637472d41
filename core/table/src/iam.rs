use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use ringgate_auth::policy::Policy;
use ringgate_auth::session::SealingKey;
use serde::{Deserialize, Serialize};

/// The users, roles, keys and policies of an account: what routes with `AWS_IAM` let callers in by.
/// `Debug` shows no secret.
#[derive(Serialize, Deserialize)]
pub struct IamImage {
    /// Twelve digits.
    pub account: Box<str>,
    /// What session tokens of the node are sealed with.
    pub sealing_key: Box<[u8]>,
    /// Access keys that are active, by id.
    pub keys: BTreeMap<Box<str>, KeyImage>,
    /// Who may call, by ARN: `arn:aws:iam::111122223333:user/ana`.
    pub identities: BTreeMap<Box<str>, IdentityImage>,
    /// Managed policies by ARN: sessions may be bounded by them.
    pub managed: BTreeMap<Box<str>, Policy>,
    /// Derived.
    #[serde(skip)]
    prepared: OnceLock<Option<Arc<SealingKey>>>,
}

/// An access key. `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyImage {
    /// What requests are signed with.
    pub secret: Box<str>,
    /// The ARN of whose it is, one of [`IamImage::identities`]; none: the account's own.
    pub identity: Option<Box<str>>,
}

/// A user or a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityImage {
    /// `AIDA…`, `AROA…`
    pub unique_id: Box<str>,
    /// Tags, by key in lower case.
    pub tags: BTreeMap<Box<str>, Box<str>>,
    /// All that stand in it or are attached to it.
    pub policies: Vec<Policy>,
}

impl IamImage {
    /// The image of an account that has nothing yet.
    pub fn new(account: &str, sealing_key: &[u8]) -> Self {
        Self {
            account: account.into(),
            sealing_key: sealing_key.into(),
            keys: BTreeMap::new(),
            identities: BTreeMap::new(),
            managed: BTreeMap::new(),
            prepared: OnceLock::new(),
        }
    }

    /// The key as it opens tokens; made ready once, by whoever asks first: the loader. None: it is
    /// no key.
    pub fn sealing_key(&self) -> Option<&SealingKey> {
        let prepared =
            self.prepared.get_or_init(|| SealingKey::new(&self.sealing_key).map(Arc::new));
        prepared.as_deref()
    }

    /// A user or role by its ARN, with that.
    pub fn identity(&self, arn: &str) -> Option<(&str, &IdentityImage)> {
        self.identities.get_key_value(arn).map(|(arn, identity)| (&**arn, identity))
    }

    /// Checks what lookups rely on.
    pub(crate) fn verify(&self) -> Result<(), &'static str> {
        let mut owners = self.keys.values().filter_map(|key| key.identity.as_deref());
        if owners.any(|arn| !self.identities.contains_key(arn)) {
            return Err("an access key belongs to nobody");
        }
        if self.sealing_key().is_none() {
            return Err("the sealing key is no key");
        }
        Ok(())
    }
}

impl PartialEq for IamImage {
    fn eq(&self, other: &Self) -> bool {
        self.account == other.account
            && self.sealing_key == other.sealing_key
            && self.keys == other.keys
            && self.identities == other.identities
            && self.managed == other.managed
    }
}

impl fmt::Debug for IamImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IamImage")
            .field("account", &self.account)
            .field("keys", &self.keys.keys())
            .field("identities", &self.identities)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for KeyImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyImage").field("identity", &self.identity).finish_non_exhaustive()
    }
}
