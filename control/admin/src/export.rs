//! ExportApi: an HTTP API, as it is or as a stage serves it, as an OpenAPI document.

use ringgate_import::export::{Exported, export};
use ringgate_model::{Definition, ProtocolType};

use crate::faults::echo;
use crate::operation::Request;
use crate::reply::Reply;
use crate::session::Session;
use crate::workspace::Workspace;
use crate::{Error, api};

/// ExportApi.
pub(crate) fn get(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let workspace = Workspace::open(session, request.label("apiId"))?;
    if workspace.api.protocol_type != ProtocolType::Http {
        return Err(Error::bad_request("Only HTTP APIs can be exported; this is a WebSocket API"));
    }
    one_of("specification", request.label("specification"), &["OAS30"])?;
    one_of("exportVersion", request.query("exportVersion").unwrap_or("1.0"), &["1.0"])?;
    let output_type = request.query("outputType").unwrap_or_default();
    one_of("outputType", output_type, &["YAML", "JSON"])?;
    let include_extensions = request.flag("includeExtensions")?.unwrap_or(true);
    // An empty name is none, as for every text of an update.
    let stage_name = request.query("stageName").filter(|name| !name.is_empty());
    let definition = definition(&workspace, stage_name)?;
    let api = api::with_endpoint(session, workspace.api);
    let document =
        export(&Exported { api: &api, definition: &definition, stage_name, include_extensions });
    let (text, content_type) = match output_type {
        "YAML" => (document.to_yaml(), Some("application/yaml")),
        _ => (document.to_json(), None),
    };
    Ok(Reply { body: text.into_bytes(), content_type, ..Reply::default() })
}

fn one_of(name: &str, given: &str, known: &[&str]) -> Result<(), Error> {
    if known.contains(&given) {
        return Ok(());
    }
    let known = known.join(", ");
    Err(Error::bad_request(format!("Invalid {name} '{}'. Must be one of [{known}]", echo(given))))
}

/// What the stage serves; without one, what the next deployment would.
fn definition(workspace: &Workspace<'_>, stage_name: Option<&str>) -> Result<Definition, Error> {
    let Some(name) = stage_name else { return Ok(workspace.live()) };
    let stage = workspace.stages.find(name)?;
    match &stage.deployment_id {
        _ if stage.deploys_itself() => Ok(workspace.live()),
        Some(id) => workspace.frozen(stage, id),
        None => Err(Error::bad_request(format!("The stage '{name}' has no deployment to export"))),
    }
}
