//! Tags of functions.

use std::collections::BTreeMap;

use serde_json::json;

use super::Call;
use super::members::missing;
use crate::ApiError;
use crate::http::{Reply, json as reply, no_content};
use crate::limits::TAGS_MAX;

const KEY_CHARS_MAX: usize = 128;
const VALUE_CHARS_MAX: usize = 256;

/// Keys and values are short, and there are not too many.
pub(super) fn check(tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
    if tags.len() > TAGS_MAX {
        return Err(ApiError::invalid(format!("A function has at most {TAGS_MAX} tags.")));
    }
    for (key, value) in tags {
        let length = key.chars().count();
        if !(1..=KEY_CHARS_MAX).contains(&length) || value.chars().count() > VALUE_CHARS_MAX {
            return Err(ApiError::invalid(format!(
                "The tag '{key}': a key has 1 to {KEY_CHARS_MAX} characters, a value at most \
                 {VALUE_CHARS_MAX}."
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
    let keys = call.queries("tagKeys")?;
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
