use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::entity::Entity;
use crate::error::lower_first;
use crate::limits::{TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_MAX};
use crate::page::page;
use crate::params::Params;
use crate::work::Work;
use crate::{Error, names};

/// A tag of a user, role or policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// `Tags` of a call.
pub(crate) fn read(params: &Params) -> Result<Vec<Tag>, Error> {
    let mut tags: Vec<Tag> = Vec::new();
    for element in params.list("Tags")? {
        let member = |name: &str, min, max| {
            let member = format!("tags.{}", lower_first(name));
            let text = element.get(name).copied();
            let text = text.ok_or_else(|| Error::constraint(None, &member, "not be null"))?;
            names::length(text, &member, min, max)?;
            Ok::<_, Error>(text.to_owned())
        };
        let key = member("Key", 1, TAG_KEY_CHARS_MAX)?;
        let value = member("Value", 0, TAG_VALUE_CHARS_MAX)?;
        if tags.iter().any(|tag| tag.key.eq_ignore_ascii_case(&key)) {
            return Err(Error::new(
                crate::Code::InvalidInput,
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        tags.push(Tag { key, value });
    }
    within_quota(&tags)?;
    Ok(tags)
}

/// As answers show them.
pub(crate) fn shown(tags: &[Tag]) -> Value {
    tags.iter().map(one).collect()
}

fn one(tag: &Tag) -> Value {
    json!({ "Key": tag.key, "Value": tag.value })
}

/// Adds tags to others, or changes their values.
pub(crate) fn merge(into: &mut Vec<Tag>, tags: Vec<Tag>) -> Result<(), Error> {
    into.retain(|old| !tags.iter().any(|tag| tag.key.eq_ignore_ascii_case(&old.key)));
    into.extend(tags);
    within_quota(into)
}

fn within_quota(tags: &[Tag]) -> Result<(), Error> {
    if tags.len() > TAGS_MAX { Err(Error::quota("TagsPerResource", TAGS_MAX)) } else { Ok(()) }
}

/// `TagUser`, `TagRole`
pub(crate) fn tag<T: Entity>(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let tags = read(params)?;
    let mut kept = work.find::<T>(names::entity_name(params, T::NAME)?)?;
    merge(&mut kept.value.identity_mut().tags, tags)?;
    work.replace(kept)
}

/// `UntagUser`, `UntagRole`
pub(crate) fn untag<T: Entity>(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let elements = params.list("TagKeys")?;
    let gone = |tag: &Tag| {
        let mut keys = elements.iter().filter_map(|element| element.get(""));
        keys.any(|key| key.eq_ignore_ascii_case(&tag.key))
    };
    let mut kept = work.find::<T>(names::entity_name(params, T::NAME)?)?;
    kept.value.identity_mut().tags.retain(|tag| !gone(tag));
    work.replace(kept)
}

/// `ListUserTags`, `ListRoleTags`
pub(crate) fn list<T: Entity>(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let kept = work.find::<T>(names::entity_name(params, T::NAME)?)?;
    let tags = kept.value.identity().tags.iter();
    let items = tags.map(|tag| (tag.key.clone(), one(tag)));
    page("Tags", items.collect(), params)
}
