use std::collections::BTreeMap;

use ringgate_model::{RouteKey, RouteKeyError};

use crate::DesiredRoute;
use crate::node::{Member, Place as At};
use crate::report::closest;

use super::extensions::{self, ANY_METHOD, Place};
use super::{Document, operation};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const PATH_MEMBERS: [&str; 4] = ["summary", "description", "servers", "parameters"];

/// `paths`: a route for each operation.
pub(super) fn read(document: &mut Document<'_>, paths: &Member) -> Vec<DesiredRoute> {
    let mut routes = Routes::default();
    for path in document.report.members(&paths.value, "paths") {
        if path.name.starts_with("x-") {
            extensions::check(&mut document.report, path, Place::Path);
            continue;
        }
        for member in document.report.members(&path.value, &path.name) {
            let name = member.name.as_str();
            if METHODS.contains(&name) || name == ANY_METHOD {
                routes.operation(document, path, member);
            } else if name == "$ref" {
                let message = "a path that is a $ref is not supported by Ringgate yet";
                document.report.problem(member.at, message);
            } else if name.starts_with("x-") {
                extensions::check(&mut document.report, member, Place::Path);
            } else if !PATH_MEMBERS.contains(&name) {
                let known = METHODS.into_iter().chain(PATH_MEMBERS).chain([ANY_METHOD]);
                document.report.unknown(member, "a path", known);
            }
        }
    }
    routes.all
}

#[derive(Default)]
struct Routes {
    all: Vec<DesiredRoute>,
    seen: BTreeMap<String, At>,
}

impl Routes {
    fn operation(&mut self, document: &mut Document<'_>, path: &Member, operation: &Member) {
        let Some(key) = route_key(document, path, operation) else { return };
        let route_key = key.to_string();
        if let Some(first) = self.seen.insert(route_key.clone(), operation.at) {
            let message = format!("the route '{route_key}' stands twice");
            let hint = format!("the first is at line {}", first.line);
            document.report.hinted(operation.at, message, Some(hint));
            return;
        }
        let (operation_name, integration) = operation::read(document, operation, &key);
        self.all.push(DesiredRoute { route_key, operation_name, integration });
    }
}

/// The key of an operation's route. AWS's exports write the default route as the path `/$default`
/// with an any-method that says `isDefaultRoute`.
fn route_key(document: &mut Document<'_>, path: &Member, operation: &Member) -> Option<RouteKey> {
    let report = &mut document.report;
    let any = operation.name == ANY_METHOD;
    let flag = operation.value.get("isDefaultRoute").and_then(|flag| flag.value.boolean());
    if matches!(path.name.as_str(), "$default" | "/$default") || flag == Some(true) {
        if !any {
            let message = format!("the default route takes '{ANY_METHOD}' only");
            report.problem(operation.at, message);
            return None;
        }
        return Some(RouteKey::Default);
    }
    let method = if any { "ANY".to_owned() } else { operation.name.to_ascii_uppercase() };
    let error = match RouteKey::parse(&format!("{method} {}", path.name)) {
        Ok(key) => return Some(key),
        Err(error) => error,
    };
    // A path is told once, a method where it stands.
    let at = if matches!(error, RouteKeyError::Method(_)) { operation.at } else { path.at };
    let hint = match &error {
        RouteKeyError::Method(_) => Some(format!("'{ANY_METHOD}' takes every method")),
        RouteKeyError::Form => Some(format!("a path begins with /: '/{}'", path.name)),
        RouteKeyError::Part if path.name.ends_with('/') => {
            Some(format!("remove the closing slash: '{}'", path.name.trim_end_matches('/')))
        }
        RouteKeyError::Part => path.name.split('/').find_map(|part| {
            closest(part, ["$default"]).map(|meant| format!("did you mean '/{meant}'?"))
        }),
        _ => None,
    };
    let message = format!("'{}': {error}", path.name);
    if !report.problems.iter().any(|told| told.message == message) {
        report.hinted(at, message, hint);
    }
    None
}
