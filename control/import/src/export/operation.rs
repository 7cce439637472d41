use ringgate_model::{Route, RouteKey};
use serde_json::{Map, Value, json};

use crate::openapi::extensions::INTEGRATION;

use super::paths::Parts;
use super::put;

/// The operation of a route.
pub(super) fn written(route: &Route, method: &str, path: &str, parts: &Parts<'_>) -> Value {
    let mut operation = Map::new();
    if RouteKey::parse(&route.route_key) == Ok(RouteKey::Default) {
        put(&mut operation, "isDefaultRoute", json!(true));
    }
    // Without extensions a route of every method stands several times, and a name only once.
    let is_own = route.route_key.starts_with(method) || route.route_key == "$default";
    if let Some(name) = route.operation_name.as_ref().filter(|_| is_own) {
        put(&mut operation, "operationId", json!(name));
    }
    if let Some(security) = parts.schemes.security(route) {
        put(&mut operation, "security", security);
    }
    let description = format!("Default response for {method} {path}");
    put(&mut operation, "responses", json!({ "default": { "description": description } }));
    if parts.include_extensions
        && let Some(integration) = parts.integrations.of_route(route)
    {
        put(&mut operation, INTEGRATION, integration);
    }
    operation.into()
}
