//! OpenAPI 3.0 and 3.1 with AWS's extensions, as apigatewayv2 imports it (spec section 5).

mod cors;
mod extensions;
mod info;
mod integration;
mod operation;
mod paths;
mod security;

use ringgate_model::limits::ROUTES_PER_API_MAX;

use crate::limits::DOCUMENT_BYTES_MAX;
use crate::node::{Fault, Member, Node, Place};
use crate::report::Report;
use crate::{Desired, Problem, json, yaml};

use extensions::Place as Site;

/// A document that can be applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What it wants.
    pub desired: Desired,
    /// What its author should know all the same: parts without effect.
    pub notes: Vec<Problem>,
}

/// Reads an OpenAPI document, JSON or YAML. `file` names it in what is told.
///
/// # Errors
/// Every problem found, in the order of the document; nothing of a document with a problem is to be
/// applied.
pub fn read(text: &str, file: &str) -> Result<Reading, Vec<Problem>> {
    let root = match parse(text, file) {
        Ok(root) => root,
        Err(Fault { at, message }) => {
            let mut report = Report::new(file);
            report.problem(at, message);
            return Err(report.problems);
        }
    };
    let mut document = Document { root: &root, report: Report::new(file) };
    let desired = document.read();
    let Report { mut problems, notes, .. } = document.report;
    if problems.is_empty() {
        return Ok(Reading { desired, notes });
    }
    problems.sort_by_key(|problem| (problem.line, problem.column));
    Err(problems)
}

fn parse(text: &str, file: &str) -> Result<Node, Fault> {
    if text.len() > DOCUMENT_BYTES_MAX {
        let at = Place { line: 1, column: 1 };
        return Err(Fault { at, message: format!("larger than {DOCUMENT_BYTES_MAX} bytes") });
    }
    let looks_like_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    if !looks_like_json {
        return yaml::read(text);
    }
    let as_json = json::read(text);
    let named_yaml = file.ends_with(".yaml") || file.ends_with(".yml");
    // YAML may begin with a brace too.
    if as_json.is_err() && named_yaml { yaml::read(text) } else { as_json }
}

/// A document while it is read: the root for references, and what there is to tell.
struct Document<'d> {
    root: &'d Node,
    report: Report,
}

const ROOT_MEMBERS: [&str; 10] = [
    "openapi",
    "info",
    "servers",
    "paths",
    "components",
    "security",
    "tags",
    "externalDocs",
    "webhooks",
    "jsonSchemaDialect",
];

impl<'d> Document<'d> {
    fn read(&mut self) -> Desired {
        let mut desired = Desired::default();
        let root = self.root;
        if root.members().is_none() {
            let message = format!("expected an OpenAPI document, found {}", root.what());
            self.report.problem(root.at, message);
            return desired;
        }
        if !self.version() {
            return desired;
        }
        for member in root.members().unwrap_or_default() {
            match member.name.as_str() {
                "info" => info::read(self, member, &mut desired),
                "paths" => desired.routes = paths::read(self, member),
                "tags" => desired.tags = info::tags(self, member),
                "servers" => self.servers(member),
                "components" => self.components(member),
                "x-amazon-apigateway-cors" => desired.cors = cors::read(&mut self.report, member),
                extensions::ENDPOINT_CONFIGURATION => {
                    desired.disable_execute_api_endpoint = info::endpoint(self, member);
                }
                name if name.starts_with("x-") => {
                    extensions::check(&mut self.report, member, Site::Root);
                }
                name if ROOT_MEMBERS.contains(&name) => {}
                _ => self.report.unknown(member, "an OpenAPI document", ROOT_MEMBERS),
            }
        }
        for required in ["info", "paths"] {
            if root.get(required).is_none() {
                self.report.problem(root.at, format!("the document has no '{required}'"));
            }
        }
        if desired.routes.len() > ROUTES_PER_API_MAX {
            let message = format!(
                "{} routes, an HTTP API has at most {ROUTES_PER_API_MAX}",
                desired.routes.len()
            );
            self.report.problem(root.get("paths").map_or(root.at, |paths| paths.at), message);
        }
        desired
    }

    /// True where the document says it is of a version that is read here.
    fn version(&mut self) -> bool {
        if let Some(swagger) = self.root.get("swagger") {
            let message = "Swagger 2.0 describes REST APIs only; HTTP APIs take OpenAPI 3.0 or 3.1";
            let hint = "convert it, or write openapi: 3.0.3".to_owned();
            self.report.hinted(swagger.at, message, Some(hint));
            return false;
        }
        let Some(member) = self.root.get("openapi") else {
            let message = "no OpenAPI document: the member 'openapi' is missing";
            let hint = Some("it begins with openapi: 3.0.3".to_owned());
            self.report.hinted(self.root.at, message, hint);
            return false;
        };
        let version = self.report.text(member, "a version like 3.0.3").unwrap_or_default();
        let known = ["3.0", "3.1"].iter().any(|known| {
            version.strip_prefix(known).is_some_and(|r| r.is_empty() || r.starts_with('.'))
        });
        if !known && member.value.text().is_some() {
            let message = format!("OpenAPI {version} is not known, expected 3.0 or 3.1");
            self.report.problem(member.value.at, message);
        }
        known
    }

    fn servers(&mut self, member: &Member) {
        let message = "'servers' has no effect: the gateway's own addresses serve this API";
        self.report.note(member.at, message, None);
    }

    fn components(&mut self, member: &'d Member) {
        for part in self.report.members(&member.value, "components") {
            match part.name.as_str() {
                extensions::INTEGRATIONS => {
                    // Each is read where a route refers to it; here only its shape is checked.
                    for shared in self.report.members(&part.value, &part.name) {
                        self.report.members(&shared.value, &shared.name);
                    }
                }
                name if name.starts_with("x-") => {
                    extensions::check(&mut self.report, part, Site::Components);
                }
                _ => {}
            }
        }
    }

    /// The node that `#/a/b` names.
    fn resolve(&self, reference: &str) -> Option<&'d Node> {
        let path = reference.strip_prefix("#/")?;
        path.split('/').try_fold(self.root, |node, part| {
            // RFC 6901 section 4: ~1 first, then ~0.
            let name = part.replace("~1", "/").replace("~0", "~");
            node.get(&name).map(|member| &member.value)
        })
    }
}
