use super::evaluate::{Decision, Evaluation};

/// How a method finds out who calls, with what the caller's own policies say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// `NONE`
    Open,
    /// `AWS_IAM`: the policies of the user or role that signed.
    Iam {
        /// What they say.
        identity: Evaluation,
        /// Whether caller and API belong to one account.
        same_account: bool,
    },
    /// `CUSTOM`: the policy that the Lambda authorizer returned.
    Lambda {
        /// What it says.
        returned: Evaluation,
    },
    /// `COGNITO_USER_POOLS`, the token being good.
    Cognito,
}

/// The policy that a verdict comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The API's resource policy.
    Resource,
    /// A policy of the user or role that signed.
    Identity,
    /// The policy that the Lambda authorizer returned.
    Authorizer,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Only an Allow lets it in.
    pub decision: Decision,
    /// What decided, and in it the statement. None when nothing did: an open method without a
    /// resource policy, or no statement that speaks of the request.
    pub by: Option<(Source, Evaluation)>,
}

impl Verdict {
    const OPEN: Self = Self { decision: Decision::Allow, by: None };
    const SILENT: Self = Self { decision: Decision::ImplicitDeny, by: None };

    fn of(source: Source, evaluation: Evaluation) -> Self {
        Self { decision: evaluation.decision, by: Some((source, evaluation)) }
    }

    /// True when the request may go on.
    pub fn is_allowed(&self) -> bool {
        self.decision == Decision::Allow
    }
}

/// Whether a Lambda authorizer is spared the call: the verdict, when the resource policy denies
/// outright ("How API Gateway resource policies affect authorization workflow").
pub fn before_authorizer(resource: Option<Evaluation>) -> Option<Verdict> {
    let denied = resource.filter(Evaluation::is_denied);
    denied.map(|resource| Verdict::of(Source::Resource, resource))
}

/// The verdict by the tables of that page. `resource` is what the API's resource policy says, none
/// if it has no such policy (HTTP and WebSocket APIs never have one).
pub fn combine(authorization: Authorization, resource: Option<Evaluation>) -> Verdict {
    match authorization {
        Authorization::Open | Authorization::Cognito => match resource {
            None => Verdict::OPEN,
            Some(resource) if resource.by.is_none() => Verdict::SILENT,
            Some(resource) => Verdict::of(Source::Resource, resource),
        },
        Authorization::Lambda { returned } => either(Source::Authorizer, returned, resource),
        Authorization::Iam { identity, same_account: true } => {
            either(Source::Identity, identity, resource)
        }
        Authorization::Iam { identity, same_account: false } => both(identity, resource),
    }
}

/// Table A: the API's account calls. One Allow is enough.
fn either(source: Source, own: Evaluation, resource: Option<Evaluation>) -> Verdict {
    let resource = resource.unwrap_or(Evaluation::SILENT);
    if resource.is_denied() {
        Verdict::of(Source::Resource, resource)
    } else if own.decision != Decision::ImplicitDeny {
        Verdict::of(source, own)
    } else if resource.is_allowed() && !resource.delegated {
        Verdict::of(Source::Resource, resource)
    } else {
        Verdict::SILENT
    }
}

/// Table B: another account calls. Both must allow.
fn both(identity: Evaluation, resource: Option<Evaluation>) -> Verdict {
    let resource = resource.unwrap_or(Evaluation::SILENT);
    if resource.is_denied() {
        Verdict::of(Source::Resource, resource)
    } else if identity.is_denied() {
        Verdict::of(Source::Identity, identity)
    } else if identity.is_allowed() && resource.is_allowed() {
        Verdict::of(Source::Resource, resource)
    } else {
        Verdict::SILENT
    }
}
