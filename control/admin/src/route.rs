use std::collections::BTreeMap;

use ringgate_model::limits::ROUTE_KEY_CHARS_MAX;
use ringgate_model::{
    AuthorizationType, AuthorizerType, Integration, Limits, ParameterConstraints, PathPart,
    ProtocolType, Route, RouteKey,
};

use crate::child::Child;
use crate::fields::texts::{EXPRESSION, ID, NAME};
use crate::fields::{Fields, Text};
use crate::operation::Request;
use crate::reply::Reply;
use crate::session::Session;
use crate::shelf::{Resource, Shelf};
use crate::workspace::Workspace;
use crate::{Error, mapping_expression, schema_model};

pub(crate) const KEY: Text = Text::chars(1, ROUTE_KEY_CHARS_MAX);
const OPERATION_NAME: Text = Text::chars(1, 64);
const SCOPE: Text = Text::chars(1, 64);
const TARGET: Text = Text::chars(1, 128);
const AUTHORIZATION_TYPES: &[(&str, AuthorizationType)] = &[
    ("NONE", AuthorizationType::None),
    ("AWS_IAM", AuthorizationType::AwsIam),
    ("CUSTOM", AuthorizationType::Custom),
    ("JWT", AuthorizationType::Jwt),
];
/// The route of a WebSocket API that a client meets first, and the only one that can ask who it is.
const CONNECT: &str = "$connect";
/// What a name of a parameter of a request begins with.
const PARAMETERS: &[&str] = &["route.request.", "method.request."];

impl Resource for Route {
    const FOLDER: &'static str = "routes";

    fn id(&self) -> &str {
        &self.route_id
    }

    fn missing(id: &str) -> Error {
        Error::not_found(format!("Invalid Route identifier specified {id}"))
    }
}

impl Child for Route {
    const NOUN: &'static str = "Route";
    const LABEL: &'static str = "routeId";
    const ID_CHARS: usize = 7;
    const REQUIRED: &'static [&'static str] = &["routeKey"];

    fn shelf<'w>(workspace: &'w Workspace<'_>) -> &'w Shelf<Self> {
        &workspace.routes
    }

    fn shelf_mut<'w>(workspace: &'w mut Workspace<'_>) -> &'w mut Shelf<Self> {
        &mut workspace.routes
    }

    fn set_id(&mut self, id: String) {
        self.route_id = id;
    }

    fn read(
        &mut self,
        fields: &mut Fields,
        protocol: ProtocolType,
        _: &Limits,
    ) -> Result<(), Error> {
        if protocol == ProtocolType::Http {
            fields.refuse(
                &[
                    "apiKeyRequired",
                    "modelSelectionExpression",
                    "requestModels",
                    "requestParameters",
                    "routeResponseSelectionExpression",
                ],
                "is for WebSocket APIs only",
            );
        }
        fields.text_into("routeKey", KEY, &mut self.route_key)?;
        fields.optional_into("operationName", OPERATION_NAME, &mut self.operation_name)?;
        fields.optional_into("target", TARGET, &mut self.target)?;
        read_authorization(self, fields)?;
        if let Some(required) = fields.flag("apiKeyRequired")? {
            self.api_key_required = required;
        }
        let expression = &mut self.model_selection_expression;
        fields.optional_into("modelSelectionExpression", EXPRESSION, expression)?;
        let expression = &mut self.route_response_selection_expression;
        fields.optional_into("routeResponseSelectionExpression", EXPRESSION, expression)?;
        fields.map_into("requestModels", (EXPRESSION, NAME), &mut self.request_models)?;
        read_constraints(fields, "requestParameters", &mut self.request_parameters)
    }

    fn check(
        &self,
        before: Option<&Self>,
        _: &str,
        workspace: &Workspace<'_>,
    ) -> Result<(), Error> {
        let managed = self.api_gateway_managed == Some(true);
        if managed && before.is_some_and(|before| before.route_key != self.route_key) {
            // The service model: the key of a route that quick create made is for UpdateApi.
            return Err(Error::bad_request(
                "The key of a route that quick create made cannot be changed here: use routeKey of \
                 UpdateApi",
            ));
        }
        check(workspace, self)
    }
}

