use std::fmt;

use ringgate_auth::policy::{Caller, Context, INVOKE, Policy, Request, Rules};
use ringgate_lambda::{Consent, Judgement};
use ringgate_observe::{Value, Values, Variable};
use serde_json::{Map, Value as Json};

/// How much larger a policy of many short statements is than its document.
const POLICY_FACTOR: usize = 8;

/// What an authorizer's function said of a caller: one may be asked about several requests.
#[derive(PartialEq)]
pub(crate) struct Verdict {
    judgement: Judged,
    principal_id: Option<String>,
    context: Map<String, Json>,
    /// The members of the context as logs and mappings show them.
    texts: Vec<(String, String)>,
    /// Of the policy's document.
    document_bytes: usize,
}

#[derive(PartialEq)]
enum Judged {
    Simple(bool),
    Policy(Policy),
}

impl Verdict {
    /// Makes what a function said ready to be asked.
    ///
    /// # Errors
    /// Why its policy is none.
    pub(crate) fn new(consent: Consent) -> Result<Self, String> {
        let Consent { judgement, principal_id, context } = consent;
        let (judgement, document_bytes) = match judgement {
            Judgement::Simple(is_authorized) => (Judged::Simple(is_authorized), 0),
            Judgement::Policy(document) => {
                let policy = Policy::read(&document, &Rules::authorizer());
                let policy = policy.map_err(|error| format!("policyDocument: {error}"))?;
                (Judged::Policy(policy), document.len())
            }
        };
        let text = |(name, value): (&String, &Json)| {
            let text = match value {
                Json::String(text) => text.clone(),
                other => other.to_string(),
            };
            (name.clone(), text)
        };
        let texts = context.iter().map(text).collect();
        Ok(Self { judgement, principal_id, context, texts, document_bytes })
    }

    /// Whether the caller may call what `arn` names.
    pub(crate) fn allows(&self, arn: &str, context: &dyn Context) -> bool {
        match &self.judgement {
            Judged::Simple(is_authorized) => *is_authorized,
            Judged::Policy(policy) => {
                let request =
                    Request { caller: Caller::Anonymous, action: INVOKE, resource: arn, context };
                policy.evaluate(&request).is_allowed()
            }
        }
    }

    /// Who the caller is.
    pub(crate) fn principal_id(&self) -> Option<&str> {
        self.principal_id.as_deref()
    }

    /// What integrations are told of it.
    pub(crate) fn context(&self) -> &Map<String, Json> {
        &self.context
    }

    /// About the memory that it takes: the members of the context are there twice, as JSON too.
    pub(crate) fn bytes(&self) -> usize {
        let texts = self.texts.iter().map(|(name, text)| name.len() + text.len());
        let context = texts.sum::<usize>().saturating_mul(4);
        let policy = self.document_bytes.saturating_mul(POLICY_FACTOR);
        size_of::<Self>().saturating_add(context).saturating_add(policy)
    }
}

impl Values for Verdict {
    fn value(&self, variable: Variable, property: &str) -> Value<'_> {
        match variable {
            Variable::AuthorizerPrincipalId => self.principal_id.as_deref().into(),
            Variable::AuthorizerProperty => {
                let mut texts = self.texts.iter();
                let found = texts.find(|(name, _)| name == property);
                found.map(|(_, text)| text.as_str()).into()
            }
            _ => Value::Missing,
        }
    }
}

/// What a function knows of callers is no matter of a log's.
impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verdict").finish_non_exhaustive()
    }
}
