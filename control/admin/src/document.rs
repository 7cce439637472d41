//! An API made what a document says, for `ringgate apply`, ImportApi and ReimportApi.
//!
//! What a document says goes through the same readers as the bodies of the operations, so that it
//! cannot say what they would refuse. What already is as wanted keeps its id and is not written:
//! a route is known by its key, an authorizer by its name, an integration by the route it is of.

use std::collections::{BTreeMap, BTreeSet};

use ringgate_import::{Desired, DesiredRoute};
use ringgate_model::{Api, Authorizer, Integration, Limits, ProtocolType, Route};
use serde::Serialize;
use serde_json::{Value, json};

use crate::child::{self, Child};
use crate::fields::Fields;
use crate::session::Session;
use crate::workspace::Workspace;
use crate::{Error, api, integration_check, tags};

/// What becomes of that which the document does not say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It stays: who may call a route, integrations and authorizers that no route uses. Those whose
    /// last route goes away go too.
    Stays,
    /// It goes: the document is the whole API.
    Goes,
}

/// Makes the API what `desired` says, its stages aside.
pub(crate) fn write(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    desired: &Desired,
    rest: Rest,
) -> Result<(), Error> {
    let before = Used::of(workspace);
    set_api(workspace, desired)?;
    remove_routes(workspace, desired)?;
    for wanted in &desired.authorizers {
        set_authorizer(workspace, session, wanted)?;
    }
    let mut shared = Shared::new();
    for route in &desired.routes {
        set_route(workspace, session, route, &mut shared, rest)?;
    }
    let doomed = match rest {
        Rest::Stays => before,
        Rest::Goes => Used::every(workspace),
    };
    clear(workspace, desired, &doomed)
}

/// A new API for a document, empty yet. A tag of it may pin its id.
pub(crate) fn new_api<'s>(
    session: &mut Session<'s>,
    desired: &Desired,
) -> Result<Workspace<'s>, Error> {
    let blank = api::new_http_api(desired.name.clone());
    api::add(session, Api { tags: desired.tags.clone(), ..blank })
}

fn set_api(workspace: &mut Workspace<'_>, desired: &Desired) -> Result<(), Error> {
    let members = json!({
        "name": desired.name,
        "description": desired.description.as_deref().unwrap_or_default(),
        "version": desired.version.as_deref().unwrap_or_default(),
        "corsConfiguration": desired.cors,
        "disableExecuteApiEndpoint": desired.disable_execute_api_endpoint,
        "ipAddressType": desired.ip_address_type,
        "tags": desired.tags,
    });
    let mut api = workspace.api.clone();
    Fields::parse_value("document", members, |fields| {
        api.tags = tags::read(fields)?;
        api::read_named_members(fields, &mut api)
    })?;
    api.cors_configuration.clone_from(&desired.cors);
    workspace.api = api;
    Ok(())
}

/// Ids of integrations and of authorizers.
struct Used {
    integrations: BTreeSet<String>,
    authorizers: BTreeSet<String>,
}

impl Used {
    /// Those that routes use.
    fn of(workspace: &Workspace<'_>) -> Self {
        let targets = workspace.routes.iter().filter_map(Route::integration_id);
        let targets = targets.filter(|id| workspace.integrations.get(id).is_some());
        let asked = workspace.routes.iter().filter_map(|route| route.authorizer_id.clone());
        Self { integrations: targets.map(str::to_owned).collect(), authorizers: asked.collect() }
    }

    fn every(workspace: &Workspace<'_>) -> Self {
        let integrations = workspace.integrations.iter();
        let authorizers = workspace.authorizers.iter();
        Self {
            integrations: integrations.map(|one| one.integration_id.clone()).collect(),
            authorizers: authorizers.map(|one| one.authorizer_id.clone()).collect(),
        }
    }
}

