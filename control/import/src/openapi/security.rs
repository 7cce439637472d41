use std::collections::BTreeMap;

use ringgate_model::{AuthorizationType, Authorizer, AuthorizerType, closest};

use crate::limits::PROBLEMS_MAX;
use crate::node::{Kind, Member};

use super::extensions::{self, AUTHORIZER, AUTHTYPE};
use super::{Document, authorizer};

/// The value of `x-amazon-apigateway-authtype` that means IAM.
const SIGV4: &str = "awsSigv4";

/// Who may call a route.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Security {
    pub(super) authorization_type: AuthorizationType,
    pub(super) authorizer_name: Option<String>,
    pub(super) scopes: Option<Vec<String>>,
}

/// Who checks what a security scheme asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scheme {
    Authorizer(AuthorizerType),
    Iam,
    Backend,
    /// What it says is wrong, and told.
    Broken,
}

pub(super) type Schemes<'d> = BTreeMap<&'d str, Scheme>;

/// `components.securitySchemes`; those with an authorizer become authorizers of the same name,
/// whether a route asks them or not.
pub(super) fn schemes<'d>(document: &mut Document<'d>) -> (Schemes<'d>, Vec<Authorizer>) {
    let (mut schemes, mut authorizers) = (Schemes::new(), Vec::new());
    let components = document.root.get("components");
    let Some(member) = components.and_then(|components| components.value.get("securitySchemes"))
    else {
        return (schemes, authorizers);
    };
    for member in document.report.members(&member.value, "securitySchemes") {
        let Some(node) = document.follow(&member.value) else {
            schemes.insert(&member.name, Scheme::Broken);
            continue;
        };
        let report = &mut document.report;
        let mut scheme = Scheme::Backend;
        for part in report.members(node, &member.name) {
            match part.name.as_str() {
                AUTHORIZER => {
                    let read = authorizer::read(report, &member.name, part);
                    scheme = match &read {
                        Some(read) => Scheme::Authorizer(read.authorizer_type),
                        None => Scheme::Broken,
                    };
                    authorizers.extend(read);
                }
                AUTHTYPE if part.value.text() == Some(SIGV4) => scheme = Scheme::Iam,
                // Any other word names what the authorizer beside it does.
                AUTHTYPE => drop(report.text(part, SIGV4)),
                name if name.starts_with("x-") => {
                    extensions::check(report, part, extensions::Place::Scheme);
                }
                _ => {}
            }
        }
        schemes.insert(&member.name, scheme);
    }
    (schemes, authorizers)
}

/// `security` of an operation, or of the document for the operations without their own.
///
/// A route of an HTTP API asks one authorizer. What a document says beyond that is told, and the
/// narrower reading is taken: none of it opens a route. None: nothing that concerns the gateway.
pub(super) fn read(document: &mut Document<'_>, security: &Member) -> Option<Security> {
    let Kind::List(alternatives) = &security.value.kind else {
        document.report.mismatch(&security.value, "security", "a list");
        return None;
    };
    if alternatives.is_empty() {
        return Some(Security::default());
    }
    let mut wanted: Option<(&str, Security)> = None;
    let mut optional = None;
    for alternative in alternatives {
        let requirements = document.report.members(alternative, "security");
        if requirements.is_empty() {
            optional = Some(alternative.at);
        }
        for requirement in requirements {
            let Some(found) = asked(document, requirement) else { continue };
            match &wanted {
                None => wanted = Some((&requirement.name, found)),
                Some((first, _)) => {
                    let message = format!(
                        "a route of an HTTP API asks one authorizer: '{first}', not '{}' too",
                        requirement.name
                    );
                    document.report.warning(requirement.at, message, None);
                }
            }
        }
    }
    let Some((name, wanted)) = wanted else { return optional.map(|_| Security::default()) };
    if let Some(at) = optional {
        let message = format!("'{name}' cannot be left to the client: every request must pass it");
        document.report.warning(at, message, None);
    }
    Some(wanted)
}

/// What the gateway checks for a requirement; none: nothing.
fn asked(document: &mut Document<'_>, requirement: &Member) -> Option<Security> {
    let name = requirement.name.as_str();
    let scopes = document.report.texts(requirement)?;
    let Some(scheme) = document.schemes.get(name).copied() else {
        unknown(document, requirement);
        return None;
    };
    let (authorization_type, authorizer_name) = match scheme {
        Scheme::Authorizer(AuthorizerType::Jwt) => (AuthorizationType::Jwt, Some(name.to_owned())),
        Scheme::Authorizer(AuthorizerType::Request) => {
            (AuthorizationType::Custom, Some(name.to_owned()))
        }
        Scheme::Iam => (AuthorizationType::AwsIam, None),
        Scheme::Broken => return None,
        Scheme::Backend => {
            left_to_backend(document, requirement);
            return None;
        }
    };
    let scopes = Some(scopes).filter(|scopes| !scopes.is_empty());
    if scopes.is_some() && authorization_type != AuthorizationType::Jwt {
        let message = format!("'{name}' has no scopes: only a JWT authorizer looks at them");
        document.report.warning(requirement.at, message, None);
        return Some(Security { authorization_type, authorizer_name, scopes: None });
    }
    let scopes_max = document.report.limits.scopes_per_route;
    if scopes.as_ref().is_some_and(|scopes| scopes.len() > scopes_max) {
        // Told here, before each route without a `security` of its own takes a copy.
        let message = format!("'{name}': a route asks for at most {scopes_max} scopes");
        document.report.problem(requirement.value.at, message);
        return Some(Security { authorization_type, authorizer_name, scopes: None });
    }
    Some(Security { authorization_type, authorizer_name, scopes })
}

fn unknown(document: &mut Document<'_>, requirement: &Member) {
    if document.report.problems.len() < PROBLEMS_MAX {
        let name = &requirement.name;
        let hint = closest(name, document.schemes.keys().copied());
        let hint = hint.map(|meant| format!("did you mean '{meant}'?"));
        let message = format!("components.securitySchemes has no '{name}'");
        document.report.hinted(requirement.at, message, hint);
    }
}

/// AWS leaves such a scheme to the backend too.
fn left_to_backend(document: &mut Document<'_>, requirement: &Member) {
    let message = format!(
        "the security scheme '{}' has no {AUTHORIZER}: the gateway lets every request through and \
         the backend must check it",
        requirement.name
    );
    if !document.report.notes.iter().any(|note| note.message == message) {
        document.report.note(requirement.at, message, None);
    }
}

/// `x-amazon-apigateway-auth` of an operation: IAM, or nobody is asked. It wins over `security`.
pub(super) fn auth(document: &mut Document<'_>, member: &Member) -> Option<Security> {
    let report = &mut document.report;
    let mut kind = None;
    for part in report.members(&member.value, &member.name) {
        if part.name != "type" {
            report.unknown(part, &member.name, ["type"]);
            continue;
        }
        let text = report.text(part, "NONE or AWS_IAM")?;
        kind = match text.to_ascii_uppercase().as_str() {
            "NONE" => Some(AuthorizationType::None),
            "AWS_IAM" => Some(AuthorizationType::AwsIam),
            _ => {
                let message = format!("'{text}' is no type, expected NONE or AWS_IAM");
                report.problem(part.value.at, message);
                None
            }
        };
    }
    Some(Security { authorization_type: kind?, ..Security::default() })
}
