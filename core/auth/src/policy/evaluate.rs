use super::context::Context;
use super::principal::{Caller, Naming};
use super::{Effect, Policy};

/// What is asked of policies.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub caller: Caller<'a>,
    /// `execute-api:Invoke`
    pub action: &'a str,
    /// The ARN of what it is asked for.
    pub resource: &'a str,
    /// What conditions and variables look at.
    pub context: &'a dyn Context,
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("caller", &self.caller)
            .field("action", &self.action)
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}

/// What policies say of a request ("Policy evaluation logic", IAM user guide).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A statement allows it, and none denies it.
    Allow,
    /// No statement speaks of it.
    ImplicitDeny,
    /// A statement denies it.
    ExplicitDeny,
}

/// A decision and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The decision.
    pub decision: Decision,
    /// The statement that decided; none when it was none.
    pub by: Option<StatementAt>,
    /// Allowed only because the caller's account is: that hands the choice to the account, whose
    /// own policies must allow the request too ("AWS account principals").
    pub delegated: bool,
}

/// A statement of several policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementAt {
    /// The number of the policy among those asked, from 0.
    pub policy: usize,
    /// The number of its statement, from 0: [`Policy::sid`] knows its name.
    pub statement: usize,
}

impl Evaluation {
    /// What no statement speaks of.
    pub const SILENT: Self = Self { decision: Decision::ImplicitDeny, by: None, delegated: false };

    /// True for an explicit Deny.
    pub fn is_denied(&self) -> bool {
        self.decision == Decision::ExplicitDeny
    }

    /// True for an Allow, whether or not it leaves the choice to the caller's account.
    pub fn is_allowed(&self) -> bool {
        self.decision == Decision::Allow
    }
}

impl Policy {
    /// What this policy alone says of a request.
    pub fn evaluate(&self, request: &Request<'_>) -> Evaluation {
        evaluate_all([self], request)
    }
}

/// What policies of one kind say together, such as all that are attached to a user and its groups.
/// A Deny anywhere wins over every Allow; of several Allows the first is named, and one that
/// delegates only if there is no other.
pub fn evaluate_all<'p>(
    policies: impl IntoIterator<Item = &'p Policy>,
    request: &Request<'_>,
) -> Evaluation {
    let mut result = Evaluation::SILENT;
    for (at, policy) in policies.into_iter().enumerate() {
        for (statement_at, statement) in policy.statements.iter().enumerate() {
            let by = Some(StatementAt { policy: at, statement: statement_at });
            if statement.effect == Effect::Allow && result.is_allowed() && !result.delegated {
                continue;
            }
            match (statement.applies(request), statement.effect) {
                (Naming::Absent, _) => {}
                (_, Effect::Deny) => {
                    return Evaluation { decision: Decision::ExplicitDeny, by, delegated: false };
                }
                (Naming::ByAccount, Effect::Allow) if result.is_allowed() => {}
                (naming, Effect::Allow) => {
                    let delegated = naming == Naming::ByAccount;
                    result = Evaluation { decision: Decision::Allow, by, delegated };
                }
            }
        }
    }
    result
}
