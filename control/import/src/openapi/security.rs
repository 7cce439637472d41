use crate::node::{Kind, Member};

use super::Document;
use super::extensions::{AUTHORIZER, AUTHTYPE};

/// `security` of an operation, or of the document for the operations without their own.
///
/// A scheme with an authorizer would be enforced by AWS, so it cannot pass unheard here; one
/// without is for the backend to check, and AWS leaves it to the backend too.
pub(super) fn check(document: &mut Document<'_>, security: &Member) {
    let Kind::List(alternatives) = &security.value.kind else {
        document.report.mismatch(&security.value, "security", "a list");
        return;
    };
    for alternative in alternatives {
        for requirement in document.report.members(alternative, "security") {
            scheme(document, requirement);
        }
    }
}

fn scheme(document: &mut Document<'_>, requirement: &Member) {
    let name = &requirement.name;
    let schemes = document.resolve("#/components/securitySchemes");
    let Some(scheme) = schemes.and_then(|schemes| schemes.get(name)) else {
        let known = schemes.and_then(|schemes| schemes.members()).unwrap_or_default();
        let hint = crate::report::closest(name, known.iter().map(|known| known.name.as_str()))
            .map(|meant| format!("did you mean '{meant}'?"));
        let message = format!("components.securitySchemes has no '{name}'");
        document.report.hinted(requirement.at, message, hint);
        return;
    };
    let enforced = [AUTHORIZER, AUTHTYPE].iter().find(|key| scheme.value.get(key).is_some());
    match enforced {
        Some(extension) => {
            let message = format!(
                "the security scheme '{name}' has an {extension}: authorizers are not supported \
                 by Ringgate yet"
            );
            let hint = "without one the route would be open to everyone".to_owned();
            document.report.hinted(requirement.at, message, Some(hint));
        }
        None => {
            let message = format!(
                "the security scheme '{name}' has no {AUTHORIZER}: the gateway lets every request \
                 through and the backend must check it"
            );
            if !document.report.notes.iter().any(|note| note.message == message) {
                document.report.note(requirement.at, message, None);
            }
        }
    }
}
