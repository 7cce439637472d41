//! Tags of functions.

use std::collections::BTreeMap;

use serde_json::json;

use super::members::missing;
use super::{Call, query};
use crate::ApiError;
use crate::http::{Reply, json as reply, no_content};
use crate::limits::{TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_MAX};

/// Keys and values are short, and there are not too many.
pub(super) fn check(tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
    if tags.len() > TAGS_MAX {
        return Err(ApiError::invalid(format!("A function has at most {TAGS_MAX} tags.")));
    }
    for (key, value) in tags {
        let length = key.chars().count();
        if !(1..=TAG_KEY_CHARS_MAX).contains(&length) || value.chars().count() > TAG_VALUE_CHARS_MAX
        {
            return Err(ApiError::invalid(format!(
                "The tag '{key}': a key has 1 to {TAG_KEY_CHARS_MAX} characters, a value at most \
                 {TAG_VALUE_CHARS_MAX}."
            )));
        }
        if key.starts_with("aws:") {
            return Err(ApiError::invalid(format!("The tag '{key}': 'aws:' is reserved.")));
        }
    }
    Ok(())
}

pub(super) fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    let (_, function) = call.unqualified()?;
    Ok(reply(200, &json!({ "Tags": function.tags })))
}

pub(super) async fn add(call: Call<'_>) -> Result<Reply, ApiError> {
    let (id, _) = call.unqualified()?;
    let mut members = call.members("TagResource")?;
    let tags = members.texts("Tags")?.ok_or_else(|| missing("tags"))?;
    members.finish()?;
    let done = call.edit(&id, |function| {
        function.tags.extend(tags);
        check(&function.tags)?;
        Ok(())
    });
    done.await?;
    Ok(no_content())
}

pub(super) async fn remove(call: Call<'_>) -> Result<Reply, ApiError> {
    let (id, _) = call.unqualified()?;
    let keys = query::values(&call.request.query, "tagKeys")?;
    if keys.is_empty() {
        return Err(missing("tagKeys"));
    }
    let done = call.edit(&id, |function| {
        function.tags.retain(|key, _| !keys.contains(key));
        Ok(())
    });
    done.await?;
    Ok(no_content())
}