/// Who may call. A change to NONE or AWS_IAM that names no authorizer lets go of the one before,
/// and a change away from JWT of its scopes, as on AWS
/// (aws-cloudformation/cloudformation-coverage-roadmap#2184).
fn read_authorization(route: &mut Route, fields: &mut Fields) -> Result<(), Error> {
    let (names_id, names_scopes) = (fields.has("authorizerId"), fields.has("authorizationScopes"));
    fields.choice_into("authorizationType", AUTHORIZATION_TYPES, &mut route.authorization_type)?;
    fields.optional_into("authorizerId", ID, &mut route.authorizer_id)?;
    fields.texts_into("authorizationScopes", SCOPE, &mut route.authorization_scopes)?;
    if authorizer_of(route.authorization_type).is_none() && !names_id {
        route.authorizer_id = None;
    }
    if route.authorization_type != AuthorizationType::Jwt && !names_scopes {
        route.authorization_scopes = None;
    }
    Ok(())
}

/// DeleteRouteRequestParameter.
pub(crate) fn delete_request_parameter(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let mut route = workspace.routes.find(request.label("routeId"))?.clone();
    let key = request.label("requestParameterKey");
    let mut parameters = route.request_parameters.take().unwrap_or_default();
    if parameters.remove(key).is_none() {
        return Err(Error::not_found(format!("Invalid request parameter specified {key}")));
    }
    route.request_parameters = Some(parameters).filter(|map| !map.is_empty());
    workspace.routes.put(route);
    Ok(Reply::done(workspace.commit(session)?))
}

/// The rules that concern several members, or the rest of the API.
pub(crate) fn check(workspace: &Workspace<'_>, route: &Route) -> Result<(), Error> {
    match workspace.api.protocol_type {
        ProtocolType::Http => check_key(workspace, route)?,
        ProtocolType::Websocket => check_websocket_key(workspace, route)?,
    }
    check_authorization(workspace, route)?;
    let names = route.request_parameters.iter().flat_map(|map| map.keys());
    mapping_expression::check_names(names, PARAMETERS)?;
    let models = route.request_models.iter().flat_map(|models| models.values());
    schema_model::check_names(models, workspace)?;
    let Some(target) = &route.target else { return Ok(()) };
    let Some(id) = route.integration_id() else {
        return Err(Error::bad_request(format!(
            "Invalid target '{target}': expected 'integrations/{{integrationId}}'"
        )));
    };
    match workspace.integrations.get(id) {
        Some(_) => Ok(()),
        // The same words as for GetIntegration, but the fault is in the body.
        None => Err(Error::bad_request(Integration::missing(id).message)),
    }
}

/// Who may call, and whether the authorizer that decides is there and of the right kind.
fn check_authorization(workspace: &Workspace<'_>, route: &Route) -> Result<(), Error> {
    let kind = route.authorization_type;
    if workspace.api.protocol_type == ProtocolType::Websocket {
        if kind == AuthorizationType::Jwt {
            return Err(Error::bad_request(
                "Invalid Route authorization type specified. JWT is only supported on HTTP \
                 protocol Apis.",
            ));
        }
        if kind != AuthorizationType::None && route.route_key != CONNECT {
            return Err(Error::bad_request(
                "Currently, authorization is restricted to the $connect route only",
            ));
        }
    }
    let scopes = route.authorization_scopes.as_deref().unwrap_or_default();
    if !scopes.is_empty() && kind != AuthorizationType::Jwt {
        // AWS's words (aws/aws-cdk#27576).
        return Err(Error::bad_request(
            "Invalid Route authorization type specified. Authorization Scopes are only valid for \
             COGNITO_USER_POOLS and JWT authorization types",
        ));
    }
    let scopes_max = workspace.limits.scopes_per_route;
    if scopes.len() > scopes_max {
        let words = format!("A route has at most {scopes_max} authorization scopes");
        return Err(Error::bad_request(words));
    }
    let found = route.authorizer_id.as_deref().map(|id| workspace.authorizers.get(id));
    match (authorizer_of(kind), found) {
        (None, None) => Ok(()),
        // On AWS it would be an open route that looks like a closed one.
        (None, Some(_)) => Err(Error::bad_request(
            "'authorizerId' needs an authorizationType of CUSTOM or JWT: without it the authorizer \
             would not be asked",
        )),
        (Some(wanted), Some(Some(authorizer))) if authorizer.authorizer_type == wanted => Ok(()),
        // AWS's words for REST APIs (spec section 1.6).
        (Some(_), _) => Err(Error::bad_request(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or JWT \
             requires a valid authorizer.",
        )),
    }
}

