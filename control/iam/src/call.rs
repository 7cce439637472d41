use ringgate_admin::Store;
use ringgate_model::{Entropy, Timestamp};
use serde_json::Value;

use crate::error::lower_first_all;
use crate::operation::{Invocation, target};
use crate::work::Work;
use crate::{Circumstances, Code, Effect, Error, Iam, Principal, xml};

/// One call, authenticated.
pub struct Call<'a> {
    /// What is asked for.
    pub invocation: &'a Invocation,
    /// Who asks.
    pub caller: &'a Principal,
    /// In which circumstances.
    pub circumstances: &'a Circumstances,
    /// The id that the answer carries.
    pub request_id: &'a str,
    /// The time to write into what is made.
    pub now: Timestamp,
    /// Where ids and secrets come from.
    pub entropy: &'a mut dyn Entropy,
}

impl std::fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} by {}", self.invocation.operation(), self.caller.arn)
    }
}

/// What to answer, and what became of the store.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// XML.
    pub body: String,
    /// Code and message of a refusal.
    pub error: Option<Error>,
    /// What the body says, with its secrets, as the audit log names it; null for nothing, for a
    /// read and for a refusal.
    pub result: Value,
    /// Kind and ARN of what the call was about, where it was about one thing.
    pub resource: Option<(&'static str, String)>,
    /// The store's revision with this change; `None` when nothing was written.
    pub revision: Option<u64>,
}

impl Answer {
    /// The answer to a call that is not carried out.
    pub fn refused(error: Error, namespace: &str, request_id: &str) -> Self {
        Self {
            status: error.code.status(),
            body: error.xml(namespace, request_id),
            error: Some(error),
            result: Value::Null,
            resource: None,
            revision: None,
        }
    }

    /// True when a policy is the reason.
    pub fn is_denied(&self) -> bool {
        self.error.as_ref().is_some_and(|error| error.code == Code::AccessDenied)
    }
}

impl<S: Store> Iam<S> {
    /// Carries a call out. Never panics, and a refused call changes nothing.
    pub fn call(&self, call: &mut Call<'_>) -> Answer {
        let namespace = call.invocation.service().namespace();
        let mut work = Work {
            store: self.store.as_ref(),
            sealing_key: &self.sealing_key,
            last_used: &self.last_used,
            caller: call.caller,
            circumstances: call.circumstances,
            now: call.now,
            entropy: call.entropy,
            revision: None,
        };
        // Before it goes, or is made: the ARN is the same.
        let resource = target::named(&work, call.invocation);
        let answer = match run(&mut work, call.invocation) {
            Err(error) => Answer::refused(error, namespace, call.request_id),
            Ok(result) => Answer {
                status: 200,
                body: xml::answer(call.invocation.operation(), namespace, &result, call.request_id),
                error: None,
                result: match call.invocation.effect() {
                    Effect::Reads => Value::Null,
                    Effect::Writes | Effect::Issues => lower_first_all(result),
                },
                resource: None,
                revision: work.revision,
            },
        };
        Answer { resource, ..answer }
    }
}

/// Whether the caller may comes first: a stranger learns nothing of what is there.
fn run(work: &mut Work<'_>, invocation: &Invocation) -> Result<Value, Error> {
    target::authorize(work, invocation)?;
    invocation.check()?;
    (invocation.row.run)(work, &invocation.params)
}