/// Removes those of `doomed` that no route uses now. The integration that quick create made stays:
/// AWS does not let it go either.
fn clear(workspace: &mut Workspace<'_>, desired: &Desired, doomed: &Used) -> Result<(), Error> {
    let used = Used::of(workspace);
    for id in doomed.integrations.difference(&used.integrations) {
        if workspace.integrations.find(id)?.api_gateway_managed != Some(true) {
            workspace.integrations.remove(id)?;
        }
    }
    for id in doomed.authorizers.difference(&used.authorizers) {
        let name = &workspace.authorizers.find(id)?.name;
        if !desired.authorizers.iter().any(|wanted| wanted.name == *name) {
            workspace.authorizers.remove(id)?;
        }
    }
    Ok(())
}

fn remove_routes(workspace: &mut Workspace<'_>, desired: &Desired) -> Result<(), Error> {
    let wanted: BTreeSet<&str> =
        desired.routes.iter().map(|route| route.route_key.as_str()).collect();
    let gone = workspace.routes.iter().filter(|route| !wanted.contains(route.route_key.as_str()));
    let gone: Vec<String> = gone.map(|route| route.route_id.clone()).collect();
    gone.iter().try_for_each(|id| workspace.routes.remove(id).map(drop))
}

/// Reads a resource of a document with the reader of its `Create…`; `but` are members that no
/// `Create…` takes.
fn read<T: Child + Serialize>(
    shape: &str,
    wanted: &T,
    but: &[&str],
    limits: &Limits,
) -> Result<T, Error> {
    let mut members = serde_json::to_value(wanted)
        .map_err(|error| Error::internal(format!("'{shape}' cannot be read: {error}")))?;
    if let Value::Object(members) = &mut members {
        members.retain(|name, _| !but.contains(&name.as_str()));
    }
    Fields::parse_value(shape, members, |fields| child::new(fields, ProtocolType::Http, limits))
}

/// The same error, saying where in the document it is.
fn placed(error: Error, shape: &str) -> Error {
    Error { message: format!("{} ('{shape}')", error.message), ..error }
}

fn set_authorizer(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    wanted: &Authorizer,
) -> Result<(), Error> {
    let shape = format!("document.authorizers['{}']", wanted.name);
    let made = read(&shape, wanted, &["authorizerId"], &workspace.limits)?;
    let found = workspace.authorizers.iter().find(|one| one.name == made.name).cloned();
    let Some(current) = found else {
        let added = child::add(workspace, session, "", made);
        return added.map(drop).map_err(|error| placed(error, &shape));
    };
    let id = current.authorizer_id.clone();
    let made = Authorizer { authorizer_id: id.clone(), ..made };
    if current == made {
        return Ok(());
    }
    if current.authorizer_type != made.authorizer_type {
        release(workspace, &id);
    }
    made.check(Some(&current), &id, workspace).map_err(|error| placed(error, &shape))?;
    workspace.authorizers.put(made);
    Ok(())
}

/// Lets the routes of an authorizer go before its type changes; each is set after that, to what the
/// document says.
fn release(workspace: &mut Workspace<'_>, authorizer_id: &str) {
    let users = workspace.routes.iter();
    let users = users.filter(|route| route.authorizer_id.as_deref() == Some(authorizer_id));
    for mut route in users.cloned().collect::<Vec<_>>() {
        route.authorizer_id = None;
        route.authorization_type = Default::default();
        route.authorization_scopes = None;
        workspace.routes.put(route);
    }
}

/// The ids of the integrations that routes share, by their names in the document.
type Shared = BTreeMap<String, String>;

