//! What a refused caller is told: the text of gateway response ACCESS_DENIED.

use super::combine::{Source, Verdict};
use super::evaluate::{Decision, Request};
use super::principal::Caller;

/// A request that the policy of a Lambda authorizer does not allow.
const AUTHORIZER_SILENT: &str = "User is not authorized to access this resource";
/// A request that it denies.
const AUTHORIZER_DENY: &str = "User is not authorized to access this resource with an explicit \
                               deny in an identity-based policy";
/// The digits of an account that are shown.
const ACCOUNT_DIGITS_SHOWN: usize = 4;

impl Verdict {
    /// The message for a refused request ("troubleshoot HTTP 403 errors", AWS re:Post). It stands
    /// under `Message`, with a capital M. `has_authorizer`: a Lambda authorizer was asked.
    pub fn message(&self, request: &Request<'_>, has_authorizer: bool) -> String {
        let is_explicit = self.decision == Decision::ExplicitDeny;
        let by_resource = matches!(self.by, Some((Source::Resource, _)));
        match (has_authorizer && !by_resource, is_explicit) {
            (true, true) => AUTHORIZER_DENY.to_owned(),
            (true, false) => AUTHORIZER_SILENT.to_owned(),
            (false, true) => format!("{} with an explicit deny", not_authorized(request)),
            (false, false) => not_authorized(request),
        }
    }
}

/// The message for a refused call of the `@connections` API, which only the caller's own policies
/// decide on.
pub fn connection_message(decision: Decision, request: &Request<'_>) -> String {
    let what = not_authorized(request);
    match decision {
        Decision::ExplicitDeny => {
            format!("{what} with an explicit deny in an identity-based policy")
        }
        _ => {
            let action = request.action;
            format!("{what} because no identity-based policy allows the {action} action")
        }
    }
}

fn not_authorized(request: &Request<'_>) -> String {
    let caller = match request.caller {
        Caller::Anonymous => "anonymous",
        Caller::Aws(caller) => caller.arn,
        Caller::Service(name) | Caller::Federated(name) => name,
    };
    let (action, resource) = (request.action, masked(request.resource));
    format!("User: {caller} is not authorized to perform: {action} on resource: {resource}")
}

/// An ARN whose account shows only its last digits: `********3333`.
fn masked(arn: &str) -> String {
    let mut parts = arn.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    if let Some(account) = parts.get_mut(4) {
        let hidden = account.chars().count().saturating_sub(ACCOUNT_DIGITS_SHOWN);
        let shown: String = account.chars().skip(hidden).collect();
        *account = format!("{}{shown}", "*".repeat(hidden));
    }
    parts.join(":")
}
