use ringgate_model::limits::STAGE_NAME_CHARS_MAX;
use ringgate_model::{Deployment, Stage};

use crate::Error;
use crate::autodeploy::NO_ROUTES;
use crate::fields::texts::DESCRIPTION;
use crate::fields::{Fields, Text, set};
use crate::operation::Request;
use crate::paging::page;
use crate::reply::Reply;
use crate::session::Session;
use crate::shelf::{Resource, resource};
use crate::workspace::{Workspace, record};

/// CreateDeployment: freezes the API as it is, and points the named stage at it.
pub(crate) fn create(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let (description, stage) = Fields::parse("createDeploymentInput", request.body, |fields| {
        let description = fields.text("description", DESCRIPTION)?;
        Ok((description, fields.text("stageName", Text::chars(1, STAGE_NAME_CHARS_MAX))?))
    })?;
    if workspace.routes.is_empty() {
        return Err(Error::bad_request(NO_ROUTES));
    }
    let description = description.filter(|text| !text.is_empty());
    let id = workspace.add_deployment(session, false, description)?;
    workspace.freeze(&id)?;
    if let Some(name) = stage {
        let mut stage = workspace.stages.find(&name)?.clone();
        let before = stage.deployment_id.clone().filter(|_| stage.deploys_itself());
        workspace.point(&mut stage, &id)?;
        stage.last_updated_date = session.now;
        workspace.stages.put(stage);
        if let Some(before) = before {
            workspace.drop_unused(&before)?;
        }
    }
    let outcome = workspace.commit(session)?;
    Ok(Reply::of(&found(&workspace, &id)?)?.with(outcome))
}

/// GetDeployment.
pub(crate) fn get(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let (api_id, id) = (request.label("apiId"), request.label("deploymentId"));
    record(session.store, session.scope, api_id)?;
    let found: Option<Deployment> = resource(session.store, api_id, id)?;
    Reply::of(&found.ok_or_else(|| Deployment::missing(id))?)
}

/// GetDeployments.
pub(crate) fn list(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    record(session.store, session.scope, request.label("apiId"))?;
    Reply::of(&page::<Deployment>(session, request)?)
}

/// UpdateDeployment: its description.
pub(crate) fn update(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let mut deployment = found(&workspace, request.label("deploymentId"))?;
    let description = Fields::parse("updateDeploymentInput", request.body, |fields| {
        fields.clearable("description", DESCRIPTION)
    })?;
    set(&mut deployment.description, description);
    let id = deployment.deployment_id.clone();
    workspace.deployments.insert(id, Some(deployment.clone()));
    let outcome = workspace.commit(session)?;
    Ok(Reply::of(&deployment)?.with(outcome.unseen()))
}

/// DeleteDeployment.
pub(crate) fn delete(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let id = found(&workspace, request.label("deploymentId"))?.deployment_id;
    let serves = |stage: &Stage| stage.deployment_id.as_deref() == Some(id.as_str());
    if workspace.stages.iter().any(serves) {
        // AWS's words (spec section 1.6).
        let words = "Active stages pointing to this deployment must be moved or deleted";
        return Err(Error::bad_request(words));
    }
    workspace.remove_deployment(&id);
    Ok(Reply::done(workspace.commit(session)?.unseen()))
}

fn found(workspace: &Workspace<'_>, id: &str) -> Result<Deployment, Error> {
    workspace.deployment(id)?.ok_or_else(|| Deployment::missing(id))
}
