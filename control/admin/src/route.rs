use ringgate_model::limits::ROUTE_KEY_CHARS_MAX;
use ringgate_model::{AuthorizationType, Integration, PathPart, Route, RouteKey, new_id};

use crate::Error;
use crate::api::set;
use crate::fields::{Fields, Text};
use crate::operation::Request;
use crate::paging::page;
use crate::reply::Reply;
use crate::session::Session;
use crate::shelf::{Resource, resource};
use crate::workspace::{Workspace, record};

const ROUTE_ID_CHARS: usize = 7;
pub(crate) const KEY: Text = Text::chars(1, ROUTE_KEY_CHARS_MAX);
const OPERATION_NAME: Text = Text::chars(1, 64);
const TARGET: Text = Text::chars(1, 128);
const AUTHORIZATION_TYPES: &[(&str, AuthorizationType)] = &[
    ("NONE", AuthorizationType::None),
    ("AWS_IAM", AuthorizationType::AwsIam),
    ("CUSTOM", AuthorizationType::Custom),
    ("JWT", AuthorizationType::Jwt),
];

/// CreateRoute.
pub(crate) fn create(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let made = Fields::parse("createRouteInput", request.body, |fields| {
        let route_key = fields.required_text("routeKey", KEY)?;
        let mut route = Route { route_key, ..Route::default() };
        read(fields)?.apply_to(&mut route);
        Ok(route)
    })?;
    let id = add(&mut workspace, session, made)?;
    let outcome = workspace.commit(session)?;
    Ok(Reply::of(workspace.routes.find(&id)?)?.with(outcome))
}

/// GetRoute.
pub(crate) fn get(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let (api_id, id) = (request.label("apiId"), request.label("routeId"));
    record(session.store, session.scope, api_id)?;
    let found: Option<Route> = resource(session.store, api_id, id)?;
    Reply::of(&found.ok_or_else(|| Route::missing(id))?)
}

/// GetRoutes.
pub(crate) fn list(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    record(session.store, session.scope, request.label("apiId"))?;
    Reply::of(&page::<Route>(session, request)?)
}

/// UpdateRoute.
pub(crate) fn update(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let mut route = workspace.routes.find(request.label("routeId"))?.clone();
    let before = route.route_key.clone();
    Fields::parse("updateRouteInput", request.body, |fields| {
        set(&mut route.route_key, fields.text("routeKey", KEY)?);
        read(fields)?.apply_to(&mut route);
        Ok(())
    })?;
    if route.api_gateway_managed == Some(true) && route.route_key != before {
        // The service model: the key of a route that quick create made is UpdateApi's to change.
        return Err(Error::bad_request(
            "The key of a route that quick create made cannot be changed here: use routeKey of \
             UpdateApi",
        ));
    }
    check(&workspace, &route)?;
    workspace.routes.put(route.clone());
    let outcome = workspace.commit(session)?;
    Ok(Reply::of(&route)?.with(outcome))
}

/// DeleteRoute.
pub(crate) fn delete(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    workspace.routes.remove(request.label("routeId"))?;
    Ok(Reply::done(workspace.commit(session)?))
}

/// DeleteRouteRequestParameter: HTTP APIs have none, so there is never one to delete.
pub(crate) fn delete_request_parameter(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    get(session, request)?;
    let key = request.label("key");
    Err(Error::not_found(format!(
        "Invalid request parameter specified {key}: routes of HTTP APIs have none"
    )))
}

/// Puts a new route on its shelf; gives its id.
pub(crate) fn add(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    mut route: Route,
) -> Result<String, Error> {
    let mut id = new_id(session.entropy, ROUTE_ID_CHARS);
    while workspace.routes.get(&id).is_some() {
        id = new_id(session.entropy, ROUTE_ID_CHARS);
    }
    route.route_id.clone_from(&id);
    check(workspace, &route)?;
    workspace.routes.put(route);
    Ok(id)
}

/// The rules that concern several members, or the rest of the API.
pub(crate) fn check(workspace: &Workspace<'_>, route: &Route) -> Result<(), Error> {
    check_key(workspace, route)?;
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

/// Refuses what is no route key, and a second route for the same requests.
fn check_key(workspace: &Workspace<'_>, route: &Route) -> Result<(), Error> {
    let key = RouteKey::parse(&route.route_key);
    let key = key.map_err(|error| Error::bad_request(error.to_string()))?;
    let shape = nameless(&key);
    for other in workspace.routes.iter().filter(|other| other.route_id != route.route_id) {
        // AWS's words (anomalyco/sst#5031).
        if other.route_key == route.route_key {
            let words = format!("Route with key {} already exists for this API", other.route_key);
            return Err(Error::conflict(words));
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

/// What may change. The outer `Option` says whether, the inner one to what.
pub(crate) struct Change {
    operation_name: Option<Option<String>>,
    target: Option<Option<String>>,
}

pub(crate) fn read(fields: &mut Fields) -> Result<Change, Error> {
    fields.unsupported(
        &[
            "apiKeyRequired",
            "modelSelectionExpression",
            "requestModels",
            "requestParameters",
            "routeResponseSelectionExpression",
        ],
        "is for WebSocket APIs only",
    );
    // AWS's words for scopes without JWT (aws/aws-cdk#27576): there is no type but NONE yet.
    fields.unsupported(
        &["authorizationScopes"],
        "cannot be set: Invalid Route authorization type specified. Authorization Scopes are \
         only valid for COGNITO_USER_POOLS and JWT authorization types",
    );
    fields.unsupported(&["authorizerId"], "is not supported by ringgate yet");
    let authorization = fields.choice("authorizationType", AUTHORIZATION_TYPES)?;
    if authorization.is_some_and(|kind| kind != AuthorizationType::None) {
        return Err(Error::bad_request(
            "ringgate does not support authorizationType AWS_IAM, CUSTOM or JWT yet: only NONE",
        ));
    }
    Ok(Change {
        operation_name: fields.clearable("operationName", OPERATION_NAME)?,
        target: fields.clearable("target", TARGET)?,
    })
}

impl Change {
    pub(crate) fn apply_to(self, route: &mut Route) {
        set(&mut route.operation_name, self.operation_name);
        set(&mut route.target, self.target);
    }
}
