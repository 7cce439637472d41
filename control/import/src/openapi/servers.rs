use std::collections::BTreeMap;

use crate::limits::SERVER_URL_BYTES_MAX;
use crate::node::{Kind, Member, Node};

use super::{BasePath, Document};

/// `servers`: what the routes' paths begin with.
///
/// AWS reads the variable `basePath` of OpenAPI 3 documents. Here it is the whole path of the first
/// server, variables at their defaults: the same wherever a document is written as AWS shows it,
/// and the only one that `url: https://example.com/v1` can mean.
pub(super) fn prefix(document: &mut Document<'_>, servers: &Member) -> String {
    let report = &mut document.report;
    let Kind::List(servers_listed) = &servers.value.kind else {
        report.mismatch(&servers.value, "servers", "a list");
        return String::new();
    };
    if document.base_path == BasePath::Ignore {
        let message = "'servers' has no effect: the gateway's own addresses serve this API";
        report.note(servers.at, message, None);
        return String::new();
    }
    let Some(server) = servers_listed.first() else { return String::new() };
    let Some(url) = server.get("url") else {
        report.problem(server.at, "the server has no 'url'");
        return String::new();
    };
    let text = report.text(url, "a URL").unwrap_or_default();
    let defaults = defaults(document, server);
    let Some(whole) = filled(text, &defaults) else {
        let message = format!("the server's URL has over {SERVER_URL_BYTES_MAX} bytes");
        document.report.problem(url.at, message);
        return String::new();
    };
    let path = path_of(&whole);
    let kept = match document.base_path {
        BasePath::Split => path.split_once('/').map_or("", |(_, rest)| rest),
        _ => path,
    };
    if kept.is_empty() { String::new() } else { format!("/{kept}") }
}

/// The defaults of the server's variables, by name.
fn defaults<'n>(document: &mut Document<'_>, server: &'n Node) -> BTreeMap<&'n str, &'n str> {
    let mut defaults = BTreeMap::new();
    let variables = server.get("variables").and_then(|variables| variables.value.members());
    for variable in variables.unwrap_or_default() {
        let Some(default) = variable.value.get("default") else {
            let message = format!("the variable '{}' has no 'default'", variable.name);
            document.report.problem(variable.at, message);
            continue;
        };
        let Kind::Scalar { text, .. } = &default.value.kind else {
            document.report.mismatch(&default.value, "default", "a text");
            continue;
        };
        defaults.insert(variable.name.as_str(), text.trim_matches('/'));
    }
    defaults
}

/// The URL with its variables filled in, once: a default stands there as it is, whatever it names.
/// None: it is too long.
fn filled(url: &str, defaults: &BTreeMap<&str, &str>) -> Option<String> {
    let (mut whole, mut rest) = (String::new(), url);
    while rest.len() <= SERVER_URL_BYTES_MAX && whole.len() <= SERVER_URL_BYTES_MAX {
        let Some((before, after)) = rest.split_once('{') else {
            whole.push_str(rest);
            break;
        };
        whole.push_str(before);
        let variable = after
            .split_once('}')
            .and_then(|(name, behind)| defaults.get(name).map(|default| (*default, behind)));
        let (filled, behind) = variable.unwrap_or(("{", after));
        whole.push_str(filled);
        rest = behind;
    }
    (rest.len() <= SERVER_URL_BYTES_MAX && whole.len() <= SERVER_URL_BYTES_MAX).then_some(whole)
}

/// The path of an absolute or relative URL, without slashes at its ends.
fn path_of(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => url,
    };
    path.trim_matches('/')
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn paths_of_urls() {
        for (url, path) in [
            ("https://example.com", ""),
            ("https://example.com/", ""),
            ("https://example.com/v1/", "v1"),
            ("https://example.com/v1/x?y#z", "v1/x"),
            ("/v1", "v1"),
            ("", ""),
        ] {
            assert_eq!(path_of(url), path, "{url}");
        }
    }
}
