//! Inline policies, of users and of roles alike.

use ringgate_auth::policy::{Policy, Rules, counted_bytes};
use ringgate_model::percent;
use serde_json::{Map, Value};

use crate::entity::Entity;
use crate::page::page;
use crate::params::Params;
use crate::work::Work;
use crate::{Code, Error, names, policy};

/// `PutUserPolicy`, `PutRolePolicy`
pub(crate) fn put<T: Entity>(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let owner = names::entity_name(params, T::NAME)?;
    let (name, document) = (names::policy_name(params)?, params.required("PolicyDocument")?);
    let mut kept = work.find::<T>(owner)?;
    let identity = kept.value.identity_mut();
    let others = identity.inline.iter().filter(|(other, _)| *other != name);
    let others: usize = others.map(|(_, document)| counted_bytes(document)).sum();
    let (noun, max) = (T::KIND, T::INLINE_BYTES_MAX);
    if others.saturating_add(counted_bytes(document)) > max {
        return Err(Error::new(
            Code::LimitExceeded,
            format!("Maximum policy size of {max} bytes exceeded for {noun} {owner}"),
        ));
    }
    Policy::read(document, &Rules::identity_based(max)).map_err(policy::malformed)?;
    identity.inline.insert(name.to_owned(), document.to_owned());
    work.replace(kept)
}

/// `GetUserPolicy`, `GetRolePolicy`
pub(crate) fn get<T: Entity>(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let (owner, name) = (names::entity_name(params, T::NAME)?, names::policy_name(params)?);
    let kept = work.find::<T>(owner)?;
    let identity = kept.value.identity();
    let document = identity.inline.get(name).ok_or_else(|| missing::<T>(name))?;
    let mut shown = Map::new();
    shown.insert(T::NAME.to_owned(), identity.name.as_str().into());
    shown.insert("PolicyName".to_owned(), name.into());
    shown.insert("PolicyDocument".to_owned(), percent::encoded(document).into());
    Ok(Value::Object(shown))
}

/// `ListUserPolicies`, `ListRolePolicies`
pub(crate) fn list<T: Entity>(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let kept = work.find::<T>(names::entity_name(params, T::NAME)?)?;
    let names = kept.value.identity().inline.keys();
    page("PolicyNames", names.map(|name| (name.clone(), name.as_str().into())).collect(), params)
}

/// `DeleteUserPolicy`, `DeleteRolePolicy`
pub(crate) fn delete<T: Entity>(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let (owner, name) = (names::entity_name(params, T::NAME)?, names::policy_name(params)?);
    let mut kept = work.find::<T>(owner)?;
    if kept.value.identity_mut().inline.remove(name).is_none() {
        return Err(missing::<T>(name));
    }
    work.replace(kept)
}

fn missing<T: Entity>(name: &str) -> Error {
    Error::missing(format!("The {} policy with name {name} cannot be found.", T::KIND))
}
