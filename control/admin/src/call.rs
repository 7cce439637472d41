use std::collections::BTreeSet;
use std::fmt;

use ringgate_model::{Entropy, Scope, Timestamp};
use ringgate_table::PartKey;

use crate::Error;

/// One management request, already authenticated.
pub struct Call<'a> {
    /// `GET`, `POST` …, upper-case.
    pub method: &'a str,
    /// The raw path, percent-encoded as it came, without the query.
    pub path: &'a str,
    /// The raw query behind `?`.
    pub query: Option<&'a str>,
    /// The whole body; at most [`ringgate_model::Limits::management_body_bytes`] are looked at.
    pub body: &'a [u8],
    /// The region and account that the signature names: nothing else is visible to this call.
    pub scope: &'a Scope,
    /// The text of the truststore that [`crate::Admin::truststore_wanted`] asked for, or why there
    /// is none.
    pub truststore: Option<&'a Result<Vec<u8>, String>>,
    /// Refuses a role that the caller may not have API Gateway act with: asked for each that stages
    /// are served with from this call on.
    pub may_pass: &'a dyn Fn(&str) -> Result<(), Error>,
    /// The time to write into what is made.
    pub now: Timestamp,
    /// Where new ids come from.
    pub entropy: &'a mut dyn Entropy,
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.scope, self.method, self.path)
    }
}

/// What to answer, and what became of the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `x-amzn-ErrorType` of an error.
    pub error_type: Option<&'static str>,
    /// JSON unless `content_type` says otherwise, or empty.
    pub body: Vec<u8>,
    /// The type of a body that is not JSON.
    pub content_type: Option<&'static str>,
    /// The APIs whose live image may have changed.
    pub changed: Vec<String>,
    /// The APIs that are gone.
    pub removed: Vec<String>,
    /// What else may have changed, or is gone.
    pub parts: Vec<PartKey>,
    /// The issuers of tokens that the changed API names: their keys are wanted.
    pub issuers: BTreeSet<String>,
    /// The store's revision with this change; `None` when nothing was written.
    pub revision: Option<u64>,
    /// What the changed API or custom domain name asks for that the data plane cannot do yet, by
    /// the words of the service model: kept and shown, and answered 501 where clients would see it.
    pub not_yet: BTreeSet<&'static str>,
}
