use ringgate_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroize;

use crate::limits::ACCESS_KEYS_MAX;
use crate::page::page;
use crate::params::Params;
use crate::shelf::{self, Changes, Kept};
use crate::user::{self, User};
use crate::work::Work;
use crate::{Error, ids, keys, names};

/// An access key of a user, as it is stored. `Debug` shows no secret.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessKey {
    /// `AKIA…`
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) is_active: bool,
    pub(crate) create_date: Timestamp,
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Drop for AccessKey {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// Whose an access key is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyOwner {
    pub(crate) account: String,
    pub(crate) user: String,
}

impl AccessKey {
    fn status(&self) -> &'static str {
        if self.is_active { "Active" } else { "Inactive" }
    }

    fn shown(&self, user_name: &str) -> Value {
        json!({
            "UserName": user_name,
            "AccessKeyId": self.id,
            "Status": self.status(),
            "CreateDate": self.create_date.to_string(),
        })
    }
}

/// `CreateAccessKey`: the one answer that has the secret.
pub(crate) fn create(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let name = user::name(work, params)?;
    let mut kept = work.find::<User>(&name)?;
    if kept.value.access_keys.len() >= ACCESS_KEYS_MAX {
        return Err(Error::quota("AccessKeysPerUser", ACCESS_KEYS_MAX));
    }
    let key = AccessKey {
        id: ids::access_key_id("AKIA", work.entropy),
        secret: ids::secret(work.entropy),
        is_active: true,
        create_date: work.now,
    };
    let user = kept.value.identity.name.clone();
    let mut shown = key.shown(&user);
    shown["SecretAccessKey"] = key.secret.as_str().into();
    let owner = KeyOwner { account: work.account().to_owned(), user };
    let mut changes = Changes::default();
    changes.create(keys::access_key(&key.id), &owner)?;
    kept.value.access_keys.push(key);
    changes.replace(kept)?;
    work.commit(changes)?;
    Ok(json!({ "AccessKey": shown }))
}

/// `ListAccessKeys`
pub(crate) fn list(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let name = user::name(work, params)?;
    let user = work.find::<User>(&name)?.value;
    let name = &user.identity.name;
    let items = user.access_keys.iter().map(|key| (key.id.clone(), key.shown(name)));
    page("AccessKeyMetadata", items.collect(), params)
}

/// `UpdateAccessKey`: `Active` or `Inactive`.
pub(crate) fn update(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let is_active = match params.required("Status")? {
        "Active" => true,
        "Inactive" => false,
        other => {
            let must = "satisfy enum value set: [Active, Inactive]";
            return Err(Error::constraint(Some(other), "Status", must));
        }
    };
    let (mut kept, at) = owned(work, params)?;
    if let Some(key) = kept.value.access_keys.get_mut(at) {
        key.is_active = is_active;
    }
    work.replace(kept)
}

/// `DeleteAccessKey`
pub(crate) fn delete(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let (mut kept, at) = owned(work, params)?;
    let gone = kept.value.access_keys.remove(at);
    let mut changes = Changes::default();
    changes.drop_key(keys::access_key(&gone.id));
    changes.replace(kept)?;
    work.commit(changes)?;
    Ok(Value::Null)
}

/// `GetAccessKeyLastUsed`: what this process has seen; a restart forgets it.
pub(crate) fn last_used(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let id = key_id(params)?;
    let owner = shelf::find::<KeyOwner>(work.store, keys::access_key(id))?;
    let owner = owner.filter(|owner| owner.value.account == work.account());
    let owner = owner
        .ok_or_else(|| Error::missing(format!("The Access Key with id {id} cannot be found")))?;
    let used = match work.last_used.get(id) {
        None => json!({ "ServiceName": "N/A", "Region": "N/A" }),
        Some(used) => json!({
            "LastUsedDate": used.at.to_string(),
            "ServiceName": used.service,
            "Region": used.region,
        }),
    };
    Ok(json!({ "UserName": owner.value.user, "AccessKeyLastUsed": used }))
}

/// The user that the call is about, and the place of the key among its keys.
fn owned(work: &Work<'_>, params: &Params) -> Result<(Kept<User>, usize), Error> {
    let id = key_id(params)?;
    let kept = work.find::<User>(&user::name(work, params)?)?;
    let at = kept.value.access_keys.iter().position(|key| key.id == id);
    let at =
        at.ok_or_else(|| Error::missing(format!("The Access Key with id {id} cannot be found.")))?;
    Ok((kept, at))
}

fn key_id(params: &Params) -> Result<&str, Error> {
    let id = params.required("AccessKeyId")?;
    names::length(id, "AccessKeyId", 16, 128)?;
    if id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Ok(id);
    }
    Err(Error::constraint(Some(id), "AccessKeyId", "satisfy regular expression pattern: [\\w]+"))
}
