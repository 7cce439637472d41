//! AWS Certificate Manager, as far as custom domain names need it: certificates are imported,
//! requested, shown, tagged and deleted. Shapes and errors are those of the service's model; where
//! AWS's own words are known they are used, and the comment says from where.

mod check;
mod describe;
mod import;
mod list;
mod record;
mod refusal;
mod request;
mod tags;
mod uses;

use std::fmt;

use ringgate_model::{Entropy, Scope, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Options, Store};

pub(crate) use check::check_issued;
pub(crate) use describe::key_kind;
pub(crate) use import::sealed;
pub(crate) use record::{Record, arn_of, check_sealing, image, key_of, names};
pub use refusal::Refusal;
pub(crate) use uses::presenting;

/// One call of ACM, already authenticated.
pub struct Call<'a> {
    /// `ImportCertificate`
    pub operation: &'a str,
    /// The parameters, as JSON.
    pub input: &'a [u8],
    /// The region and account that the signature names.
    pub scope: &'a Scope,
    /// The time.
    pub now: Timestamp,
    /// Where ids and nonces come from.
    pub entropy: &'a mut dyn Entropy,
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.scope, self.operation)
    }
}

/// What a call gave, and what became of the store.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The output, or why there is none.
    pub output: Result<Value, Refusal>,
    /// Custom domain names that present another certificate now.
    pub domains: Vec<String>,
    /// The store's revision with this change; `None` when nothing was written.
    pub revision: Option<u64>,
}

/// What operations work with.
struct Session<'a> {
    store: &'a dyn Store,
    options: &'a Options,
    scope: &'a Scope,
    now: Timestamp,
    entropy: &'a mut dyn Entropy,
}

/// What an operation did.
struct Done {
    output: Value,
    domains: Vec<String>,
    revision: Option<u64>,
}

type Operation = fn(&mut Session<'_>, &[u8]) -> Result<Done, Refusal>;

const OPERATIONS: [(&str, Operation); 9] = [
    ("AddTagsToCertificate", tags::add),
    ("DeleteCertificate", record::delete),
    ("DescribeCertificate", describe::describe),
    ("GetCertificate", describe::get),
    ("ImportCertificate", import::import),
    ("ListCertificates", list::list),
    ("ListTagsForCertificate", tags::list),
    ("RemoveTagsFromCertificate", tags::remove),
    ("RequestCertificate", request::request),
];

/// True for an operation that changes nothing.
pub fn is_read(operation: &str) -> bool {
    ["Describe", "Get", "List"].iter().any(|verb| operation.starts_with(verb))
}

pub(crate) fn run(store: &dyn Store, options: &Options, call: &mut Call<'_>) -> Answer {
    let Call { operation, input, scope, now, .. } = *call;
    let mut session = Session { store, options, scope, now, entropy: &mut *call.entropy };
    let found = OPERATIONS.iter().find(|(name, _)| *name == operation);
    let done = match found {
        Some((_, run)) => run(&mut session, input),
        None => Err(Refusal::unknown_operation(operation)),
    };
    match done {
        Ok(Done { output, domains, revision }) => Answer { output: Ok(output), domains, revision },
        Err(refusal) => Answer { output: Err(refusal), domains: Vec::new(), revision: None },
    }
}

impl Done {
    /// Nothing was written.
    fn read(output: Value) -> Self {
        Self { output, domains: Vec::new(), revision: None }
    }
}

/// Reads the parameters. Members that the model does not have are passed over, as AWS does.
fn parameters<T: DeserializeOwned>(input: &[u8]) -> Result<T, Refusal> {
    let input = if input.is_empty() { b"{}" } else { input };
    serde_json::from_slice(input).map_err(|error| {
        // Not what stands there: it may be a private key.
        let what = format!("{:?} at column {}", error.classify(), error.column());
        Refusal::new("SerializationException", what)
    })
}
