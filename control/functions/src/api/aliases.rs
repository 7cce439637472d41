//! Aliases: names for versions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::functions::check_revision;
use super::members::Members;
use super::{Call, page};
use crate::function::{Alias, Function};
use crate::http::{Reply, json as reply, no_content};
use crate::limits::{
    ALIAS_CHARS_MAX, ALIASES_MAX, DESCRIPTION_CHARS_MAX, VERSION_MEMBER_CHARS_MAX,
};
use crate::name::{LATEST, is_alias, malformed_as};
use crate::{ApiError, entropy};

fn shown(function: &Function, name: &str, alias: &Alias) -> Value {
    let mut shown = json!({
        "AliasArn": format!("{}:{name}", function.arn()),
        "Name": name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision_id,
    });
    if !alias.weights.is_empty() {
        shown["RoutingConfig"] = json!({ "AdditionalVersionWeights": alias.weights });
    }
    shown
}

fn not_found(function: &Function, name: &str) -> ApiError {
    ApiError::not_found(format!("Cannot find alias arn: {}:{name}", function.arn()))
}

/// A version that is there.
fn check_version(function: &Function, version: &str) -> Result<(), ApiError> {
    match function.version(version) {
        Some(_) => Ok(()),
        None => {
            Err(ApiError::not_found(format!("Function not found: {}:{version}", function.arn())))
        }
    }
}

/// Takes `RoutingConfig`.
fn weights(members: &mut Members) -> Result<Option<BTreeMap<String, f64>>, ApiError> {
    let Some(mut routing) = members.inner("RoutingConfig")? else { return Ok(None) };
    let given = routing.take("AdditionalVersionWeights");
    routing.finish()?;
    let Some(given) = given else { return Ok(Some(BTreeMap::new())) };
    let weights: Option<BTreeMap<String, f64>> = serde_json::from_value(given.clone()).ok();
    let one = |weight: &f64| (0.0..=1.0).contains(weight);
    weights.filter(|weights| weights.len() <= 1 && weights.values().all(one)).map(Some).ok_or_else(
        || {
            let expected = "one version with a weight from 0 to 1";
            malformed_as("routingConfig", &given.to_string(), expected)
        },
    )
}

fn check_weights(function: &Function, alias: &Alias) -> Result<(), ApiError> {
    for version in alias.weights.keys() {
        check_version(function, version)?;
        if alias.version == LATEST || version == LATEST || *version == alias.version {
            let why = "An alias with weights points to two different published versions";
            return Err(ApiError::invalid(why));
        }
    }
    Ok(())
}

pub(super) async fn create(call: Call<'_>) -> Result<Reply, ApiError> {
    let (id, _) = call.unqualified()?;
    let mut members = call.members("CreateAlias")?;
    let name = members.required("Name", ALIAS_CHARS_MAX)?;
    if !is_alias(&name) {
        return Err(malformed_as("name", &name, "letters, digits, - and _, and no number"));
    }
    let alias = Alias {
        version: members.required("FunctionVersion", VERSION_MEMBER_CHARS_MAX)?,
        description: members.text("Description", DESCRIPTION_CHARS_MAX)?.unwrap_or_default(),
        weights: weights(&mut members)?.unwrap_or_default(),
        revision_id: entropy::uuid(),
    };
    members.finish()?;
    let answer = call.edit(&id, |function| {
        if function.aliases.contains_key(&name) {
            let why = format!("Alias already exists: {}:{name}", function.arn());
            return Err(ApiError::conflict(why));
        }
        if function.aliases.len() >= ALIASES_MAX {
            let why = format!("A function has at most {ALIASES_MAX} aliases here.");
            return Err(ApiError::new(400, "AliasLimitExceededException", why));
        }
        check_version(function, &alias.version)?;
        check_weights(function, &alias)?;
        let answer = shown(function, &name, &alias);
        function.aliases.insert(name, alias);
        Ok(answer)
    });
    Ok(reply(201, &answer.await?))
}

pub(super) fn get(call: &Call<'_>) -> Result<Reply, ApiError> {
    let (_, function) = call.unqualified()?;
    let name = call.part(1);
    let alias = function.aliases.get(name).ok_or_else(|| not_found(&function, name))?;
    Ok(reply(200, &shown(&function, name, alias)))
}

pub(super) fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    let (_, function) = call.unqualified()?;
    let version = call.query("FunctionVersion")?;
    let wanted = |alias: &Alias| version.as_ref().is_none_or(|version| *version == alias.version);
    let aliases = function.aliases.iter().filter(|(_, alias)| wanted(alias));
    let items = aliases.map(|(name, alias)| (name.clone(), shown(&function, name, alias)));
    page(call, "Aliases", items.collect())
}

pub(super) async fn update(call: Call<'_>) -> Result<Reply, ApiError> {
    let (id, _) = call.unqualified()?;
    let name = call.part(1).to_owned();
    let mut members = call.members("UpdateAlias")?;
    let version = members.text("FunctionVersion", VERSION_MEMBER_CHARS_MAX)?;
    let description = members.text("Description", DESCRIPTION_CHARS_MAX)?;
    let weights = weights(&mut members)?;
    let given = members.text("RevisionId", VERSION_MEMBER_CHARS_MAX)?;
    members.finish()?;
    let answer = call.edit(&id, |function| {
        let before = function.aliases.get(&name).cloned();
        let mut alias = before.ok_or_else(|| not_found(function, &name))?;
        check_revision(given.as_deref(), &alias.revision_id)?;
        alias.version = version.unwrap_or(alias.version);
        alias.description = description.unwrap_or(alias.description);
        alias.weights = weights.unwrap_or(alias.weights);
        alias.revision_id = entropy::uuid();
        check_version(function, &alias.version)?;
        check_weights(function, &alias)?;
        let answer = shown(function, &name, &alias);
        function.aliases.insert(name, alias);
        Ok(answer)
    });
    Ok(reply(200, &answer.await?))
}

pub(super) async fn delete(call: Call<'_>) -> Result<Reply, ApiError> {
    let (id, _) = call.unqualified()?;
    let name = call.part(1).to_owned();
    let done = call.edit(&id, |function| {
        // One that is not there is no error: botocore's model of DeleteAlias, and AWS.
        function.aliases.remove(&name);
        function.policies.remove(&name);
        Ok(())
    });
    done.await?;
    Ok(no_content())
}
