//! The roles that integrations and authorizers name, and sessions of them. They stand beside the
//! APIs, since they change without any call.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ringgate_model::{Authorizer, Entropy, Integration, Timestamp};
use ringgate_table::{CALLER, Part, RoleSessionImage, SealedSession, SessionCredentials};
use serde::{Deserialize, Serialize};

use crate::fields::texts::ROLE_ARN;
use crate::shelf::{Shelf, decode, encode, entries, value};
use crate::{Error, Options, Store, Transaction, acm, keys};

/// A role that an API names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedRole {
    /// The API.
    pub api_id: String,
    /// `arn:aws:iam::111122223333:role/invoker`
    pub arn: String,
}

/// What is known of a role that an API names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRecord {
    /// The session, as it was last had.
    pub session: Option<KeptSession>,
    /// Why there was none when it was last tried, where that is so.
    pub failure: Option<String>,
    /// When it was last tried.
    pub tried_at: Timestamp,
}

/// A session that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptSession {
    /// The credentials, sealed for the API and the role; base64.
    sealed: String,
    /// When they were had.
    pub issued_at: Timestamp,
    /// When they end.
    pub expires_at: Timestamp,
}

impl NamedRole {
    fn key(&self) -> String {
        keys::role_session(&self.api_id, &self.arn)
    }

    fn of_key(key: &str) -> Self {
        let name = key.strip_prefix(keys::ROLE_SESSIONS).unwrap_or_default();
        let (api_id, arn) = name.split_once('/').unwrap_or_default();
        Self { api_id: api_id.to_owned(), arn: arn.to_owned() }
    }

    fn image(&self, record: &SessionRecord) -> Part {
        let session = match &record.session {
            None => Err(record.failure.as_deref().unwrap_or("it was not asked for yet")),
            Some(kept) => BASE64_STANDARD
                .decode(&kept.sealed)
                .map(|sealed| SealedSession {
                    sealed: sealed.into(),
                    expires_at_s: kept.expires_at.0,
                })
                .map_err(|_| "the store holds what is no session"),
        };
        RoleSessionImage::new(&self.api_id, &self.arn, session).into()
    }
}

/// The image of a role as the store has it.
pub(crate) fn image(store: &dyn Store, role: &NamedRole) -> Result<Option<Part>, Error> {
    Ok(record(store, role)?.map(|record| role.image(&record)))
}

/// Those of all of them.
pub(crate) fn images(store: &dyn Store) -> Result<Vec<Part>, Error> {
    let all = records(store)?;
    Ok(all.iter().map(|(role, record)| role.image(record)).collect())
}

fn records(store: &dyn Store) -> Result<Vec<(NamedRole, SessionRecord)>, Error> {
    let all = entries(store, keys::ROLE_SESSIONS)?;
    all.iter().map(|(key, bytes)| Ok((NamedRole::of_key(key), decode(key, bytes)?))).collect()
}

fn record(store: &dyn Store, role: &NamedRole) -> Result<Option<SessionRecord>, Error> {
    value(store, &role.key())
}

/// Whether an API names a role as it is now, served or not. What a stage's variables make of one
/// stands in its image.
pub(crate) fn is_named(
    arn: &str,
    integrations: &Shelf<Integration>,
    authorizers: &Shelf<Authorizer>,
) -> bool {
    let mut called = integrations.iter().filter_map(|it| it.credentials_arn.as_deref());
    let mut asked = authorizers.iter().filter_map(|it| it.authorizer_credentials_arn.as_deref());
    called.any(|named| named == arn) || asked.any(|named| named == arn)
}

/// Whether a `credentialsArn` names a role as it stands: not the caller, and no stage variable.
pub fn is_role(arn: &str) -> bool {
    arn != CALLER && !arn.contains("${") && ROLE_ARN.broken_by(arn).is_empty()
}

/// What is kept of the roles that APIs name.
pub struct Sessions<'a> {
    store: &'a dyn Store,
    options: &'a Options,
}

impl std::fmt::Debug for Sessions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

impl<'a> Sessions<'a> {
    pub(crate) fn new(store: &'a dyn Store, options: &'a Options) -> Self {
        Self { store, options }
    }

    /// What is known of every role that is kept.
    ///
    /// # Errors
    /// The store fails.
    pub fn all(&self) -> Result<Vec<(NamedRole, SessionRecord)>, Error> {
        records(self.store)
    }

    /// What is known of a role; `None`: it was never tried.
    ///
    /// # Errors
    /// The store fails.
    pub fn get(&self, role: &NamedRole) -> Result<Option<SessionRecord>, Error> {
        record(self.store, role)
    }

    /// Seals a session that was had at the first of the two times and ends at the second.
    ///
    /// # Errors
    /// There is no key for secrets.
    pub fn seal(
        &self,
        role: &NamedRole,
        credentials: &SessionCredentials,
        (issued_at, expires_at): (Timestamp, Timestamp),
        entropy: &mut dyn Entropy,
    ) -> Result<KeptSession, Error> {
        let name = RoleSessionImage::name_of(&role.api_id, &role.arn);
        let sealed = acm::sealed(self.options, entropy, &name, &credentials.to_bytes());
        let sealed = sealed.map_err(|why| Error::internal(why.message))?;
        Ok(KeptSession { sealed, issued_at, expires_at })
    }

    /// Keeps what is known of a role now, or (`None`) forgets it; gives the store's revision.
    ///
    /// # Errors
    /// The store fails; nothing is changed then.
    pub fn put(&self, role: &NamedRole, record: Option<&SessionRecord>) -> Result<u64, Error> {
        let writes = vec![(role.key(), record.map(encode).transpose()?)];
        Ok(self.store.commit(Transaction { checks: Vec::new(), writes })?)
    }
}
