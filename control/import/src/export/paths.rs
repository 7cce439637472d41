use std::collections::BTreeMap;

use ringgate_model::{Definition, PathPart, Route, RouteKey, RouteMethod};
use serde_json::{Map, Value, json};

use crate::openapi::extensions::ANY_METHOD;

use super::integration::Integrations;
use super::security::Schemes;
use super::{operation, put};

/// What operations refer to.
pub(super) struct Parts<'a> {
    pub(super) integrations: &'a Integrations<'a>,
    pub(super) schemes: &'a Schemes<'a>,
    pub(super) include_extensions: bool,
}

/// The methods of OpenAPI that routes have, in the order in which they are written.
const METHODS: [RouteMethod; 7] = [
    RouteMethod::Get,
    RouteMethod::Put,
    RouteMethod::Post,
    RouteMethod::Delete,
    RouteMethod::Options,
    RouteMethod::Head,
    RouteMethod::Patch,
];

/// `paths`, sorted.
pub(super) fn paths(definition: &Definition, parts: &Parts<'_>) -> Value {
    let mut paths: BTreeMap<String, Item<'_>> = BTreeMap::new();
    for route in &definition.routes {
        let (path, method, parameters) = match RouteKey::parse(&route.route_key) {
            Ok(RouteKey::Path { method, parts }) => (path_of(&route.route_key), method, parts),
            // The default route has no path that OpenAPI could say: AWS's form of it, or nothing.
            Ok(RouteKey::Default) if parts.include_extensions => {
                ("/$default", RouteMethod::Any, Vec::new())
            }
            Ok(RouteKey::Default) | Err(_) => continue,
        };
        let item = paths.entry(path.to_owned()).or_default();
        item.parameters = parameters;
        item.routes.insert(method.as_str(), route);
    }
    let mut written = Map::new();
    for (path, item) in paths {
        put(&mut written, &path, item.written(&path, parts));
    }
    written.into()
}

/// The path of a key as it was written: `GET /pets/{id}`.
fn path_of(key: &str) -> &str {
    key.split_once(' ').map_or(key, |(_, path)| path)
}

/// The routes of one path.
#[derive(Default)]
struct Item<'a> {
    parameters: Vec<PathPart>,
    /// By method.
    routes: BTreeMap<&'static str, &'a Route>,
}

impl Item<'_> {
    fn written(&self, path: &str, parts: &Parts<'_>) -> Value {
        let mut item = Map::new();
        let parameters: Vec<Value> = self.parameters.iter().filter_map(parameter).collect();
        if !parameters.is_empty() {
            put(&mut item, "parameters", parameters.into());
        }
        let any = self.routes.get(RouteMethod::Any.as_str());
        for method in METHODS {
            let own = self.routes.get(method.as_str());
            // Without extensions there is no word for every method but each by name.
            let route = own.or(any.filter(|_| !parts.include_extensions));
            if let Some(route) = route {
                let written = operation::written(route, method.as_str(), path, parts);
                put(&mut item, &method.as_str().to_ascii_lowercase(), written);
            }
        }
        if let Some(route) = any.filter(|_| parts.include_extensions) {
            put(&mut item, ANY_METHOD, operation::written(route, "ANY", path, parts));
        }
        item.into()
    }
}

/// OpenAPI wants every variable of a path told.
fn parameter(part: &PathPart) -> Option<Value> {
    let name = match part {
        PathPart::Literal(_) => return None,
        PathPart::Param(name) => name.clone(),
        PathPart::Greedy(name) => format!("{name}+"),
    };
    Some(json!({
        "name": name,
        "in": "path",
        "description": format!("Generated path parameter for {name}"),
        "required": true,
        "schema": { "type": "string" },
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_method_of_a_route_is_written() {
        let written: BTreeSet<&str> = METHODS.iter().map(|method| method.as_str()).collect();
        let known = RouteMethod::ALL.iter().map(|method| method.as_str());
        let known: BTreeSet<&str> = known.filter(|method| *method != "ANY").collect();
        assert_eq!(written, known);
    }
}
