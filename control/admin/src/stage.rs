use ringgate_model::limits::{
    ACCESS_LOG_FORMAT_BYTES_MAX, STAGE_NAME_CHARS_MAX, STAGE_VARIABLE_NAME_CHARS_MAX,
    STAGE_VARIABLE_VALUE_CHARS_MAX, THROTTLING_BURST_MAX,
};
use ringgate_model::{AccessLogSettings, ProtocolType, RouteSettings, Stage};
use ringgate_observe::LogFormat;

use crate::fields::texts::{ARN, DESCRIPTION, ID};
use crate::fields::{Fields, Text, merge, set};
use crate::operation::Request;
use crate::paging::page;
use crate::reply::Reply;
use crate::session::Session;
use crate::shelf::{Resource, resource};
use crate::workspace::{Workspace, record};
use crate::{Error, api_mapping, tags};

pub(crate) const NAME: Text =
    Text::chars(1, STAGE_NAME_CHARS_MAX).matching(r"^(\$default|[a-zA-Z0-9_-]+)$", is_name);
const VARIABLE_NAME: Text = Text::chars(1, STAGE_VARIABLE_NAME_CHARS_MAX)
    .matching("^[A-Za-z0-9_]+$", |text| text.bytes().all(is_word));
/// An empty value takes the variable away, so it is legal.
const VARIABLE_VALUE: Text = Text::chars(0, STAGE_VARIABLE_VALUE_CHARS_MAX)
    .matching("^[A-Za-z0-9-._~:/?#&=,]*$", |text| text.bytes().all(is_value));
const LOG_FORMAT: Text = Text::chars(1, ACCESS_LOG_FORMAT_BYTES_MAX);
const LOGGING_LEVELS: &[&str] = &["ERROR", "INFO", "OFF"];

/// CreateStage.
pub(crate) fn create(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let protocol = workspace.api.protocol_type;
    let (mut stage, pointing) = Fields::parse("createStageInput", request.body, |fields| {
        let mut stage = blank(fields.required_text("stageName", NAME)?, protocol);
        stage.tags = tags::read(fields)?;
        let pointing = read(fields, &mut stage, protocol)?;
        Ok((stage, pointing))
    })?;
    let name = stage.stage_name.clone();
    settle(&mut workspace, &Stage::default(), &mut stage, pointing)?;
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
    let before = workspace.stages.find(name)?.clone();
    let protocol = workspace.api.protocol_type;
    let (mut stage, pointing) = Fields::parse("updateStageInput", request.body, |fields| {
        let mut stage = before.clone();
        let pointing = read(fields, &mut stage, protocol)?;
        Ok((stage, pointing))
    })?;
    settle(&mut workspace, &before, &mut stage, pointing)?;
    let pinned = before.deployment_id.filter(|_| before.auto_deploy != Some(true));
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
    let name = request.label("stageName");
    let stage = workspace.stages.remove(name)?;
    workspace.end_authorizations(name);
    let domains = api_mapping::domains_of(session, request.label("apiId"), Some(name))?;
    if !domains.is_empty() {
        // AWS's words (hashicorp/terraform-provider-aws#41651).
        return Err(Error::bad_request(format!(
            "Deleting stage {name} failed. Please remove all base path mappings related to the \
             stage in your domains: {}",
            domains.join(", ")
        )));
    }
    if let Some(deployment_id) = stage.deployment_id.filter(|_| stage.auto_deploy == Some(true)) {
        workspace.drop_unused(&deployment_id)?;
    }
    Ok(Reply::done(workspace.commit(session)?))
}

/// DeleteAccessLogSettings.
pub(crate) fn delete_access_log_settings(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let mut stage = workspace.stages.find(request.label("stageName"))?.clone();
    stage.access_log_settings = None;
    stage.last_updated_date = session.now;
    workspace.stages.put(stage);
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
    // Of another stage that had this name data planes may still know some.
    workspace.forget_authorizations(&stage.stage_name);
    stage.created_date = session.now;
    stage.last_updated_date = session.now;
    workspace.stages.put(stage);
    Ok(())
}

/// Which deployment a stage shall serve.
#[derive(Default)]
pub(crate) struct Pointing {
    auto_deploy: Option<bool>,
    deployment_id: Option<String>,
}

/// Reads what a body says, over what is there; [`settle`] finishes the work.
pub(crate) fn read(
    fields: &mut Fields,
    stage: &mut Stage,
    protocol: ProtocolType,
) -> Result<Pointing, Error> {
    if protocol == ProtocolType::Http {
        fields.refuse(&["clientCertificateId"], "is for WebSocket APIs only");
    }
    fields.optional_into("clientCertificateId", ID, &mut stage.client_certificate_id)?;
    fields.optional_into("description", DESCRIPTION, &mut stage.description)?;
    let log = stage.access_log_settings.clone().unwrap_or_default();
    let log = fields.structure("accessLogSettings", |fields| read_log(fields, log))?;
    if let Some(log) = log {
        stage.access_log_settings = Some(log).filter(|log| *log != AccessLogSettings::default());
    }
    let settings = stage.default_route_settings.clone();
    let read = |fields: &mut Fields| read_settings(fields, settings, protocol);
    set(&mut stage.default_route_settings, fields.structure("defaultRouteSettings", read)?);
    let own = stage.route_settings.clone();
    let given = fields.structures("routeSettings", |fields, key| {
        read_settings(fields, own.get(key).cloned().unwrap_or_default(), protocol)
    })?;
    stage.route_settings.extend(given.unwrap_or_default());
    let variables = fields.map("stageVariables", VARIABLE_NAME, VARIABLE_VALUE)?;
    let mut merged = Some(std::mem::take(&mut stage.stage_variables));
    merge(&mut merged, variables.unwrap_or_default());
    stage.stage_variables = merged.unwrap_or_default();
    Ok(Pointing {
        auto_deploy: fields.flag("autoDeploy")?,
        deployment_id: fields.text("deploymentId", ID)?,
    })
}

