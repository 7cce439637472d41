//! `ringgate apply`: one API made what a document says, in one transaction.
//!
//! A document goes through the same readers as the bodies of the operations, so that it cannot say
//! what they would refuse. What already is as wanted keeps its id and is not written.

use std::collections::BTreeSet;

use ringgate_import::{Desired, DesiredRoute, Diff, diff, diff_api};
use ringgate_model::{Definition, Integration, ProtocolType, Route, Stage};
use serde_json::{Value, json};

use crate::admin::Applied;
use crate::child::Child;
use crate::fields::Fields;
use crate::reply::Outcome;
use crate::session::Session;
use crate::shelf::entries;
use crate::workspace::{Workspace, record_if_any};
use crate::{Error, api, child, integration_check, keys, stage, tags};

/// The description of a deployment made for a stage that does not deploy itself.
const DESCRIPTION: &str = "Made by applying a document";

/// Applies `desired`, or finds out what that would do.
pub(crate) fn apply(
    session: &mut Session<'_>,
    desired: &Desired,
    dry_run: bool,
) -> Result<(Applied, Outcome), Error> {
    let found = find(session, desired)?;
    if let Some(workspace) = &found
        && workspace.api.protocol_type != ProtocolType::Http
    {
        let id = &workspace.api.api_id;
        return Err(Error::bad_request(format!(
            "A document describes an HTTP API; '{}' ({id}) is a WebSocket API",
            desired.name
        )));
    }
    let created = found.is_none();
    let (diff, deploys) = compare(found.as_ref(), desired)?;
    let mut workspace = match found {
        Some(workspace) => workspace,
        None => api::add(session, api::new_http_api(desired.name.clone()))?,
    };
    set_api(&mut workspace, desired)?;
    set_routes(&mut workspace, session, desired)?;
    set_stage(&mut workspace, session, desired)?;
    if deploys {
        deploy(&mut workspace, session, &desired.stage.stage_name)?;
    }
    let outcome = if dry_run || workspace.is_untouched() {
        workspace.prepare(session)?;
        Outcome::default()
    } else {
        workspace.commit(session)?
    };
    let api_id = if dry_run && created { String::new() } else { workspace.api.api_id };
    Ok((Applied { api_id, created, diff, revision: outcome.revision }, outcome))
}

/// What differs, and whether the stage needs a deployment made for it to serve that.
///
/// A stage that does not deploy itself is compared with what it serves, which the API as it is may
/// have left behind; what differs in the API alone is told too, for it is written.
fn compare(found: Option<&Workspace<'_>>, desired: &Desired) -> Result<(Diff, bool), Error> {
    let wanted = &desired.stage;
    let Some(workspace) = found else {
        return Ok((diff_api(None, None, desired).with_stage(None, wanted), false));
    };
    let api = Some(&workspace.api);
    let stage = workspace.stages.get(&wanted.stage_name);
    let live = diff_api(api, Some(&workspace.live()), desired);
    let Some(pinned) = stage.filter(|stage| !stage.deploys_itself()) else {
        return Ok((live.with_stage(stage, wanted), false));
    };
    let served = match &pinned.deployment_id {
        Some(id) => workspace.frozen(pinned, id)?,
        None => Definition::default(),
    };
    let told = diff_api(api, Some(&served), desired).joined(live).with_stage(stage, wanted);
    Ok((told, !diff(Some(&served), desired).is_empty()))
}

/// Points the stage at a deployment of the API as it is now, as CreateDeployment does; the
/// deployment it leaves stays, to go back to.
fn deploy(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    stage_name: &str,
) -> Result<(), Error> {
    let id = workspace.add_deployment(session, false, Some(DESCRIPTION.to_owned()))?;
    let mut stage = workspace.stages.find(stage_name)?.clone();
    workspace.point(&mut stage, &id)?;
    stage.last_updated_date = session.now;
    workspace.stages.put(stage);
    Ok(())
}

/// The API that the document names, by id or else by its name.
fn find<'s>(session: &Session<'s>, desired: &Desired) -> Result<Option<Workspace<'s>>, Error> {
    if let Some(api_id) = &desired.api_id {
        return Workspace::open(session, api_id).map(Some);
    }
    let mut twins = Vec::new();
    for (key, _) in entries(session.store, &keys::index(session.scope))? {
        let found = record_if_any(session.store, session.scope, keys::indexed_api(&key))?;
        twins.extend(found.map(|record| record.api).filter(|api| api.name == desired.name));
    }
    match twins.as_slice() {
        [] => Ok(None),
        [api] => Workspace::open(session, &api.api_id).map(Some),
        _ => {
            let ids: Vec<&str> = twins.iter().map(|api| api.api_id.as_str()).collect();
            let (name, ids) = (&desired.name, ids.join(", "));
            let words = format!("Several APIs are named '{name}': say which by its id ({ids})");
            Err(Error::conflict(words))
        }
    }
}

fn set_api(workspace: &mut Workspace<'_>, desired: &Desired) -> Result<(), Error> {
    let members = json!({
        "name": desired.name,
        "description": desired.description.as_deref().unwrap_or_default(),
        "version": desired.version.as_deref().unwrap_or_default(),
        "corsConfiguration": desired.cors,
        "disableExecuteApiEndpoint": desired.disable_execute_api_endpoint,
        "tags": desired.tags,
    });
    let mut api = workspace.api.clone();
    Fields::parse_value("document", members, |fields| {
        api.tags = tags::read(fields)?;
        api::read_named_members(fields, &mut api)
    })?;
    api.cors_configuration.clone_from(&desired.cors);
    workspace.api = api;
    Ok(())
}

