//! `ringgate apply`: one API and its stage made what a document says, in one transaction.

use ringgate_import::{Desired, Diff, diff, diff_api};
use ringgate_model::{Definition, ProtocolType, Stage};
use serde_json::json;

use crate::admin::Applied;
use crate::document::{self, Rest};
use crate::fields::Fields;
use crate::reply::Outcome;
use crate::session::Session;
use crate::shelf::entries;
use crate::workspace::{Workspace, record_if_any};
use crate::{Error, keys, stage};

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
        None => document::new_api(session, desired)?,
    };
    document::write(&mut workspace, session, desired, Rest::Stays)?;
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
    let issuers = outcome.issuers.clone();
    Ok((Applied { api_id, created, diff, issuers, revision: outcome.revision }, outcome))
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
