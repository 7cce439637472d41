//! Quick create: an API with its integration, its route and its stage in one call (`target`,
//! `routeKey` and `credentialsArn` of CreateApi and UpdateApi; spec section 1.7).

use ringgate_model::limits::{INTEGRATION_URI_CHARS_MAX, ROUTE_KEY_CHARS_MAX};
use ringgate_model::{Integration, Route, Stage};

use crate::fields::{Fields, Text};
use crate::session::Session;
use crate::workspace::Workspace;
use crate::{Error, integration, route, stage};

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
        credentials_arn: fields.text("credentialsArn", integration::ARN)?,
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
    let made = Integration {
        api_gateway_managed: Some(true),
        credentials_arn,
        ..integration::http_proxy(target)
    };
    let made = integration::add(workspace, session, made)?;
    let made = Route {
        api_gateway_managed: Some(true),
        target: Some(format!("integrations/{made}")),
        route_key: route_key.unwrap_or_else(|| DEFAULT.to_owned()),
        ..Route::default()
    };
    route::add(workspace, session, made)?;
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
        managed.integration_uri = target.or(managed.integration_uri);
        managed.credentials_arn = credentials_arn.or(managed.credentials_arn);
        integration::check(&managed)?;
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

/// The integration that quick create made.
pub(crate) fn integration_of(workspace: &Workspace<'_>) -> Option<Integration> {
    let mut all = workspace.integrations.iter();
    all.find(|integration| integration.api_gateway_managed == Some(true)).cloned()
}

/// A quick create of `target` alone.
pub(crate) fn of_target(target: String) -> QuickCreate {
    QuickCreate { target: Some(target), route_key: None, credentials_arn: None }
}
