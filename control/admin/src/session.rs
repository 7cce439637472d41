use ringgate_model::{Entropy, Scope, Timestamp};

use crate::{Options, Store};

/// What one call works with: the store, its scope, the time and randomness.
pub(crate) struct Session<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) options: &'a Options,
    pub(crate) scope: &'a Scope,
    pub(crate) truststore: Option<&'a Result<Vec<u8>, String>>,
    pub(crate) now: Timestamp,
    pub(crate) entropy: &'a mut dyn Entropy,
}
