//! Route responses and integration responses: what a WebSocket API answers on its own sockets.

use ringgate_model::{
    Integration, IntegrationResponse, Limits, ProtocolType, Route, RouteResponse,
};

use crate::child::Child;
use crate::fields::Fields;
use crate::fields::texts::{EXPRESSION, NAME, PARAMETER, TEMPLATE};
use crate::route::read_constraints;
use crate::session::Session;
use crate::shelf::{Resource, Shelf, resource};
use crate::workspace::Workspace;
use crate::{Error, mapping_expression, schema_model};

/// The only key that a route response has (guide, "Set up route responses").
const DEFAULT: &str = "$default";
/// What a name of a parameter of a response begins with.
const PARAMETERS: &[&str] = &["route.response.", "method.response."];

impl Resource for RouteResponse {
    const FOLDER: &'static str = "routeresponses";

    fn id(&self) -> &str {
        &self.route_response_id
    }

    fn missing(id: &str) -> Error {
        Error::not_found(format!("Invalid RouteResponse identifier specified {id}"))
    }
}

impl Child for RouteResponse {
    const NOUN: &'static str = "RouteResponse";
    const LABEL: &'static str = "routeResponseId";
    const PARENT: Option<&'static str> = Some("routeId");
    const REQUIRED: &'static [&'static str] = &["routeResponseKey"];

    fn shelf<'w>(workspace: &'w Workspace<'_>) -> &'w Shelf<Self> {
        &workspace.route_responses
    }

    fn shelf_mut<'w>(workspace: &'w mut Workspace<'_>) -> &'w mut Shelf<Self> {
        &mut workspace.route_responses
    }

    fn set_id(&mut self, id: String) {
        self.route_response_id = id;
    }

    fn read(&mut self, fields: &mut Fields, _: ProtocolType, _: &Limits) -> Result<(), Error> {
        fields.text_into("routeResponseKey", EXPRESSION, &mut self.route_response_key)?;
        let expression = &mut self.model_selection_expression;
        fields.optional_into("modelSelectionExpression", EXPRESSION, expression)?;
        fields.map_into("responseModels", (EXPRESSION, NAME), &mut self.response_models)?;
        read_constraints(fields, "responseParameters", &mut self.response_parameters)
    }

    fn check(&self, _: Option<&Self>, place: &str, workspace: &Workspace<'_>) -> Result<(), Error> {
        websocket_only(workspace, "Route responses")?;
        if self.route_response_key != DEFAULT {
            let words = "Invalid RouteResponse key specified. Only $default is supported.";
            return Err(Error::bad_request(words));
        }
        let key = |other: &Self| other.route_response_key == self.route_response_key;
        refuse_twin(&workspace.route_responses, place, key, "RouteResponse", DEFAULT)?;
        let names = self.response_parameters.iter().flat_map(|map| map.keys());
        mapping_expression::check_names(names, PARAMETERS)?;
        let models = self.response_models.iter().flat_map(|models| models.values());
        schema_model::check_names(models, workspace)
    }

    fn check_parent(session: &Session<'_>, api_id: &str, parent: &str) -> Result<(), Error> {
        let found: Option<Route> = resource(session.store, api_id, parent)?;
        found.map(drop).ok_or_else(|| Route::missing(parent))
    }
}

impl Resource for IntegrationResponse {
    const FOLDER: &'static str = "integrationresponses";

    fn id(&self) -> &str {
        &self.integration_response_id
    }

    fn missing(id: &str) -> Error {
        Error::not_found(format!("Invalid IntegrationResponse identifier specified {id}"))
    }
}

impl Child for IntegrationResponse {
    const NOUN: &'static str = "IntegrationResponse";
    const LABEL: &'static str = "integrationResponseId";
    const PARENT: Option<&'static str> = Some("integrationId");
    const REQUIRED: &'static [&'static str] = &["integrationResponseKey"];

    fn shelf<'w>(workspace: &'w Workspace<'_>) -> &'w Shelf<Self> {
        &workspace.integration_responses
    }

    fn shelf_mut<'w>(workspace: &'w mut Workspace<'_>) -> &'w mut Shelf<Self> {
        &mut workspace.integration_responses
    }

    fn set_id(&mut self, id: String) {
        self.integration_response_id = id;
    }

    fn read(&mut self, fields: &mut Fields, _: ProtocolType, _: &Limits) -> Result<(), Error> {
        fields.text_into(
            "integrationResponseKey",
            EXPRESSION,
            &mut self.integration_response_key,
        )?;
        let strategy = &mut self.content_handling_strategy;
        fields.one_of_into("contentHandlingStrategy", CONTENT_HANDLING, strategy)?;
        let parameters = &mut self.response_parameters;
        fields.merge_into("responseParameters", (EXPRESSION, PARAMETER), parameters)?;
        let templates = &mut self.response_templates;
        fields.map_into("responseTemplates", (EXPRESSION, TEMPLATE), templates)?;
        let expression = &mut self.template_selection_expression;
        fields.optional_into("templateSelectionExpression", EXPRESSION, expression)
    }

    fn check(&self, _: Option<&Self>, place: &str, workspace: &Workspace<'_>) -> Result<(), Error> {
        websocket_only(workspace, "Integration responses")?;
        let own = &self.integration_response_key;
        let is_pattern = own.len() > 2 && own.starts_with('/') && own.ends_with('/');
        if own != DEFAULT && !is_pattern {
            return Err(Error::bad_request(format!(
                "Invalid IntegrationResponse key specified {own}. Expected $default or a regular \
                 expression between slashes such as /2\\d\\d/"
            )));
        }
        let key = |other: &Self| other.integration_response_key == *own;
        refuse_twin(&workspace.integration_responses, place, key, "IntegrationResponse", own)?;
        match &self.response_parameters {
            Some(map) => mapping_expression::check_websocket_response(map),
            None => Ok(()),
        }
    }

    fn check_parent(session: &Session<'_>, api_id: &str, parent: &str) -> Result<(), Error> {
        let found: Option<Integration> = resource(session.store, api_id, parent)?;
        found.map(drop).ok_or_else(|| Integration::missing(parent))
    }
}

/// `ContentHandlingStrategy` of the service model.
pub(crate) const CONTENT_HANDLING: &[&str] = &["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"];

fn websocket_only(workspace: &Workspace<'_>, what: &str) -> Result<(), Error> {
    match workspace.api.protocol_type {
        ProtocolType::Websocket => Ok(()),
        ProtocolType::Http => Err(Error::bad_request(format!(
            "{what} are only supported for WEBSOCKET protocol Apis."
        ))),
    }
}

/// Refuses a sibling with the same key.
fn refuse_twin<T: Resource>(
    shelf: &Shelf<T>,
    place: &str,
    same: impl Fn(&T) -> bool,
    noun: &str,
    key: &str,
) -> Result<(), Error> {
    if shelf.siblings(place).any(same) {
        return Err(Error::conflict(format!("{noun} with key {key} already exists")));
    }
    Ok(())
}
