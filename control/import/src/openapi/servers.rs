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
    let url = report.text(url, "a URL").map(str::to_owned);
    let whole = url.map(|url| filled(document, server, url)).unwrap_or_default();
    let path = path_of(&whole);
    let kept = match document.base_path {
        BasePath::Split => path.split_once('/').map_or("", |(_, rest)| rest),
        _ => path,
    };
    if kept.is_empty() { String::new() } else { format!("/{kept}") }
}

/// The URL with the defaults of its variables.
fn filled(document: &mut Document<'_>, server: &Node, mut url: String) -> String {
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
        url = url.replace(&format!("{{{}}}", variable.name), text.trim_matches('/'));
    }
    url
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
