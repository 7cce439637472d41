use ringgate_model::{Entropy, Scope, Timestamp};

use crate::{Error, Options, Store};

/// What one call works with: the store, its scope, the time and randomness.
pub(crate) struct Session<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) options: &'a Options,
    pub(crate) scope: &'a Scope,
    pub(crate) truststore: Option<&'a Result<Vec<u8>, String>>,
    /// Refuses a role that the caller may not have API Gateway act with.
    pub(crate) may_pass: &'a dyn Fn(&str) -> Result<(), Error>,
    pub(crate) now: Timestamp,
    pub(crate) entropy: &'a mut dyn Entropy,
}
