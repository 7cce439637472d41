//! OpenAPI 3.0 and 3.1 with AWS's extensions, as apigatewayv2 imports it (spec section 5).

mod authorizer;
mod cors;
pub(crate) mod extensions;
mod info;
mod integration;
mod operation;
mod paths;
mod security;
mod servers;

use ringgate_model::Limits;

use crate::limits::{DEPTH_MAX, REFERENCE_HOPS_MAX, REFERENCED_BYTES_MAX};
use crate::node::{Fault, Member, Node, Place};
use crate::report::Report;
use crate::{Desired, Problem, json, yaml};

use extensions::Place as Site;
use security::{Schemes, Security};

/// A document that can be applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What it wants.
    pub desired: Desired,
    /// What is left out of that: names nobody knows, and what only other kinds of APIs have.
    pub warnings: Vec<Problem>,
    /// What its author should know all the same: parts without effect.
    pub notes: Vec<Problem>,
}

/// What becomes of the path of the first server: `basepath` of ImportApi.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BasePath {
    /// Nothing.
    #[default]
    Ignore,
    /// The path of every route begins with it.
    Prepend,
    /// The same without its first part, which is a stage's name.
    Split,
}

/// How a document is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// What becomes of the path of the first server.
    pub base_path: BasePath,
    /// What it may ask for.
    pub limits: Limits,
}

/// Reads an OpenAPI document, JSON or YAML, in which nothing may be left out. `file` names it in
/// what is told.
///
/// # Errors
/// Every problem found, warnings among them, in the order of the document; nothing of a document
/// with a problem is to be applied.
pub fn read(text: &str, file: &str, options: Options) -> Result<Reading, Vec<Problem>> {
    let (desired, report) = read_whole(text, file, options)?;
    let Report { mut problems, warnings, notes, .. } = report;
    problems.extend(warnings);
    refused(problems)?;
    Ok(Reading { desired, warnings: Vec::new(), notes })
}

/// The same as AWS imports it: what is unknown, or not for HTTP APIs, is left out with a warning.
///
/// # Errors
/// Every problem found, in the order of the document.
pub fn import(text: &str, file: &str, options: Options) -> Result<Reading, Vec<Problem>> {
    let (desired, report) = read_whole(text, file, options)?;
    let Report { problems, mut warnings, mut notes, .. } = report;
    refused(problems)?;
    warnings.sort_by_key(|warning| (warning.line, warning.column));
    notes.sort_by_key(|note| (note.line, note.column));
    Ok(Reading { desired, warnings, notes })
}

fn refused(mut problems: Vec<Problem>) -> Result<(), Vec<Problem>> {
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems.truncate(crate::limits::PROBLEMS_MAX);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn read_whole(text: &str, file: &str, options: Options) -> Result<(Desired, Report), Vec<Problem>> {
    let mut report = Report::new(file, options.limits);
    let root = match parse(text, file, options.limits.management_body_bytes) {
        Ok(root) => root,
        Err(Fault { at, message }) => {
            report.problem(at, message);
            return Err(report.problems);
        }
    };
    let mut document = Document {
        root: &root,
        report,
        base_path: options.base_path,
        prefix: String::new(),
        schemes: Schemes::new(),
        security: None,
        referenced_bytes_left: REFERENCED_BYTES_MAX,
    };
    let desired = document.read();
    Ok((desired, document.report))
}

fn parse(text: &str, file: &str, bytes_max: usize) -> Result<Node, Fault> {
    if text.len() > bytes_max {
        let at = Place { line: 1, column: 1 };
        return Err(Fault { at, message: format!("larger than {bytes_max} bytes") });
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
    base_path: BasePath,
    /// What the paths of the routes begin with.
    prefix: String,
    schemes: Schemes<'d>,
    /// Who may call the routes that do not say so themselves.
    security: Option<Security>,
    referenced_bytes_left: usize,
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
        // What routes are read with comes first, wherever it stands.
        (self.schemes, desired.authorizers) = security::schemes(self);
        if let Some(member) = root.get("security") {
            self.security = security::read(self, member);
        }
        if let Some(member) = root.get("servers") {
            self.prefix = servers::prefix(self, member);
        }
        for member in root.members().unwrap_or_default() {
            match member.name.as_str() {
                "info" => info::read(self, member, &mut desired),
                "paths" => desired.routes = paths::read(self, member),
                "tags" => desired.tags = info::tags(self, member),
                "components" => self.components(member),
                "x-amazon-apigateway-cors" => desired.cors = cors::read(&mut self.report, member),
                extensions::ENDPOINT_CONFIGURATION => info::endpoint(self, member, &mut desired),
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

    fn components(&mut self, member: &'d Member) {
        for part in self.report.members(&member.value, "components") {
            match part.name.as_str() {
                extensions::INTEGRATIONS => {
                    // Each is read where a route refers to it; here only its shape is checked.
                    for shared in self.report.members(&part.value, &part.name) {
                        self.report.members(&shared.value, &shared.name);
                    }
                }
                // As on AWS: HTTP APIs have no models and check no content.
                "schemas" => {
                    let message = "'schemas' has no effect: an HTTP API has no models";
                    self.report.note(part.at, message, None);
                }
                name if name.starts_with("x-") => {
                    extensions::check(&mut self.report, part, Site::Components);
                }
                _ => {}
            }
        }
    }

    /// The node that `#/a/b` names.
    fn resolve(&mut self, reference: &str) -> Option<&'d Node> {
        let path = reference.strip_prefix("#/")?;
        path.split('/').try_fold(self.root, |node, part| {
            // Names are looked for one by one.
            let names = node.members().map_or(0, <[Member]>::len);
            self.referenced_bytes_left = self.referenced_bytes_left.checked_sub(names)?;
            // RFC 6901 section 4: ~1 first, then ~0.
            let name = part.replace("~1", "/").replace("~0", "~");
            node.get(&name).map(|member| &member.value)
        })
    }

    /// The node itself, or the one that its `$ref` leads to; none: nowhere, and that is told.
    fn follow(&mut self, node: &'d Node) -> Option<&'d Node> {
        let mut found = node;
        for _ in 0..REFERENCE_HOPS_MAX {
            let Some(reference) = found.get("$ref") else { return Some(found) };
            let path = self.report.text(reference, "a reference")?;
            let Some(next) = self.resolve(path) else {
                let message = format!("'{path}' names nothing in this document");
                let hint = Some("a reference is like #/components/…".to_owned());
                self.report.hinted(reference.value.at, message, hint);
                return None;
            };
            if !self.charge(reference.value.at, next) {
                return None;
            }
            found = next;
        }
        let message = format!("this reference leads on over more than {REFERENCE_HOPS_MAX} others");
        self.report.problem(node.at, message);
        None
    }

    /// Counts what a reference leads to; false where all of them together lead through too much.
    fn charge(&mut self, at: Place, node: &Node) -> bool {
        let left = self.referenced_bytes_left;
        let bytes = node.bytes(left, DEPTH_MAX + 1);
        self.referenced_bytes_left =
            bytes.and_then(|bytes| left.checked_sub(bytes)).unwrap_or_default();
        let within = self.referenced_bytes_left > 0;
        if !within {
            self.report.problem(at, "the references of this document grow past every bound");
        }
        within
    }
}
