use ringgate_model::{Limits, Model, ProtocolType};
use serde::Serialize;
use serde_json::Value;

use crate::Error;
use crate::child::Child;
use crate::fields::texts::{DESCRIPTION, NAME, TEMPLATE};
use crate::fields::{Fields, Text};
use crate::operation::Request;
use crate::reply::Reply;
use crate::session::Session;
use crate::shelf::{Resource, Shelf, resource};
use crate::template;
use crate::workspace::{Workspace, record};

const CONTENT_TYPE: Text = Text::chars(1, 256);
const DEFAULT_CONTENT_TYPE: &str = "application/json";
/// The service model: "Must be alphanumeric".
const MODEL_NAME: Text =
    NAME.matching("^[a-zA-Z0-9]+$", |text| text.bytes().all(|b| b.is_ascii_alphanumeric()));

impl Resource for Model {
    const FOLDER: &'static str = "models";

    fn id(&self) -> &str {
        &self.model_id
    }

    fn missing(id: &str) -> Error {
        Error::not_found(format!("Invalid Model identifier specified {id}"))
    }
}

impl Child for Model {
    const NOUN: &'static str = "Model";
    const LABEL: &'static str = "modelId";
    const REQUIRED: &'static [&'static str] = &["name", "schema"];

    fn shelf<'w>(workspace: &'w Workspace<'_>) -> &'w Shelf<Self> {
        &workspace.models
    }

    fn shelf_mut<'w>(workspace: &'w mut Workspace<'_>) -> &'w mut Shelf<Self> {
        &mut workspace.models
    }

    fn set_id(&mut self, id: String) {
        self.model_id = id;
    }

    fn read(&mut self, fields: &mut Fields, _: ProtocolType, _: &Limits) -> Result<(), Error> {
        fields.text_into("name", MODEL_NAME, &mut self.name)?;
        fields.text_into("contentType", CONTENT_TYPE, &mut self.content_type)?;
        fields.optional_into("description", DESCRIPTION, &mut self.description)?;
        fields.text_into("schema", TEMPLATE, &mut self.schema)
    }

    fn complete(&mut self, _: ProtocolType, _: &Limits) {
        if self.content_type.is_empty() {
            DEFAULT_CONTENT_TYPE.clone_into(&mut self.content_type);
        }
    }

    fn check(
        &self,
        before: Option<&Self>,
        place: &str,
        workspace: &Workspace<'_>,
    ) -> Result<(), Error> {
        if workspace.models.siblings(place).any(|other| other.name == self.name) {
            // AWS's words for REST APIs (spec section 1.6).
            return Err(Error::conflict("Model name already exists for this API"));
        }
        if let Some(before) = before.filter(|before| before.name != self.name) {
            before.removable(workspace)?;
        }
        match serde_json::from_str(&self.schema) {
            Ok(Value::Object(_)) => Ok(()),
            Ok(_) => Err(Error::bad_request(
                "Invalid model schema specified: a JSON Schema is a JSON object",
            )),
            Err(error) => {
                Err(Error::bad_request(format!("Invalid model schema specified: {error}")))
            }
        }
    }

    fn removable(&self, workspace: &Workspace<'_>) -> Result<(), Error> {
        let requests = workspace.routes.iter().filter_map(|route| route.request_models.as_ref());
        let responses = workspace.route_responses.iter();
        let responses = responses.filter_map(|response| response.response_models.as_ref());
        let mut named = requests.chain(responses).flat_map(|models| models.values());
        if named.any(|name| *name == self.name) {
            return Err(Error::conflict(format!(
                "Cannot delete model '{}', is referenced in a route of this API",
                self.name
            )));
        }
        Ok(())
    }
}

/// GetModelTemplate: a mapping template that makes what the model describes.
pub(crate) fn template(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    #[derive(Serialize)]
    struct Shown {
        value: String,
    }
    let (api_id, id) = (request.label("apiId"), request.label("modelId"));
    record(session.store, session.scope, api_id)?;
    let found: Option<Model> = resource(session.store, api_id, id)?;
    let model = found.ok_or_else(|| Model::missing(id))?;
    let schema = serde_json::from_str(&model.schema).unwrap_or_default();
    let value = template::of_schema(&schema).ok_or_else(|| {
        Error::bad_request("The references of this model's schema make too long a template")
    })?;
    Reply::of(&Shown { value })
}

/// Refuses names of models that are not there.
pub(crate) fn check_names<'n>(
    mut names: impl Iterator<Item = &'n String>,
    workspace: &Workspace<'_>,
) -> Result<(), Error> {
    let known = |name: &String| workspace.models.iter().any(|model| model.name == *name);
    match names.find(|name| !known(name)) {
        None => Ok(()),
        // AWS's words (spec section 1.6).
        Some(name) => {
            Err(Error::bad_request(format!("Invalid model identifier specified: {name}")))
        }
    }
}
