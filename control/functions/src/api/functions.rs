//! Functions themselves: made, shown, listed, changed, removed.

use serde_json::{Value, json};

use super::configuration::{architectures, code, configure, shown};
use super::members::missing;
use super::versions::publish;
use super::{Call, page};
use crate::function::{Alias, Code, Function, Version};
use crate::http::{Reply, json as reply, no_content};
use crate::limits::{
    EPHEMERAL_MB_MIN, FUNCTION_NAME_MEMBER_CHARS_MAX, FUNCTIONS_MAX, MEMORY_MB_MIN,
    TIMEOUT_S_DEFAULT,
};
use crate::name::{FunctionId, LATEST, malformed_as};
use crate::{ApiError, clock};

pub(super) async fn create(call: Call<'_>) -> Result<Reply, ApiError> {
    let mut members = call.members("CreateFunction")?;
    let name = members.required("FunctionName", FUNCTION_NAME_MEMBER_CHARS_MAX)?;
    let id = FunctionId::parse(&name, None, call.scope())?;
    if id.qualifier.is_some() {
        return Err(malformed_as("functionName", &name, "a function without a qualifier"));
    }
    let mut version = blank();
    configure(&mut members, &mut version, call.host)?;
    for (member, value) in
        [("role", &version.role), ("runtime", &version.runtime), ("handler", &version.handler)]
    {
        if value.is_empty() {
            return Err(missing(member));
        }
    }
    if let Some(architectures) = architectures(&mut members)? {
        version.architectures = architectures;
    }
    let package = members.text("PackageType", FUNCTION_NAME_MEMBER_CHARS_MAX)?;
    if package.as_deref().is_some_and(|package| package != "Zip") {
        return Err(ApiError::invalid("PackageType must be Zip: this host runs no containers."));
    }
    let tags = members.texts("Tags")?.unwrap_or_default();
    super::tags::check(&tags)?;
    let published = members.boolean("Publish")?;
    members.refuse(&["PublishTo", "CodeSigningConfigArn", "TenancyConfig"])?;
    let mut source = members.inner("Code")?.ok_or_else(|| missing("code"))?;
    members.finish()?;
    let exists = || ApiError::conflict(format!("Function already exist: {}", id.name));
    if call.host.store.get(call.scope(), &id.name).is_some() {
        return Err(exists());
    }
    if call.host.store.list(call.scope()).len() >= FUNCTIONS_MAX {
        let why = format!("There are {FUNCTIONS_MAX} functions, and no more are kept.");
        return Err(ApiError::new(400, "CodeStorageExceededException", why));
    }
    let (code, held) = code(&mut source, call.host).await?;
    source.finish()?;
    version.code = code;
    version.touch(clock::now_ms());
    let scope = call.scope().clone();
    let answer = call.change(&id, |before| {
        if before.is_some() {
            return Err(exists());
        }
        let mut function = Function { tags, ..Function::new(scope, &id.name, version) };
        let label = match published {
            true => publish(&mut function, None)?,
            false => LATEST.to_owned(),
        };
        let answer = configuration(&function, &label, published)?;
        Ok((Some(function), answer))
    });
    let answer = answer.await?;
    drop(held);
    Ok(reply(201, &answer))
}

/// A version as it is where a request says nothing.
fn blank() -> Version {
    Version {
        runtime: String::new(),
        handler: String::new(),
        role: String::new(),
        description: String::new(),
        timeout_s: TIMEOUT_S_DEFAULT,
        memory_mb: MEMORY_MB_MIN,
        ephemeral_mb: EPHEMERAL_MB_MIN,
        architectures: vec!["x86_64".to_owned()],
        environment: None,
        log_group: None,
        code: Code::Directory { path: String::new() },
        modified_ms: 0,
        revision_id: String::new(),
    }
}

/// The configuration of a version that is there.
pub(super) fn configuration(
    function: &Function,
    label: &str,
    qualified: bool,
) -> Result<Value, ApiError> {
    let version = function.version(label);
    let version = version.ok_or_else(|| ApiError::internal("the version is gone"))?;
    Ok(shown(function, label, version, qualified))
}

pub(super) fn get(call: &Call<'_>) -> Result<Reply, ApiError> {
    let (id, function) = call.function()?;
    let label = function.resolve(&id, 1.0)?;
    let configuration = configuration(&function, &label, id.qualifier.is_some())?;
    let version = function.version(&label).map(|version| &version.code);
    let place = version.map(|code| call.host.shared.shelf.place(code)).unwrap_or_default();
    let location = std::path::absolute(place.as_path()).unwrap_or_default();
    let mut answer = json!({
        "Configuration": configuration,
        // AWS gives a URL of S3 here. This is where the code was unpacked.
        "Code": { "RepositoryType": "S3", "Location": format!("file://{}", location.display()) },
    });
    if !function.tags.is_empty() {
        answer["Tags"] = json!(function.tags);
    }
    if let Some(reserved) = function.reserved_concurrency {
        answer["Concurrency"] = json!({ "ReservedConcurrentExecutions": reserved });
    }
    Ok(reply(200, &answer))
}