fn set_routes(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    desired: &Desired,
) -> Result<(), Error> {
    let before = targets(workspace);
    let wanted: BTreeSet<&str> =
        desired.routes.iter().map(|route| route.route_key.as_str()).collect();
    let gone = workspace.routes.iter().filter(|route| !wanted.contains(route.route_key.as_str()));
    let gone: Vec<String> = gone.map(|route| route.route_id.clone()).collect();
    for id in gone {
        workspace.routes.remove(&id)?;
    }
    for route in &desired.routes {
        set_route(workspace, session, route)?;
    }
    // An integration whose last route went away goes too; one that never had a route stays, and
    // so does quick create's, which AWS does not let go either.
    for id in before.difference(&targets(workspace)) {
        if workspace.integrations.find(id)?.api_gateway_managed != Some(true) {
            workspace.integrations.remove(id)?;
        }
    }
    Ok(())
}

fn targets(workspace: &Workspace<'_>) -> BTreeSet<String> {
    let targets = workspace.routes.iter().filter_map(Route::integration_id);
    targets.filter(|id| workspace.integrations.get(id).is_some()).map(str::to_owned).collect()
}

fn set_route(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    desired: &DesiredRoute,
) -> Result<(), Error> {
    let key = &desired.route_key;
    let name = desired.operation_name.as_deref().unwrap_or_default();
    let members = json!({ "routeKey": key, "operationName": name });
    let current = workspace.routes.iter().find(|route| route.route_key == *key).cloned();
    let current_target = current.as_ref().and_then(Route::integration_id).map(str::to_owned);
    let target = match &desired.integration {
        Some(wanted) => {
            let wanted = read_integration(key, wanted)?;
            Some(set_integration(workspace, session, current_target.as_deref(), wanted)?)
        }
        None => None,
    };
    let mut route = current.clone().unwrap_or_default();
    Fields::parse_value(&format!("document.routes['{key}']"), members, |fields| {
        route.read(fields, workspace.api.protocol_type)
    })?;
    route.target = target.map(|id| format!("integrations/{id}"));
    match current {
        None => child::add(workspace, session, "", route).map(drop),
        Some(current) => {
            if current != route {
                workspace.routes.put(route);
            }
            Ok(())
        }
    }
}

/// Reads the integration of a document with the reader of CreateIntegration.
fn read_integration(key: &str, wanted: &Integration) -> Result<Integration, Error> {
    let mut members = serde_json::to_value(wanted)
        .map_err(|error| Error::internal(format!("an integration cannot be read: {error}")))?;
    if let Value::Object(members) = &mut members {
        members.remove("integrationId");
        members.remove("apiGatewayManaged");
    }
    let shape = format!("document.routes['{key}'].integration");
    let made: Integration =
        Fields::parse_value(&shape, members, |fields| child::new(fields, ProtocolType::Http))?;
    integration_check::check_http(&made)
        .map_err(|error| Error { message: format!("{} ('{shape}')", error.message), ..error })?;
    Ok(made)
}

/// Gives the id of an integration that is `wanted`: the route's own where it is that already, or
/// where no other route uses it and it may change; else a new one.
fn set_integration(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    current_id: Option<&str>,
    wanted: Integration,
) -> Result<String, Error> {
    let current = current_id.and_then(|id| workspace.integrations.get(id)).cloned();
    let Some(current) = current else { return child::add(workspace, session, "", wanted) };
    let wanted = Integration {
        api_gateway_managed: current.api_gateway_managed,
        integration_id: current.integration_id.clone(),
        ..wanted
    };
    let id = current.integration_id.clone();
    if current == wanted {
        return Ok(id);
    }
    let users = workspace.routes.iter().filter(|route| route.integration_id() == Some(id.as_str()));
    if users.count() > 1 {
        let fresh = Integration { api_gateway_managed: None, ..wanted };
        return child::add(workspace, session, "", fresh);
    }
    workspace.integrations.put(wanted);
    Ok(id)
}

fn set_stage(
    workspace: &mut Workspace<'_>,
    session: &Session<'_>,
    desired: &Desired,
) -> Result<(), Error> {
    let wanted = &desired.stage;
    let members = json!({
        "stageName": wanted.stage_name,
        "stageVariables": wanted.stage_variables,
    });
    let protocol = workspace.api.protocol_type;
    let current = workspace.stages.get(&wanted.stage_name).cloned();
    let before = match &current {
        Some(stage) => stage.clone(),
        None => {
            Stage { auto_deploy: Some(true), ..stage::blank(wanted.stage_name.clone(), protocol) }
        }
    };
    let (mut stage, pointing) = Fields::parse_value("document.stage", members, |fields| {
        fields.required_text("stageName", stage::NAME)?;
        let mut stage = before.clone();
        let pointing = stage::read(fields, &mut stage, protocol)?;
        Ok((stage, pointing))
    })?;
    stage::settle(workspace, &before, &mut stage, pointing)?;
    match current {
        None => stage::add(workspace, session, stage),
        Some(current) => {
            if stage != current {
                stage.last_updated_date = session.now;
                workspace.stages.put(stage);
            }
            Ok(())
        }
    }
}