/// The kind of authorizer that an authorization type asks.
fn authorizer_of(kind: AuthorizationType) -> Option<AuthorizerType> {
    match kind {
        AuthorizationType::None | AuthorizationType::AwsIam => None,
        AuthorizationType::Custom => Some(AuthorizerType::Request),
        AuthorizationType::Jwt => Some(AuthorizerType::Jwt),
    }
}

/// The authorization type of routes that ask an authorizer of this kind.
pub(crate) fn authorization_of(kind: AuthorizerType) -> AuthorizationType {
    match kind {
        AuthorizerType::Request => AuthorizationType::Custom,
        AuthorizerType::Jwt => AuthorizationType::Jwt,
    }
}

/// Reads what is asked of parameters, over what is there: a name that stands twice is replaced.
pub(crate) fn read_constraints(
    fields: &mut Fields,
    name: &'static str,
    target: &mut Option<BTreeMap<String, ParameterConstraints>>,
) -> Result<(), Error> {
    let given = fields.structures(name, |fields, _| {
        Ok(ParameterConstraints { required: fields.flag("required")? })
    })?;
    if let Some(given) = given.filter(|given| !given.is_empty()) {
        target.get_or_insert_default().extend(given);
    }
    Ok(())
}

/// A WebSocket route is found by its key alone.
fn check_websocket_key(workspace: &Workspace<'_>, route: &Route) -> Result<(), Error> {
    let mut others = workspace.routes.siblings(&route.route_id);
    if others.any(|other| other.route_key == route.route_key) {
        return Err(twin(&route.route_key));
    }
    Ok(())
}

/// AWS's words (anomalyco/sst#5031).
fn twin(key: &str) -> Error {
    Error::conflict(format!("Route with key {key} already exists for this API"))
}

/// Refuses what is no route key, and a second route for the same requests.
fn check_key(workspace: &Workspace<'_>, route: &Route) -> Result<(), Error> {
    let key = RouteKey::parse(&route.route_key);
    let key = key.map_err(|error| Error::bad_request(error.to_string()))?;
    let shape = nameless(&key);
    for other in workspace.routes.siblings(&route.route_id) {
        if other.route_key == route.route_key {
            return Err(twin(&other.route_key));
        }
        if RouteKey::parse(&other.route_key).is_ok_and(|other| nameless(&other) == shape) {
            return Err(Error::conflict(format!(
                "Route with key {} takes the same requests as the route with key {}: only the \
                 names of their path variables differ",
                route.route_key, other.route_key
            )));
        }
    }
    Ok(())
}

/// The key with every path variable called the same.
fn nameless(key: &RouteKey) -> RouteKey {
    let RouteKey::Path { method, parts } = key else { return RouteKey::Default };
    let blank = |part: &PathPart| match part {
        PathPart::Literal(text) => PathPart::Literal(text.clone()),
        PathPart::Param(_) => PathPart::Param(String::new()),
        PathPart::Greedy(_) => PathPart::Greedy(String::new()),
    };
    RouteKey::Path { method: *method, parts: parts.iter().map(blank).collect() }
}