pub(super) fn get_configuration(call: &Call<'_>) -> Result<Reply, ApiError> {
    let (id, function) = call.function()?;
    let label = function.resolve(&id, 1.0)?;
    Ok(reply(200, &configuration(&function, &label, id.qualifier.is_some())?))
}

pub(super) fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    let all = match call.query("FunctionVersion")? {
        None => false,
        Some(value) if value == "ALL" => true,
        Some(value) => return Err(malformed_as("functionVersion", &value, "ALL")),
    };
    if call.query("MasterRegion")?.is_some() {
        return Err(ApiError::invalid("MasterRegion is not supported: there is no Lambda@Edge."));
    }
    let mut items = Vec::new();
    for function in call.host.store.list(call.scope()) {
        let latest = configuration(&function, LATEST, all)?;
        items.push((function.name.clone(), latest));
        for (number, version) in function.versions.iter().filter(|_| all) {
            let label = number.to_string();
            // NUL sorts before everything that a name has.
            let key = format!("{}\0{number:020}", function.name);
            items.push((key, shown(&function, &label, version, true)));
        }
    }
    page(call, "Functions", items)
}

pub(super) async fn update_code(call: Call<'_>) -> Result<Reply, ApiError> {
    let mut members = call.members("UpdateFunctionCode")?;
    let (id, _) = call.unqualified()?;
    let architectures = architectures(&mut members)?;
    let (published, dry_run) = (members.boolean("Publish")?, members.boolean("DryRun")?);
    let revision = members.text("RevisionId", FUNCTION_NAME_MEMBER_CHARS_MAX)?;
    members.refuse(&["PublishTo"])?;
    let (code, held) = code(&mut members, call.host).await?;
    members.finish()?;
    let answer = call.edit(&id, |function| {
        check_revision(revision.as_deref(), &function.latest.revision_id)?;
        let unchanged = dry_run.then(|| function.clone());
        function.latest.code = code;
        if let Some(architectures) = architectures {
            function.latest.architectures = architectures;
        }
        function.latest.touch(clock::now_ms());
        let label = match published && !dry_run {
            true => publish(function, None)?,
            false => LATEST.to_owned(),
        };
        let answer = configuration(function, &label, published)?;
        if let Some(unchanged) = unchanged {
            *function = unchanged;
        }
        Ok(answer)
    });
    let answer = answer.await?;
    drop(held);
    Ok(reply(200, &answer))
}

pub(super) async fn update_configuration(call: Call<'_>) -> Result<Reply, ApiError> {
    let (id, _) = call.unqualified()?;
    let mut members = call.members("UpdateFunctionConfiguration")?;
    let revision = members.text("RevisionId", FUNCTION_NAME_MEMBER_CHARS_MAX)?;
    let answer = call.edit(&id, |function| {
        check_revision(revision.as_deref(), &function.latest.revision_id)?;
        configure(&mut members, &mut function.latest, call.host)?;
        members.finish()?;
        function.latest.touch(clock::now_ms());
        configuration(function, LATEST, false)
    });
    Ok(reply(200, &answer.await?))
}

pub(super) async fn delete(call: Call<'_>) -> Result<Reply, ApiError> {
    let (id, _) = call.function()?;
    let answer = call.change(&id, |before| {
        let mut function = before.ok_or_else(|| id.not_found(call.scope()))?;
        let Some(qualifier) = &id.qualifier else { return Ok((None, ())) };
        if qualifier == LATEST || function.aliases.contains_key(qualifier) {
            let why = "$LATEST and aliases cannot be deleted by DeleteFunction: give the number of \
                       a version, or nothing for the whole function";
            return Err(ApiError::invalid(why));
        }
        let points =
            |alias: &Alias| alias.version == *qualifier || alias.weights.contains_key(qualifier);
        if function.aliases.values().any(points) {
            let why = format!("Version {qualifier} cannot be deleted: an alias points at it");
            return Err(ApiError::conflict(why));
        }
        let number = function.version(qualifier).and_then(|_| qualifier.parse().ok());
        let removed = number.and_then(|number: u64| function.versions.remove(&number));
        removed.ok_or_else(|| id.not_found(call.scope()))?;
        function.policies.remove(qualifier);
        Ok((Some(function), ()))
    });
    answer.await?;
    Ok(no_content())
}

/// A `RevisionId`, where one is given, is that of now.
pub(super) fn check_revision(given: Option<&str>, now: &str) -> Result<(), ApiError> {
    match given {
        Some(given) if given != now => Err(ApiError::precondition()),
        _ => Ok(()),
    }
}
