//! What AWS accepts, control keeps, and the data plane cannot do yet: all of it in this one list.
//! When the work for an entry comes, the entry goes.
//!
//! A route that asks for such a thing answers 501 with the reason. It is never served without it:
//! a route with an authorizer is no open door, one with a limit no unlimited one.

use std::collections::BTreeSet;

use ringgate_model::{
    Api, AuthorizationType, Definition, DomainName, Integration, IntegrationType, ProtocolType,
    Route, RouteSettings, Stage,
};

use crate::{ApiInput, StageInput};

/// A thing that can be asked for, by the words of the service model, and whether it is.
type Entry<T> = (&'static str, fn(&T) -> bool);

const API: &[Entry<Api>] =
    &[("protocolType WEBSOCKET", |api| api.protocol_type == ProtocolType::Websocket)];

const ROUTE: &[Entry<Route>] = &[
    ("authorizationType AWS_IAM", |r| r.authorization_type == AuthorizationType::AwsIam),
    ("authorizationType CUSTOM", |r| r.authorization_type == AuthorizationType::Custom),
    ("authorizationType JWT", |r| r.authorization_type == AuthorizationType::Jwt),
];

const SETTINGS: &[Entry<RouteSettings>] = &[
    ("throttlingBurstLimit", |settings| settings.throttling_burst_limit.is_some()),
    ("throttlingRateLimit", |settings| settings.throttling_rate_limit.is_some()),
];

const INTEGRATION: &[Entry<Integration>] = &[
    ("integrationType AWS_PROXY", |i| i.integration_type == IntegrationType::AwsProxy),
    ("requestParameters", |i| i.request_parameters.as_ref().is_some_and(|map| !map.is_empty())),
    ("responseParameters", |i| i.response_parameters.as_ref().is_some_and(|map| !map.is_empty())),
];

/// What changes nothing for clients, so that traffic goes on without it: the caller of the
/// management API is told.
const QUIET: &[Entry<Stage>] = &[
    ("accessLogSettings", |stage| stage.access_log_settings.is_some()),
    ("detailedMetricsEnabled", |stage| {
        stage.default_route_settings.detailed_metrics_enabled
            || stage.route_settings.values().any(|settings| settings.detailed_metrics_enabled)
    }),
];

/// What the host of a custom domain name may ask for: it is then served to nobody.
pub const MUTUAL_TLS: &str = "mutualTlsAuthentication";

const DOMAIN: &[Entry<DomainName>] =
    &[(MUTUAL_TLS, |domain| domain.mutual_tls_authentication.is_some())];

/// The answer to a client that asks for `what`. It stands in JSON as it is.
pub fn reason(what: &str) -> String {
    format!("ringgate does not support {what} yet")
}

/// Everything that a custom domain name asks for and traffic cannot do yet.
pub fn of_domain(domain: &DomainName) -> BTreeSet<&'static str> {
    all(DOMAIN, domain).collect()
}

/// The first entry that the API itself asks for.
pub(crate) fn of_api(api: &Api) -> Option<&'static str> {
    first(API, api)
}

/// The first entry that the route asks for in this stage, its integration aside.
pub(crate) fn of_route(route: &Route, stage: &Stage) -> Option<&'static str> {
    let own = stage.route_settings.get(&route.route_key);
    let settings = own.into_iter().chain([&stage.default_route_settings]);
    first(ROUTE, route).or_else(|| settings.filter_map(|it| first(SETTINGS, it)).next())
}

/// The first entry that the integration asks for.
pub(crate) fn of_integration(integration: &Integration) -> Option<&'static str> {
    first(INTEGRATION, integration)
}

/// Everything in an API that this program keeps and cannot do yet, by the words of the service
/// model: in its stages, in what they serve, and in the API as it is now (`live`), which a stage
/// may serve next.
pub fn not_yet(input: &ApiInput<'_>, live: &Definition) -> BTreeSet<&'static str> {
    let mut found: BTreeSet<_> = of_api(input.api).into_iter().collect();
    let served = input.stages.iter().filter_map(|stage| stage.definition);
    for definition in served.chain([live]) {
        found.extend(definition.integrations.iter().flat_map(|it| all(INTEGRATION, it)));
        found.extend(definition.routes.iter().flat_map(|it| all(ROUTE, it)));
    }
    for StageInput { stage, .. } in input.stages {
        let settings = stage.route_settings.values().chain([&stage.default_route_settings]);
        found.extend(settings.flat_map(|it| all(SETTINGS, it)));
        found.extend(all(QUIET, *stage));
    }
    found
}

fn first<T>(entries: &[Entry<T>], asked: &T) -> Option<&'static str> {
    all(entries, asked).next()
}

fn all<T>(entries: &[Entry<T>], asked: &T) -> impl Iterator<Item = &'static str> {
    entries.iter().filter(move |(_, asks)| asks(asked)).map(|(what, _)| *what)
}
