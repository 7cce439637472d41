use std::collections::BTreeMap;

use ringgate_model::{RouteKey, RouteKeyError, closest};

use crate::DesiredRoute;
use crate::node::{Member, Node, Place as At};

use super::extensions::{self, ANY_METHOD, Place};
use super::{Document, operation};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const PATH_MEMBERS: [&str; 4] = ["summary", "description", "servers", "parameters"];

/// `paths`: a route for each operation.
pub(super) fn read<'d>(document: &mut Document<'d>, paths: &'d Member) -> Vec<DesiredRoute> {
    let mut routes = Routes::default();
    for path in document.report.members(&paths.value, "paths") {
        if path.name.starts_with("x-") {
            extensions::check(&mut document.report, path, Place::Path);
            continue;
        }
        routes.item(document, path, &path.value);
        // Beside a reference OpenAPI leaves open what holds; here both do.
        if path.value.get("$ref").is_some()
            && let Some(item) = document.follow(&path.value)
        {
            routes.item(document, path, item);
        }
        if routes.all.len() > document.report.limits.routes_per_api {
            let message = format!(
                "more than {} routes, an API has no more",
                document.report.limits.routes_per_api
            );
            document.report.problem(paths.at, message);
            break;
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
    /// What stands in a path.
    fn item(&mut self, document: &mut Document<'_>, path: &Member, item: &Node) {
        for member in document.report.members(item, &path.name) {
            let name = member.name.as_str();
            if METHODS.contains(&name) || name == ANY_METHOD {
                self.operation(document, path, member);
            } else if name.starts_with("x-") {
                extensions::check(&mut document.report, member, Place::Path);
            } else if name != "$ref" && !PATH_MEMBERS.contains(&name) {
                let known = METHODS.into_iter().chain(PATH_MEMBERS).chain([ANY_METHOD]);
                document.report.unknown(member, "a path", known);
            }
        }
    }

    fn operation(&mut self, document: &mut Document<'_>, path: &Member, operation: &Member) {
        let Some(key) = route_key(document, path, operation) else { return };
        let route_key = key.to_string();
        if let Some(first) = self.seen.insert(route_key.clone(), operation.at) {
            let message = format!("the route '{route_key}' stands twice");
            let hint = format!("the first is at line {}", first.line);
            document.report.hinted(operation.at, message, Some(hint));
            return;
        }
        self.all.push(operation::read(document, operation, &key));
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
    // The base path of `/` is the base path itself: no route ends in a slash but that one.
    let whole = match (document.prefix.as_str(), path.name.as_str()) {
        ("", own) => own.to_owned(),
        (prefix, "/") => prefix.to_owned(),
        (prefix, own) => format!("{prefix}{own}"),
    };
    let error = match RouteKey::parse(&format!("{method} {whole}")) {
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
