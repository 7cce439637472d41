//! Published versions.

use serde_json::Value;

use super::configuration::{code_sha256, shown};
use super::functions::{check_revision, configuration};
use super::{Call, page};
use crate::function::Function;
use crate::http::{Reply, json as reply};
use crate::limits::{DESCRIPTION_CHARS_MAX, VERSION_MEMBER_CHARS_MAX, VERSIONS_MAX};
use crate::name::LATEST;
use crate::{ApiError, entropy};

/// Makes a version of what `$LATEST` is, unless the last one is the same. Gives its label.
pub(super) fn publish(
    function: &mut Function,
    description: Option<String>,
) -> Result<String, ApiError> {
    let last = function.versions.last_key_value();
    if let Some((number, last)) = last
        && last.is_same(&function.latest)
    {
        return Ok(number.to_string());
    }
    if function.versions.len() >= VERSIONS_MAX {
        let why = format!("A function has at most {VERSIONS_MAX} versions here.");
        return Err(ApiError::new(400, "CodeStorageExceededException", why));
    }
    function.last_version = function.last_version.saturating_add(1);
    let mut version = function.latest.clone();
    version.revision_id = entropy::uuid();
    if let Some(description) = description {
        version.description = description;
    }
    function.versions.insert(function.last_version, version);
    Ok(function.last_version.to_string())
}

pub(super) async fn create(call: Call<'_>) -> Result<Reply, ApiError> {
    let (id, _) = call.unqualified()?;
    let mut members = call.members("PublishVersion")?;
    let description = members.text("Description", DESCRIPTION_CHARS_MAX)?;
    let sha256 = members.text("CodeSha256", VERSION_MEMBER_CHARS_MAX)?;
    let revision = members.text("RevisionId", VERSION_MEMBER_CHARS_MAX)?;
    members.refuse(&["PublishTo"])?;
    members.finish()?;
    let answer = call.edit(&id, |function| {
        check_revision(revision.as_deref(), &function.latest.revision_id)?;
        let now = code_sha256(&function.latest.code);
        if let Some(given) = sha256.filter(|given| *given != now) {
            return Err(ApiError::invalid(format!(
                "CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({now}). \
                 Please try again with the CodeSHA256 in $LATEST."
            )));
        }
        let label = publish(function, description)?;
        configuration(function, &label, true)
    });
    Ok(reply(201, &answer.await?))
}

pub(super) fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    let (_, function) = call.unqualified()?;
    let latest = (LATEST.to_owned(), configuration(&function, LATEST, true)?);
    let versions = function.versions.iter().map(|(number, version)| {
        (format!("{number:020}"), shown(&function, &number.to_string(), version, true))
    });
    let items: Vec<(String, Value)> = std::iter::once(latest).chain(versions).collect();
    page(call, "Versions", items)
}
