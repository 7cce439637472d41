use ringgate_admin::{Store, StoreError};
use ringgate_auth::policy::limits::{MANAGED_POLICY_BYTES_MAX, ROLE_POLICY_BYTES_MAX};
use ringgate_auth::policy::{Policy, Rules};
use ringgate_auth::session::{OpenError, SealingKey, Session, SessionPrincipal};
use ringgate_model::Timestamp;
use zeroize::Zeroizing;

use crate::access_key::KeyOwner;
use crate::entity::{Entity, Identity};
use crate::policy::{self, ManagedPolicy};
use crate::role::Role;
use crate::user::User;
use crate::{Principal, PrincipalKind, SessionTimes, aws_managed, ids, keys, shelf};

/// What an access key stands for.
pub struct Credential {
    /// The secret that the signature must be made with.
    pub secret: Zeroizing<String>,
    /// Whose it is.
    pub principal: Principal,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("principal", &self.principal.arn).finish_non_exhaustive()
    }
}

/// Why an access key stands for nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Unknown, inactive, or of somebody who is gone; or a token that is not of this node.
    #[error("The security token included in the request is invalid.")]
    Invalid,
    /// A session whose time is over.
    #[error("The security token included in the request is expired")]
    Expired,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OpenError> for CredentialError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Invalid => Self::Invalid,
            OpenError::Expired => Self::Expired,
        }
    }
}

/// What the key of a user stands for.
pub(crate) fn of_user(store: &dyn Store, id: &str) -> Result<Credential, CredentialError> {
    let owner = shelf::find::<KeyOwner>(store, keys::access_key(id))?;
    let KeyOwner { account, user } = owner.ok_or(CredentialError::Invalid)?.value;
    let user = entity::<User>(store, &account, &user)?;
    let key = user.access_keys.iter().find(|key| key.id == id && key.is_active);
    let secret = Zeroizing::new(key.ok_or(CredentialError::Invalid)?.secret.clone());
    Ok(Credential { secret, principal: user_principal(store, &user, id)? })
}

/// What temporary credentials stand for.
pub(crate) fn of_session(
    store: &dyn Store,
    key: &SealingKey,
    (id, token): (&str, &str),
    now: Timestamp,
) -> Result<Credential, CredentialError> {
    let session = key.open(token, id, now.0)?;
    let mut principal = match &session.principal {
        SessionPrincipal::Root => Principal::root(&session.account, id),
        SessionPrincipal::User { arn, unique_id } => {
            let name = ids::parse_arn(arn, User::KIND).map(|(_, name)| name);
            let user = entity::<User>(store, &session.account, name.unwrap_or_default())?;
            same(&user.identity, unique_id)?;
            user_principal(store, &user, id)?
        }
        SessionPrincipal::Role { arn, unique_id, session_name } => {
            let name = ids::parse_arn(arn, Role::KIND).map(|(_, name)| name);
            let role = entity::<Role>(store, &session.account, name.unwrap_or_default())?;
            same(&role.identity, unique_id)?;
            role_principal(store, &role, session_name, id)?
        }
    };
    principal.session = Some(SessionTimes {
        issued_at: Timestamp(session.issued_at_s),
        expires_at: Timestamp(session.expires_at_s),
    });
    principal.bounds = bounds(store, &session)?;
    let secret = Zeroizing::new(session.secret_access_key.clone());
    Ok(Credential { secret, principal })
}

fn entity<T: Entity>(store: &dyn Store, account: &str, name: &str) -> Result<T, CredentialError> {
    let found = shelf::find::<T>(store, keys::entity(account, T::FOLDER, name))?;
    Ok(found.ok_or(CredentialError::Invalid)?.value)
}

/// Somebody else of the same name is not meant.
fn same(identity: &Identity, unique_id: &str) -> Result<(), CredentialError> {
    if identity.unique_id == unique_id { Ok(()) } else { Err(CredentialError::Invalid) }
}

fn user_principal(store: &dyn Store, user: &User, key: &str) -> Result<Principal, StoreError> {
    let identity = &user.identity;
    Ok(Principal {
        kind: PrincipalKind::User { name: identity.name.clone() },
        arn: user.arn(),
        unique_id: identity.unique_id.clone(),
        tags: identity.tags.clone(),
        policies: policies(store, identity)?,
        ..Principal::root(&identity.account, key)
    })
}

fn role_principal(
    store: &dyn Store,
    role: &Role,
    session_name: &str,
    key: &str,
) -> Result<Principal, StoreError> {
    let identity = &role.identity;
    Ok(Principal {
        kind: PrincipalKind::Role {
            name: identity.name.clone(),
            role_id: identity.unique_id.clone(),
            session_name: session_name.to_owned(),
        },
        arn: ids::assumed_role_arn(&identity.account, &identity.name, session_name),
        unique_id: format!("{}:{session_name}", identity.unique_id),
        role_arn: Some(role.arn()),
        tags: identity.tags.clone(),
        policies: policies(store, identity)?,
        ..Principal::root(&identity.account, key)
    })
}

/// Every policy that stands in an entity or is attached to it.
pub(crate) fn policies(store: &dyn Store, identity: &Identity) -> Result<Vec<Policy>, StoreError> {
    let inline = identity.inline.values().map(|document| read(document));
    let attached = identity.attached.iter().map(|arn| {
        // None goes while something has it; to leave one out could leave out a Deny.
        let gone = || StoreError::Unavailable(format!("the policy {arn} is gone"));
        managed(store, &identity.account, arn)?.ok_or_else(gone)
    });
    inline.chain(attached).collect()
}

/// The policies that bound a session. One that is gone ends it: it may have held a Deny.
fn bounds(store: &dyn Store, session: &Session) -> Result<Option<Vec<Policy>>, CredentialError> {
    if !session.is_bounded() {
        return Ok(None);
    }
    let own = session.policy.iter().map(|document| Ok(read(document)?));
    let arns = session
        .policy_arns
        .iter()
        .map(|arn| managed(store, &session.account, arn)?.ok_or(CredentialError::Invalid));
    own.chain(arns).collect::<Result<_, _>>().map(Some)
}

/// A managed policy as it is now.
fn managed(store: &dyn Store, account: &str, arn: &str) -> Result<Option<Policy>, StoreError> {
    if let Some(policy) = aws_managed::find(arn) {
        return read(policy.document).map(Some);
    }
    let Some((_, name)) = ids::parse_arn(arn, "policy") else { return Ok(None) };
    let key = keys::entity(account, policy::FOLDER, name);
    let found = shelf::find::<ManagedPolicy>(store, key)?.filter(|kept| kept.value.arn() == arn);
    found.and_then(|kept| kept.value.default_document().map(read)).transpose()
}

/// A document that was checked when it came in.
pub(crate) fn read(document: &str) -> Result<Policy, StoreError> {
    let max = MANAGED_POLICY_BYTES_MAX.max(ROLE_POLICY_BYTES_MAX);
    Policy::read(document, &Rules::identity_based(max))
        .map_err(|error| StoreError::Unavailable(format!("a stored policy: {error}")))
}
