use ringgate_auth::policy::limits::{ROLE_POLICY_BYTES_MAX, TRUST_POLICY_BYTES_MAX};
use ringgate_auth::policy::{Policy, Rules, counted_bytes};
use ringgate_model::percent;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::entity::{Entity, Identity};
use crate::limits::{ROLE_SESSION_S_DEFAULT, ROLE_SESSION_S_MAX, ROLES_MAX};
use crate::page::page;
use crate::params::Params;
use crate::shelf::Changes;
use crate::user::free_of_policies;
use crate::work::Work;
use crate::{Code, Error, ids, keys, names, policy, tags};

/// A role, as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Role {
    #[serde(flatten)]
    pub(crate) identity: Identity,
    /// The document, as it was given.
    pub(crate) assume_role_policy_document: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// Seconds.
    pub(crate) max_session_duration: u64,
}

impl Entity for Role {
    const NOUN: &'static str = "Role";
    const NAME: &'static str = "RoleName";
    const KIND: &'static str = "role";
    const FOLDER: &'static str = "roles";
    const ID_PREFIX: &'static str = "AROA";
    const INLINE_BYTES_MAX: usize = ROLE_POLICY_BYTES_MAX;

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn identity_mut(&mut self) -> &mut Identity {
        &mut self.identity
    }
}

impl Role {
    fn shown(&self, whole: bool) -> Value {
        let identity = &self.identity;
        let document = percent::encoded(&self.assume_role_policy_document);
        let mut shown = Map::new();
        shown.insert("Path".to_owned(), identity.path.as_str().into());
        shown.insert("RoleName".to_owned(), identity.name.as_str().into());
        shown.insert("RoleId".to_owned(), identity.unique_id.as_str().into());
        shown.insert("Arn".to_owned(), self.arn().into());
        shown.insert("CreateDate".to_owned(), identity.create_date.to_string().into());
        shown.insert("AssumeRolePolicyDocument".to_owned(), document.into());
        if let Some(description) = &self.description {
            shown.insert("Description".to_owned(), description.as_str().into());
        }
        shown.insert("MaxSessionDuration".to_owned(), self.max_session_duration.into());
        if whole {
            if !identity.tags.is_empty() {
                shown.insert("Tags".to_owned(), tags::shown(&identity.tags));
            }
            // When it was last assumed is not kept.
            shown.insert("RoleLastUsed".to_owned(), json!({}));
        }
        Value::Object(shown)
    }
}

/// `CreateRole`
pub(crate) fn create(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let (name, path) = (names::entity_name(params, "RoleName")?, names::path(params)?);
    let document = trust_policy(params, "AssumeRolePolicyDocument")?;
    let description = names::description(params)?;
    let (tags, max_session_duration) = (tags::read(params)?, session_duration(params)?);
    let key = keys::entity(work.account(), Role::FOLDER, name);
    if work.store.get(&key)?.is_some() {
        let message = format!("Role with name {name} already exists.");
        return Err(Error::new(Code::EntityAlreadyExists, message));
    }
    work.has_room(Role::FOLDER, "RolesPerAccount", ROLES_MAX)?;
    let identity = Identity {
        name: name.to_owned(),
        path: path.to_owned(),
        unique_id: ids::unique_id(Role::ID_PREFIX, work.entropy),
        account: work.account().to_owned(),
        create_date: work.now,
        inline: Default::default(),
        attached: Default::default(),
        tags,
    };
    let role = Role {
        identity,
        assume_role_policy_document: document.to_owned(),
        description: description.map(str::to_owned),
        max_session_duration: max_session_duration.unwrap_or(ROLE_SESSION_S_DEFAULT),
    };
    let mut changes = Changes::default();
    changes.create(key, &role)?;
    work.commit(changes)?;
    Ok(json!({ "Role": role.shown(true) }))
}

/// `GetRole`
pub(crate) fn get(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let kept = work.find::<Role>(names::entity_name(params, "RoleName")?)?;
    Ok(json!({ "Role": kept.value.shown(true) }))
}

/// `ListRoles`
pub(crate) fn list(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let prefix = names::path_prefix(params)?;
    let roles = work.all::<Role>(Role::FOLDER, ROLES_MAX)?.into_iter();
    let roles = roles.filter(|role| role.identity.path.starts_with(prefix));
    let items = roles.map(|role| (role.identity.name.to_ascii_lowercase(), role.shown(false)));
    page("Roles", items.collect(), params)
}

/// `UpdateRole`: description and longest session.
pub(crate) fn update(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let mut kept = work.find::<Role>(names::entity_name(params, "RoleName")?)?;
    if let Some(description) = names::description(params)? {
        kept.value.description = Some(description.to_owned());
    }
    if let Some(seconds) = session_duration(params)? {
        kept.value.max_session_duration = seconds;
    }
    work.replace(kept)?;
    Ok(json!({}))
}

/// `UpdateRoleDescription`
pub(crate) fn describe(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let mut kept = work.find::<Role>(names::entity_name(params, "RoleName")?)?;
    params.required("Description")?;
    kept.value.description = names::description(params)?.map(str::to_owned);
    let shown = kept.value.shown(true);
    work.replace(kept)?;
    Ok(json!({ "Role": shown }))
}

/// `UpdateAssumeRolePolicy`
pub(crate) fn update_trust(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let document = trust_policy(params, "PolicyDocument")?;
    let mut kept = work.find::<Role>(names::entity_name(params, "RoleName")?)?;
    kept.value.assume_role_policy_document = document.to_owned();
    work.replace(kept)
}

/// `DeleteRole`
pub(crate) fn delete(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let kept = work.find::<Role>(names::entity_name(params, "RoleName")?)?;
    free_of_policies(&kept.value)?;
    work.remove(kept)
}

fn trust_policy<'p>(params: &'p Params, member: &str) -> Result<&'p str, Error> {
    let document = params.required(member)?;
    if counted_bytes(document) > TRUST_POLICY_BYTES_MAX {
        return Err(Error::quota("ACLSizePerRole", TRUST_POLICY_BYTES_MAX));
    }
    Policy::read(document, &Rules::trust()).map_err(policy::malformed)?;
    Ok(document)
}

fn session_duration(params: &Params) -> Result<Option<u64>, Error> {
    params.number("MaxSessionDuration", ROLE_SESSION_S_DEFAULT, ROLE_SESSION_S_MAX)
}
