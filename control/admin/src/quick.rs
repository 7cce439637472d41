//! Quick create: an API with its integration, its route and its stage in one call (`target`,
//! `routeKey` and `credentialsArn` of CreateApi and UpdateApi; spec section 1.7).

use ringgate_model::limits::{INTEGRATION_URI_CHARS_MAX, ROUTE_KEY_CHARS_MAX};
use ringgate_model::{Integration, Route, Stage};

use crate::child;
use crate::fields::texts::ROLE_ARN;
use crate::fields::{Fields, Text};
use crate::session::Session;
use crate::workspace::Workspace;
use crate::{Error, integration, integration_check, lambda, route, stage};

const DEFAULT: &str = "$default";

/// The members of a quick create.
pub(crate) struct QuickCreate {
    target: Option<String>,
    route_key: Option<String>,
    credentials_arn: Option<String>,
}

/// Reads the members; `None` when none is given.
pub(crate) fn read(fields: &mut Fields) -> Result<Option<QuickCreate>, Error> {
    let quick = QuickCreate {
        target: fields.text("target", Text::chars(1, INTEGRATION_URI_CHARS_MAX))?,
        route_key: fields.text("routeKey", Text::chars(1, ROUTE_KEY_CHARS_MAX))?,
        credentials_arn: fields.text("credentialsArn", ROLE_ARN)?,
    };
    let given = [&quick.target, &quick.route_key, &quick.credentials_arn];
    Ok(given.iter().any(|member| member.is_some()).then_some(quick))
}

/// Fills a new API.
pub(crate) fn create(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    quick: QuickCreate,
) -> Result<(), Error> {
    let QuickCreate { target, route_key, credentials_arn } = quick;
    let target = target.ok_or_else(|| {
        Error::bad_request(
            "'routeKey' and 'credentialsArn' are part of quick create: give a 'target'",
        )
    })?;
    let made = add_integration(workspace, session, target, credentials_arn)?;
    add_route(workspace, session, &made, route_key.unwrap_or_else(|| DEFAULT.to_owned()))?;
    add_stage(workspace, session)
}

/// Makes anew what is missing of what quick create made of `target`, and lets its stage deploy
/// itself again. What a user put in its place stays: a route or a stage named `$default`.
pub(crate) fn restore(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    target: &str,
) -> Result<(), Error> {
    let integration_id = match integration_of(workspace) {
        Some(managed) => managed.integration_id,
        None => add_integration(workspace, session, target.to_owned(), None)?,
    };
    let serves =
        |route: &Route| route.api_gateway_managed == Some(true) || route.route_key == DEFAULT;
    if !workspace.routes.iter().any(serves) {
        add_route(workspace, session, &integration_id, DEFAULT.to_owned())?;
    }
    let Some(current) = workspace.stages.get(DEFAULT) else { return add_stage(workspace, session) };
    if current.api_gateway_managed == Some(true) && !current.deploys_itself() {
        let mut stage = Stage { auto_deploy: Some(true), ..current.clone() };
        stage::redeploy(&mut stage);
        workspace.stages.put(stage);
    }
    Ok(())
}

fn add_integration(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    target: String,
    credentials_arn: Option<String>,
) -> Result<String, Error> {
    let made = Integration {
        api_gateway_managed: Some(true),
        credentials_arn,
        ..integration::proxy(target, &workspace.limits)
    };
    child::add(workspace, session, "", made)
}

fn add_route(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    integration_id: &str,
    route_key: String,
) -> Result<(), Error> {
    let made = Route {
        api_gateway_managed: Some(true),
        target: Some(format!("integrations/{integration_id}")),
        route_key,
        ..Route::default()
    };
    child::add(workspace, session, "", made).map(drop)
}

fn add_stage(workspace: &mut Workspace<'_>, session: &Session<'_>) -> Result<(), Error> {
    let made = Stage {
        api_gateway_managed: Some(true),
        auto_deploy: Some(true),
        stage_name: DEFAULT.to_owned(),
        ..Stage::default()
    };
    stage::add(workspace, session, made)
}

/// Changes what quick create made. It can be changed, not added later.
pub(crate) fn update(workspace: &mut Workspace<'_>, quick: QuickCreate) -> Result<(), Error> {
    let QuickCreate { target, route_key, credentials_arn } = quick;
    let missing = |what: &str| {
        Error::bad_request(format!(
            "This API has no {what} made by quick create: 'target', 'routeKey' and \
             'credentialsArn' cannot change it"
        ))
    };
    if target.is_some() || credentials_arn.is_some() {
        let mut managed = integration_of(workspace).ok_or_else(|| missing("integration"))?;
        if let Some(target) = target {
            // A function in the place of a URL, or the other way round, is another kind.
            if lambda::is_function(&target) != is_function(&managed) {
                let fresh = integration::proxy(target.clone(), &workspace.limits);
                managed.integration_type = fresh.integration_type;
                managed.integration_method = fresh.integration_method;
                managed.payload_format_version = fresh.payload_format_version;
            }
            managed.integration_uri = Some(target);
        }
        managed.credentials_arn = credentials_arn.or(managed.credentials_arn);
        integration_check::check(&managed, workspace)?;
        workspace.integrations.put(managed);
    }
    if let Some(route_key) = route_key {
        let managed = workspace.routes.iter().find(|route| route.api_gateway_managed == Some(true));
        let managed = managed.cloned().ok_or_else(|| missing("route"))?;
        let route = Route { route_key, ..managed };
        route::check(workspace, &route)?;
        workspace.routes.put(route);
    }
    Ok(())
}

fn is_function(integration: &Integration) -> bool {
    integration.integration_uri.as_deref().is_some_and(lambda::is_function)
}

/// The integration that quick create made.
pub(crate) fn integration_of(workspace: &Workspace<'_>) -> Option<Integration> {
    let mut all = workspace.integrations.iter();
    all.find(|integration| integration.api_gateway_managed == Some(true)).cloned()
}

/// A quick create of `target` alone.
pub(crate) fn of_target(target: String) -> QuickCreate {
    QuickCreate { target: Some(target), route_key: None, credentials_arn: None }
}
