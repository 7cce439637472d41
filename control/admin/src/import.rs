//! ImportApi and ReimportApi: an OpenAPI document as an HTTP API.

use ringgate_import::Problem;
use ringgate_import::openapi::{self, BasePath, Options, Reading};
use ringgate_model::{Api, Limits, ProtocolType};
use serde::Serialize;

use crate::document::{self, Rest};
use crate::faults::echo;
use crate::fields::{Fields, Text};
use crate::operation::Request;
use crate::reply::Reply;
use crate::session::Session;
use crate::workspace::Workspace;
use crate::{Error, api};

/// What the reader holds to be its bound.
const DOCUMENT: Text = Text::chars(0, usize::MAX);

/// ImportApi: a new API. It has no stage, as on AWS: one is made for it by CreateStage.
pub(crate) fn import(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let reading = read(request, session.options.limits)?;
    let workspace = document::new_api(session, &reading.desired)?;
    write(session, workspace, &reading)
}

/// ReimportApi: the document takes the place of all that the API is; its id, its stages with what
/// they say, its deployments, mappings, and what of it the document has too, stay.
pub(crate) fn reimport(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let workspace = Workspace::open(session, request.label("apiId"))?;
    if workspace.api.protocol_type != ProtocolType::Http {
        return Err(Error::bad_request("Only HTTP APIs can be imported; this is a WebSocket API"));
    }
    let reading = read(request, session.options.limits)?;
    write(session, workspace, &reading)
}

fn write(
    session: &mut Session<'_>,
    mut workspace: Workspace<'_>,
    reading: &Reading,
) -> Result<Reply, Error> {
    document::write(&mut workspace, session, &reading.desired, Rest::Goes)
        .map_err(|error| Error { message: told(ERRORS, [error.message]), ..error })?;
    let outcome = workspace.commit(session)?;
    // `importInfo` says what was passed over without a loss, `warnings` what was left out (the
    // service model's words for the two leave the line between them open).
    let shown = Imported {
        api: api::with_endpoint(session, workspace.api),
        import_info: reading.notes.iter().map(line).collect(),
        warnings: reading.warnings.iter().map(line).collect(),
    };
    Ok(Reply::of(&shown)?.with(outcome))
}

/// An API with what there is to tell about its document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Imported {
    #[serde(flatten)]
    api: Api,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    import_info: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// AWS's words before what is told (spec section 1.6).
const ERRORS: &str = "Errors found during import:";
const WARNINGS: &str = "Warnings found during import:";

/// Reads the document of either operation.
pub(crate) fn read(request: &Request<'_>, limits: Limits) -> Result<Reading, Error> {
    let is_new = request.label("apiId").is_empty();
    let shape = if is_new { "importApiInput" } else { "reimportApiInput" };
    let base_path = match request.query("basepath").unwrap_or("ignore") {
        "ignore" => BasePath::Ignore,
        "prepend" => BasePath::Prepend,
        "split" => BasePath::Split,
        other => {
            return Err(Error::bad_request(format!(
                "Invalid basepath '{}'. Must be one of [ignore, prepend, split]",
                echo(other)
            )));
        }
    };
    let fail_on_warnings = request.flag("failOnWarnings")?.unwrap_or_default();
    let text = Fields::parse(shape, request.body, |fields| fields.required_text("body", DOCUMENT))?;
    let options = Options { base_path, limits };
    let reading = openapi::import(&text, "body", options)
        .map_err(|problems| Error::bad_request(told(ERRORS, problems.iter().map(line))))?;
    if fail_on_warnings && !reading.warnings.is_empty() {
        let lines = reading.warnings.iter().map(line);
        return Err(Error::bad_request(told(WARNINGS, lines)));
    }
    Ok(reading)
}

fn told(heading: &str, lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().fold(heading.to_owned(), |told, line| format!("{told}\n\t{line}"))
}

fn line(problem: &Problem) -> String {
    let Problem { line, column, message, hint, .. } = problem;
    let hint = hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("line {line}, column {column}: {message}{hint}")
}
