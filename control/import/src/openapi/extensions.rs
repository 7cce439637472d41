//! Every `x-amazon-apigateway-*` name that AWS documents, and what becomes of it here.

use crate::node::Member;
use crate::report::Report;

pub(crate) const ANY_METHOD: &str = "x-amazon-apigateway-any-method";
pub(crate) const CORS: &str = "x-amazon-apigateway-cors";
pub(crate) const ENDPOINT_CONFIGURATION: &str = "x-amazon-apigateway-endpoint-configuration";
pub(crate) const INTEGRATION: &str = "x-amazon-apigateway-integration";
pub(crate) const INTEGRATIONS: &str = "x-amazon-apigateway-integrations";
pub(crate) const TAG_VALUE: &str = "x-amazon-apigateway-tag-value";
pub(crate) const VERSION: &str = "x-amazon-apigateway-importexport-version";
pub(crate) const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";
pub(crate) const AUTH: &str = "x-amazon-apigateway-auth";
pub(crate) const AUTHTYPE: &str = "x-amazon-apigateway-authtype";

/// Where in a document a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    Components,
    Path,
    Operation,
    Scheme,
    Tag,
}

impl Place {
    fn describe(self) -> &'static str {
        match self {
            Self::Root => "at the top of the document",
            Self::Components => "under components",
            Self::Path => "in a path",
            Self::Operation => "in an operation",
            Self::Scheme => "in a security scheme",
            Self::Tag => "in a tag",
        }
    }
}

enum Fate {
    /// Read by name where it may stand.
    Read(Place),
    /// Says nothing about traffic.
    Quiet,
    /// AWS has it for REST APIs only.
    RestOnly,
}

const KNOWN: [(&str, Fate); 20] = [
    (ANY_METHOD, Fate::Read(Place::Path)),
    (CORS, Fate::Read(Place::Root)),
    (ENDPOINT_CONFIGURATION, Fate::Read(Place::Root)),
    (INTEGRATION, Fate::Read(Place::Operation)),
    (INTEGRATIONS, Fate::Read(Place::Components)),
    (TAG_VALUE, Fate::Read(Place::Tag)),
    ("x-amazon-apigateway-documentation", Fate::Quiet),
    (VERSION, Fate::Quiet),
    (AUTHORIZER, Fate::Read(Place::Scheme)),
    (AUTHTYPE, Fate::Read(Place::Scheme)),
    (AUTH, Fate::Read(Place::Operation)),
    ("x-amazon-apigateway-api-key-source", Fate::RestOnly),
    ("x-amazon-apigateway-binary-media-types", Fate::RestOnly),
    ("x-amazon-apigateway-endpoint-access-mode", Fate::RestOnly),
    ("x-amazon-apigateway-gateway-responses", Fate::RestOnly),
    ("x-amazon-apigateway-minimum-compression-size", Fate::RestOnly),
    ("x-amazon-apigateway-policy", Fate::RestOnly),
    ("x-amazon-apigateway-request-validator", Fate::RestOnly),
    ("x-amazon-apigateway-request-validators", Fate::RestOnly),
    ("x-amazon-apigateway-security-policy", Fate::RestOnly),
];

/// Judges an extension that nothing at this place reads: a warning. Extensions of others pass.
pub(super) fn check(report: &mut Report, member: &Member, site: Place) {
    let name = member.name.as_str();
    let amazon = name.to_ascii_lowercase().starts_with("x-amazon-");
    match KNOWN.iter().find(|(known, _)| *known == name).map(|(_, fate)| fate) {
        Some(Fate::Quiet) => {}
        Some(Fate::Read(place)) => {
            let hint = format!("it stands {}", place.describe());
            let message = format!("'{name}' cannot stand {}", site.describe());
            report.warning(member.at, message, Some(hint));
        }
        Some(Fate::RestOnly) => {
            let message = format!("'{name}' is for REST APIs; an HTTP API has no such thing");
            report.warning(member.at, message, Some("remove it".to_owned()));
        }
        None if amazon => report.unknown(member, "AWS", KNOWN.iter().map(|(known, _)| *known)),
        None => {}
    }
}
