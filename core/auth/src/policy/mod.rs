//! IAM policies: read once, asked for every request ("IAM JSON policy elements reference" and
//! "Policy evaluation logic", IAM user guide).
//!
//! [`Policy::read`] checks a document and makes it ready; [`Policy::evaluate`] answers for one
//! request, [`evaluate_all`] for several policies of one kind, and [`combine()`] gives the verdict
//! on an API's request. A policy goes into a table by serde. Session policies are asked like any
//! other, and must allow as well; service and resource control policies and permissions boundaries
//! have no place here: nothing of ours makes them.

mod combine;
mod condition;
mod context;
mod document;
mod error;
mod evaluate;
mod execute_api;
mod glob;
pub mod limits;
mod matching;
mod message;
mod pattern;
mod principal;
mod statement;
mod variable;

use serde::{Deserialize, Serialize};

pub use combine::{Authorization, Source, Verdict, before_authorizer, combine};
pub use context::{Context, Found, Pairs, Value};
pub use error::PolicyError;
pub use evaluate::{Decision, Evaluation, Request, StatementAt, evaluate_all};
pub use execute_api::{
    ApiArn, CONNECTION, INVALIDATE_CACHE, INVOKE, MANAGE_CONNECTIONS, rest_path,
};
pub use message::connection_message;
pub use principal::{AwsCaller, Caller};

use error::{Place, quoted};
use limits::{
    AUTHORIZER_POLICY_BYTES_MAX, RESOURCE_POLICY_BYTES_MAX, STATEMENTS_MAX, TRUST_POLICY_BYTES_MAX,
    WHITE_SPACE_FACTOR_MAX,
};
use statement::Statement;

/// What a statement does to the requests it speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Lets them in, unless another denies.
    Allow,
    /// Keeps them out.
    Deny,
}

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A user, group or role: no statement names a principal.
    Identity,
    /// What is called: every statement names principals.
    Resource,
    /// The role that it lies on: statements name principals and actions of STS, and no resource.
    Trust,
}

/// By which rules a document is read.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    kind: Kind,
    bytes_max: usize,
    api: Option<&'a ApiArn<'a>>,
}

impl<'a> Rules<'a> {
    /// Those of an API's resource policy; `execute-api:/stage/GET/path` is short for its ARNs.
    pub const fn resource_based(api: &'a ApiArn<'a>) -> Self {
        Self { kind: Kind::Resource, bytes_max: RESOURCE_POLICY_BYTES_MAX, api: Some(api) }
    }

    /// Those of the policy of what is called and is no API: of a Lambda function, for one.
    pub const fn of_resource(bytes_max: usize) -> Self {
        Self { kind: Kind::Resource, bytes_max, api: None }
    }

    /// Those of a policy of a user, group or role, with the limit for it from [`limits`].
    pub const fn identity_based(bytes_max: usize) -> Self {
        Self { kind: Kind::Identity, bytes_max, api: None }
    }

    /// Those of the policy that says who may assume a role.
    pub const fn trust() -> Self {
        Self { kind: Kind::Trust, bytes_max: TRUST_POLICY_BYTES_MAX, api: None }
    }

    /// Those of a policy that a Lambda authorizer returns.
    pub const fn authorizer() -> Self {
        Self::identity_based(AUTHORIZER_POLICY_BYTES_MAX)
    }

    /// A resource policy counts as it stands; for IAM's own quotas white space counts not.
    fn check_size(&self, text: &str) -> Result<(), PolicyError> {
        let bytes = match self.kind {
            Kind::Resource => text.len(),
            Kind::Identity | Kind::Trust => counted_bytes(text),
        };
        let whole_max = self.bytes_max.saturating_mul(WHITE_SPACE_FACTOR_MAX);
        if bytes > self.bytes_max || text.len() > whole_max {
            let (max, found) = (self.bytes_max, text.len());
            return Err(PolicyError::whole(format!(
                "expected a document of at most {max} bytes, found {found}"
            )));
        }
        Ok(())
    }
}

/// The length of a document as IAM's quotas count it: white space not.
pub fn counted_bytes(text: &str) -> usize {
    text.bytes().filter(|byte| !byte.is_ascii_whitespace()).count()
}

/// A policy that can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    statements: Vec<Statement>,
}

/// With this version policy variables mean something; with the other they are text.
const VERSION: &str = "2012-10-17";
const VERSION_WITHOUT_VARIABLES: &str = "2008-10-17";

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// The first thing in it that is not as a policy has it, with its place.
    pub fn read(text: &str, rules: &Rules<'_>) -> Result<Self, PolicyError> {
        const MEMBERS: [&str; 3] = ["Version", "Id", "Statement"];
        rules.check_size(text)?;
        let (document, root) = (document::read(text)?, Place::Root);
        let (mut version, mut statements) = (VERSION_WITHOUT_VARIABLES, None);
        for (name, node) in document
            .object(&root)
            .map_err(|error| PolicyError {
                message: format!("a policy is a JSON object: {}", error.message),
                ..error
            })?
            .iter()
        {
            let place = root.member(name);
            match name {
                "Version" => version = node.text_at(&place)?,
                "Id" => _ = node.text_at(&place)?,
                "Statement" => statements = Some(node),
                _ => return Err(place.unknown("member of a policy", &MEMBERS)),
            }
        }
        if ![VERSION, VERSION_WITHOUT_VARIABLES].contains(&version) {
            let found = quoted(version);
            return Err(root.member("Version").error(format!(
                "expected {VERSION} or {VERSION_WITHOUT_VARIABLES}, found '{found}'"
            )));
        }
        let place = root.member("Statement");
        let Some(node) = statements else {
            return Err(place.error("expected a statement or a list of them, found nothing"));
        };
        let statements = node
            .each(&place, |node, place| Statement::read(node, version == VERSION, rules, place))?;
        check_statements(&statements, &place)?;
        Ok(Self { statements })
    }

    /// The `Sid` of a statement, from 0, if it has one.
    pub fn sid(&self, statement: usize) -> Option<&str> {
        self.statements.get(statement)?.sid.as_deref()
    }
}

fn check_statements(statements: &[Statement], place: &Place<'_>) -> Result<(), PolicyError> {
    let count = statements.len();
    if count > STATEMENTS_MAX {
        return Err(place.error(format!("expected at most {STATEMENTS_MAX}, found {count}")));
    }
    let mut sids = std::collections::BTreeSet::new();
    for (at, statement) in statements.iter().enumerate() {
        if let Some(sid) = statement.sid.as_deref()
            && !sids.insert(sid)
        {
            let place = place.element(at);
            let sid = quoted(sid);
            return Err(place.member("Sid").error(format!("'{sid}' is another statement's")));
        }
    }
    Ok(())
}
