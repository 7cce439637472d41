use std::collections::BTreeMap;

use ringgate_model::limits::{
    DESCRIPTION_CHARS_MAX, STAGE_NAME_CHARS_MAX, STAGE_VARIABLE_NAME_CHARS_MAX,
    STAGE_VARIABLE_VALUE_CHARS_MAX, STAGE_VARIABLES_MAX,
};
use ringgate_model::{RouteSettings, Stage};

use crate::api::set;
use crate::fields::{Fields, Text};
use crate::operation::Request;
use crate::paging::page;
use crate::reply::Reply;
use crate::session::Session;
use crate::shelf::{Resource, resource};
use crate::workspace::{Workspace, record};
use crate::{Error, tags};

pub(crate) const NAME: Text =
    Text::chars(1, STAGE_NAME_CHARS_MAX).matching(r"^(\$default|[a-zA-Z0-9_-]+)$", is_name);
const DESCRIPTION: Text = Text::chars(0, DESCRIPTION_CHARS_MAX);
const VARIABLE_NAME: Text = Text::chars(1, STAGE_VARIABLE_NAME_CHARS_MAX)
    .matching("^[A-Za-z0-9_]+$", |text| text.bytes().all(is_word));
/// An empty value takes the variable away, so it is legal.
const VARIABLE_VALUE: Text = Text::chars(0, STAGE_VARIABLE_VALUE_CHARS_MAX)
    .matching("^[A-Za-z0-9-._~:/?#&=,]*$", |text| text.bytes().all(is_value));
const DEPLOYMENT_ID: Text = Text::chars(1, 64);

/// CreateStage.
pub(crate) fn create(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let (name, tags, change) = Fields::parse("createStageInput", request.body, |fields| {
        let name = fields.required_text("stageName", NAME)?;
        let tags = fields.map("tags", tags::KEY, tags::VALUE)?.unwrap_or_default();
        tags::check(&tags)?;
        Ok((name, tags, read(fields)?))
    })?;
    let mut stage = Stage { stage_name: name.clone(), tags, ..Stage::default() };
    change.apply_to(&mut workspace, &mut stage)?;
    add(&mut workspace, session, stage)?;
    let outcome = workspace.commit(session)?;
    Ok(Reply::of(workspace.stages.find(&name)?)?.with(outcome))
}

/// GetStage.
pub(crate) fn get(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let (api_id, name) = (request.label("apiId"), request.label("stageName"));
    record(session.store, session.scope, api_id)?;
    let found: Option<Stage> = resource(session.store, api_id, name)?;
    Reply::of(&found.ok_or_else(|| Stage::missing(name))?)
}

/// GetStages.
pub(crate) fn list(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    record(session.store, session.scope, request.label("apiId"))?;
    Reply::of(&page::<Stage>(session, request)?)
}

/// UpdateStage. Maps are merged: DeleteRouteSettings takes settings away, and an empty value a
/// variable. The stage that quick create made can be changed like any other.
pub(crate) fn update(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let name = request.label("stageName");
    let mut stage = workspace.stages.find(name)?.clone();
    let pinned = stage.deployment_id.clone().filter(|_| !stage.deploys_itself());
    let change = Fields::parse("updateStageInput", request.body, read)?;
    change.apply_to(&mut workspace, &mut stage)?;
    stage.last_updated_date = session.now;
    let left = pinned.filter(|_| stage.deploys_itself());
    workspace.stages.put(stage);
    if let Some(left) = left {
        workspace.drop_unused(&left)?;
    }
    let outcome = workspace.commit(session)?;
    Ok(Reply::of(workspace.stages.find(name)?)?.with(outcome))
}

/// DeleteStage.
pub(crate) fn delete(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let stage = workspace.stages.remove(request.label("stageName"))?;
    if let Some(deployment_id) = stage.deployment_id.filter(|_| stage.auto_deploy == Some(true)) {
        workspace.drop_unused(&deployment_id)?;
    }
    Ok(Reply::done(workspace.commit(session)?))
}

/// DeleteRouteSettings.
pub(crate) fn delete_route_settings(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let mut stage = workspace.stages.find(request.label("stageName"))?.clone();
    let key = request.label("routeKey");
    stage.route_settings.remove(key).ok_or_else(|| no_route(key))?;
    stage.last_updated_date = session.now;
    workspace.stages.put(stage);
    Ok(Reply::done(workspace.commit(session)?))
}

/// Puts a new stage on its shelf.
pub(crate) fn add(
    workspace: &mut Workspace<'_>,
    session: &Session<'_>,
    mut stage: Stage,
) -> Result<(), Error> {
    if workspace.stages.get(&stage.stage_name).is_some() {
        return Err(Error::conflict("Stage already exists"));
    }
    stage.created_date = session.now;
    stage.last_updated_date = session.now;
    workspace.stages.put(stage);
    Ok(())
}