fn set_route(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    desired: &DesiredRoute,
    shared: &mut Shared,
    rest: Rest,
) -> Result<(), Error> {
    let key = &desired.route_key;
    let shape = format!("document.routes['{key}']");
    let current = workspace.routes.iter().find(|route| route.route_key == *key).cloned();
    let current_target = current.as_ref().and_then(Route::integration_id).map(str::to_owned);
    let known = desired.shared_integration.as_ref().and_then(|name| shared.get(name)).cloned();
    let target = match (known, &desired.integration) {
        (Some(id), Some(_)) => Some(id),
        (_, Some(wanted)) => {
            let wanted = read_integration(&shape, wanted, &workspace.limits)?;
            let id = set_integration(workspace, session, current_target.as_deref(), wanted)
                .map_err(|error| placed(error, &format!("{shape}.integration")))?;
            shared.extend(desired.shared_integration.clone().map(|name| (name, id.clone())));
            Some(id)
        }
        (_, None) => None,
    };
    let members = json!({
        "routeKey": key,
        "operationName": desired.operation_name.as_deref().unwrap_or_default(),
        "authorizationType": desired.authorization_type,
        "authorizerId": authorizer_id(workspace, desired, &shape)?,
        "authorizationScopes": desired.authorization_scopes,
        "target": target.map(|id| format!("integrations/{id}")),
    });
    let made: Route = Fields::parse_value(&shape, members, |fields| {
        child::new(fields, workspace.api.protocol_type, &workspace.limits)
    })?;
    let Some(current) = current else {
        let added = child::add(workspace, session, "", made);
        return added.map(drop).map_err(|error| placed(error, &shape));
    };
    let (route_id, api_gateway_managed) = (current.route_id.clone(), current.api_gateway_managed);
    let mut made = Route { route_id, api_gateway_managed, ..made };
    if desired.authorization_type.is_none() && rest == Rest::Stays {
        // Silence opens no route that was closed.
        made.authorization_type = current.authorization_type;
        made.authorizer_id.clone_from(&current.authorizer_id);
        made.authorization_scopes.clone_from(&current.authorization_scopes);
    }
    if current != made {
        let place = made.route_id.clone();
        made.check(Some(&current), &place, workspace).map_err(|error| placed(error, &shape))?;
        workspace.routes.put(made);
    }
    Ok(())
}

fn authorizer_id(
    workspace: &Workspace<'_>,
    desired: &DesiredRoute,
    shape: &str,
) -> Result<Option<String>, Error> {
    let Some(name) = &desired.authorizer_name else { return Ok(None) };
    let found = workspace.authorizers.iter().find(|authorizer| authorizer.name == *name);
    let found = found.map(|authorizer| authorizer.authorizer_id.clone());
    found.map(Some).ok_or_else(|| {
        Error::bad_request(format!("'{shape}' names the authorizer '{name}', and there is none"))
    })
}

fn read_integration(
    shape: &str,
    wanted: &Integration,
    limits: &Limits,
) -> Result<Integration, Error> {
    let shape = format!("{shape}.integration");
    let made = read(&shape, wanted, &["integrationId", "apiGatewayManaged"], limits)?;
    integration_check::check_http(&made).map_err(|error| placed(error, &shape))?;
    Ok(made)
}

/// Gives the id of an integration that is `wanted`: the route's own where it is that already, or
/// where no other route uses it and it may change; else a new one.
fn set_integration(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    current_id: Option<&str>,
    wanted: Integration,
) -> Result<String, Error> {
    let current = current_id.and_then(|id| workspace.integrations.get(id)).cloned();
    let Some(current) = current else { return child::add(workspace, session, "", wanted) };
    let wanted = Integration {
        api_gateway_managed: current.api_gateway_managed,
        integration_id: current.integration_id.clone(),
        ..wanted
    };
    let id = current.integration_id.clone();
    if current == wanted {
        return Ok(id);
    }
    let users = workspace.routes.iter().filter(|route| route.integration_id() == Some(id.as_str()));
    if users.count() > 1 {
        let fresh = Integration { api_gateway_managed: None, ..wanted };
        return child::add(workspace, session, "", fresh);
    }
    wanted.check(Some(&current), &id, workspace)?;
    workspace.integrations.put(wanted);
    Ok(id)
}
