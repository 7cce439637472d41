use ringgate_auth::policy::limits::USER_POLICY_BYTES_MAX;
use ringgate_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::access_key::AccessKey;
use crate::entity::{Entity, Identity};
use crate::limits::USERS_MAX;
use crate::page::page;
use crate::params::Params;
use crate::shelf::Changes;
use crate::work::Work;
use crate::{Code, Error, PrincipalKind, ids, keys, names, tags};

/// A user, as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    #[serde(flatten)]
    pub(crate) identity: Identity,
    #[serde(default)]
    pub(crate) access_keys: Vec<AccessKey>,
}

impl Entity for User {
    const NOUN: &'static str = "User";
    const NAME: &'static str = "UserName";
    const KIND: &'static str = "user";
    const FOLDER: &'static str = "users";
    const ID_PREFIX: &'static str = "AIDA";
    const INLINE_BYTES_MAX: usize = USER_POLICY_BYTES_MAX;

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn identity_mut(&mut self) -> &mut Identity {
        &mut self.identity
    }
}

impl User {
    fn shown(&self, with_tags: bool) -> Value {
        let identity = &self.identity;
        let mut shown = Map::new();
        shown.insert("Path".to_owned(), identity.path.as_str().into());
        shown.insert("UserName".to_owned(), identity.name.as_str().into());
        shown.insert("UserId".to_owned(), identity.unique_id.as_str().into());
        shown.insert("Arn".to_owned(), self.arn().into());
        shown.insert("CreateDate".to_owned(), identity.create_date.to_string().into());
        if with_tags && !identity.tags.is_empty() {
            shown.insert("Tags".to_owned(), tags::shown(&identity.tags));
        }
        Value::Object(shown)
    }
}

/// `UserName`, or the user that calls where it is left out.
pub(crate) fn name(work: &Work<'_>, params: &Params) -> Result<String, Error> {
    if params.text("UserName").is_some() {
        return names::entity_name(params, "UserName").map(str::to_owned);
    }
    match &work.caller.kind {
        PrincipalKind::User { name } => Ok(name.clone()),
        _ => Err(Error::invalid("Must specify userName when calling with non-User credentials")),
    }
}

/// `CreateUser`
pub(crate) fn create(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let (name, path) = (names::entity_name(params, "UserName")?, names::path(params)?);
    let tags = tags::read(params)?;
    let key = keys::entity(work.account(), User::FOLDER, name);
    if work.store.get(&key)?.is_some() {
        let message = format!("User with name {name} already exists.");
        return Err(Error::new(Code::EntityAlreadyExists, message));
    }
    work.has_room(User::FOLDER, "UsersPerAccount", USERS_MAX)?;
    let identity = Identity {
        name: name.to_owned(),
        path: path.to_owned(),
        unique_id: ids::unique_id(User::ID_PREFIX, work.entropy),
        account: work.account().to_owned(),
        create_date: work.now,
        inline: Default::default(),
        attached: Default::default(),
        tags,
    };
    let user = User { identity, access_keys: Vec::new() };
    let mut changes = Changes::default();
    changes.create(key, &user)?;
    work.commit(changes)?;
    Ok(json!({ "User": user.shown(true) }))
}

/// `GetUser`
pub(crate) fn get(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    if work.caller.kind == PrincipalKind::Root && params.text("UserName").is_none() {
        let account = work.account();
        return Ok(json!({ "User": {
            "Path": "/",
            "UserId": account,
            "Arn": ids::root_arn(account),
            "CreateDate": Timestamp(0).to_string(),
        }}));
    }
    let name = name(work, params)?;
    Ok(json!({ "User": work.find::<User>(&name)?.value.shown(true) }))
}

/// `ListUsers`
pub(crate) fn list(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let prefix = names::path_prefix(params)?;
    let users = work.all::<User>(User::FOLDER, USERS_MAX)?.into_iter();
    let users = users.filter(|user| user.identity.path.starts_with(prefix));
    let items = users.map(|user| (user.identity.name.to_ascii_lowercase(), user.shown(false)));
    page("Users", items.collect(), params)
}

/// `UpdateUser`: another path. Another name would be another key in the store, and is refused.
pub(crate) fn update(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let mut kept = work.find::<User>(names::entity_name(params, "UserName")?)?;
    if let Some(path) = names::new_path(params)? {
        kept.value.identity.path = path.to_owned();
    }
    work.replace(kept)
}

/// `DeleteUser`
pub(crate) fn delete(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let kept = work.find::<User>(names::entity_name(params, "UserName")?)?;
    if !kept.value.access_keys.is_empty() {
        return Err(must("delete access keys"));
    }
    free_of_policies(&kept.value)?;
    work.remove(kept)
}

/// Refuses to let go what still has policies.
pub(crate) fn free_of_policies(entity: &impl Entity) -> Result<(), Error> {
    let identity = entity.identity();
    if !identity.attached.is_empty() {
        return Err(must("detach all policies"));
    }
    if !identity.inline.is_empty() {
        return Err(must("delete policies"));
    }
    Ok(())
}

fn must(what: &str) -> Error {
    Error::new(Code::DeleteConflict, format!("Cannot delete entity, must {what} first."))
}