/// What may change. The outer `Option` says whether, the inner one to what.
pub(crate) struct Change {
    auto_deploy: Option<bool>,
    deployment_id: Option<String>,
    description: Option<Option<String>>,
    default_route_settings: Option<RouteSettings>,
    route_settings: BTreeMap<String, RouteSettings>,
    variables: BTreeMap<String, String>,
}

pub(crate) fn read(fields: &mut Fields) -> Result<Change, Error> {
    fields.unsupported(&["clientCertificateId"], "is for WebSocket APIs only");
    fields.unsupported(
        &["accessLogSettings"],
        "is not supported by ringgate yet: use --access-log of ringgated",
    );
    let variables = fields.map("stageVariables", VARIABLE_NAME, VARIABLE_VALUE)?;
    Ok(Change {
        auto_deploy: fields.flag("autoDeploy")?,
        deployment_id: fields.text("deploymentId", DEPLOYMENT_ID)?,
        description: fields.clearable("description", DESCRIPTION)?,
        default_route_settings: fields.structure("defaultRouteSettings", read_settings)?,
        route_settings: fields.structures("routeSettings", read_settings)?.unwrap_or_default(),
        variables: variables.unwrap_or_default(),
    })
}

fn read_settings(fields: &mut Fields) -> Result<RouteSettings, Error> {
    // AWS's words (terraform-aws-modules/terraform-aws-apigateway-v2#42).
    fields.unsupported(
        &["dataTraceEnabled", "loggingLevel"],
        "cannot be set: Execution logs are not supported on protocolType HTTP",
    );
    fields.unsupported(
        &["detailedMetricsEnabled", "throttlingBurstLimit", "throttlingRateLimit"],
        "is not supported by ringgate yet",
    );
    Ok(RouteSettings::default())
}

impl Change {
    pub(crate) fn apply_to(
        self,
        workspace: &mut Workspace<'_>,
        stage: &mut Stage,
    ) -> Result<(), Error> {
        set(&mut stage.description, self.description);
        set(&mut stage.default_route_settings, self.default_route_settings);
        for (name, value) in self.variables {
            if value.is_empty() {
                stage.stage_variables.remove(&name);
            } else {
                stage.stage_variables.insert(name, value);
            }
        }
        if stage.stage_variables.len() > STAGE_VARIABLES_MAX {
            let words = format!("A stage has at most {STAGE_VARIABLES_MAX} stage variables");
            return Err(Error::bad_request(words));
        }
        for (key, settings) in self.route_settings {
            if !workspace.routes.iter().any(|route| route.route_key == key) {
                return Err(no_route(&key));
            }
            stage.route_settings.insert(key, settings);
        }
        move_to(workspace, stage, self.auto_deploy, self.deployment_id)
    }
}

/// Makes the commit give `stage`, which now deploys itself, the deployment of the API as it is.
pub(crate) fn redeploy(stage: &mut Stage) {
    stage.last_deployment_status_message = None;
}

/// Which deployment the stage serves from now on.
fn move_to(
    workspace: &mut Workspace<'_>,
    stage: &mut Stage,
    auto_deploy: Option<bool>,
    deployment_id: Option<String>,
) -> Result<(), Error> {
    let deployed_itself = stage.deploys_itself();
    stage.auto_deploy = auto_deploy.or(stage.auto_deploy);
    let deploys_itself = stage.deploys_itself();
    if deploys_itself && deployment_id.is_some() {
        let words = "DeploymentId can't be updated if autoDeploy is enabled";
        return Err(Error::bad_request(words));
    }
    match (deployed_itself, deploys_itself) {
        // What the stage serves goes on being what it was, while the API changes.
        (true, false) => {
            if let Some(current) = &stage.deployment_id {
                workspace.freeze(current)?;
            }
        }
        (false, true) => redeploy(stage),
        _ => {}
    }
    let Some(deployment_id) = deployment_id else { return Ok(()) };
    if workspace.deployment(&deployment_id)?.is_none() {
        let words = format!("Invalid deployment identifier specified {deployment_id}");
        return Err(Error::bad_request(words));
    }
    workspace.point(stage, &deployment_id)
}

/// AWS's words (spec section 1.6).
fn no_route(key: &str) -> Error {
    Error::not_found(format!("Unable to find Route by key {key} within the provided RouteSettings"))
}

fn is_name(text: &str) -> bool {
    let legal = |b: u8| is_word(b) || b == b'-';
    text == "$default" || (!text.is_empty() && text.bytes().all(legal))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_value(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#&=,".contains(&byte)
}