fn read_log(fields: &mut Fields, mut log: AccessLogSettings) -> Result<AccessLogSettings, Error> {
    fields.optional_into("destinationArn", ARN, &mut log.destination_arn)?;
    fields.optional_into("format", LOG_FORMAT, &mut log.format)?;
    Ok(log)
}

fn read_settings(
    fields: &mut Fields,
    mut settings: RouteSettings,
    protocol: ProtocolType,
) -> Result<RouteSettings, Error> {
    if protocol == ProtocolType::Http {
        // AWS's words (terraform-aws-modules/terraform-aws-apigateway-v2#42).
        fields.refuse(
            &["dataTraceEnabled", "loggingLevel"],
            "cannot be set: Execution logs are not supported on protocolType HTTP",
        );
    }
    set(&mut settings.detailed_metrics_enabled, fields.flag("detailedMetricsEnabled")?);
    fields.flag_into("dataTraceEnabled", &mut settings.data_trace_enabled)?;
    fields.one_of_into("loggingLevel", LOGGING_LEVELS, &mut settings.logging_level)?;
    let burst = &mut settings.throttling_burst_limit;
    fields.number_into("throttlingBurstLimit", 0..=THROTTLING_BURST_MAX, burst)?;
    fields.rate_into("throttlingRateLimit", &mut settings.throttling_rate_limit)?;
    Ok(settings)
}

/// A new stage with the defaults of its protocol (spec section 1.7).
pub(crate) fn blank(stage_name: String, protocol: ProtocolType) -> Stage {
    let mut stage = Stage { stage_name, ..Stage::default() };
    if protocol == ProtocolType::Websocket {
        stage.default_route_settings.data_trace_enabled = Some(false);
        stage.default_route_settings.logging_level = Some("OFF".to_owned());
    }
    stage
}

/// Checks what was read against the rest of the API, and moves the stage to its deployment.
/// `before` is the stage as it was; a new one has no settings.
pub(crate) fn settle(
    workspace: &mut Workspace<'_>,
    before: &Stage,
    stage: &mut Stage,
    pointing: Pointing,
) -> Result<(), Error> {
    let variables_max = workspace.limits.variables_per_stage;
    if stage.stage_variables.len() > variables_max {
        let words = format!("A stage has at most {variables_max} stage variables");
        return Err(Error::bad_request(words));
    }
    for (key, settings) in &stage.route_settings {
        let is_new = before.route_settings.get(key) != Some(settings);
        if is_new && !workspace.routes.iter().any(|route| route.route_key == *key) {
            return Err(no_route(key));
        }
    }
    if stage.access_log_settings != before.access_log_settings {
        check_log(stage, workspace)?;
    }
    move_to(workspace, stage, pointing)
}

/// What is asked for must be whole, and say where and how.
fn check_log(stage: &Stage, workspace: &Workspace<'_>) -> Result<(), Error> {
    let invalid = |what: &str| {
        Err(Error::bad_request(format!("Invalid access log settings specified: {what}")))
    };
    let Some(log) = &stage.access_log_settings else { return Ok(()) };
    let (Some(arn), Some(format)) = (&log.destination_arn, &log.format) else {
        return invalid("destinationArn and format are both required");
    };
    if !is_log_destination(arn) {
        return invalid(
            "destinationArn must be the ARN of a log group, or of a delivery stream whose name \
             begins with amazon-apigateway-",
        );
    }
    let chars_max = workspace.limits.log_format_chars;
    if format.chars().count() > chars_max {
        return invalid(&format!("Access log format must have at most {chars_max} characters"));
    }
    if format.contains(['\r', '\n']) {
        return invalid("Access log format must be single line");
    }
    match LogFormat::parse(format) {
        // A WebSocket API has variables of its own.
        Err(error) if workspace.api.protocol_type == ProtocolType::Http => {
            invalid(&error.to_string())
        }
        _ => Ok(()),
    }
}

/// AWS: "Configure logging for HTTP APIs".
fn is_log_destination(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    let (service, resource) = (parts.nth(2), parts.nth(2).unwrap_or_default());
    match service {
        Some("logs") => resource.strip_prefix("log-group:").is_some_and(|name| !name.is_empty()),
        Some("firehose") => resource.starts_with("deliverystream/amazon-apigateway-"),
        _ => false,
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
    pointing: Pointing,
) -> Result<(), Error> {
    let Pointing { auto_deploy, deployment_id } = pointing;
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
