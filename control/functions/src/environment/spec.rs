use std::path::PathBuf;
use std::sync::Arc;

use ringgate_model::Scope;

use crate::code::fingerprint;
use crate::function::{Code, Function, Version};
use crate::shared::Shared;

/// What environments of one version are started from.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) scope: Scope,
    pub(crate) name: String,
    /// `$LATEST` or a number.
    pub(crate) label: String,
    pub(crate) version: Version,
    /// The directory of the code, held.
    pub(crate) place: Arc<PathBuf>,
    /// Of a directory that is used in place, as it was then; else 0.
    pub(crate) fingerprint: u64,
    pub(crate) log_file: Arc<PathBuf>,
}

impl Spec {
    /// None where the function has no such version.
    pub(crate) fn new(shared: &Shared, function: &Function, label: &str) -> Option<Self> {
        let version = function.version(label)?.clone();
        let place = shared.shelf.place(&version.code);
        let fingerprint = match version.code {
            Code::Directory { .. } => fingerprint(&place),
            Code::Zip { .. } => 0,
        };
        Some(Self {
            scope: function.scope.clone(),
            name: function.name.clone(),
            label: label.to_owned(),
            version,
            place,
            fingerprint,
            log_file: Arc::new(shared.logs.file(&function.scope, &function.name)),
        })
    }
}
