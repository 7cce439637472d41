use std::collections::BTreeSet;
use std::sync::Arc;

use ringgate_table::{ApiImage, PartKey};
use serde::Serialize;

use crate::Error;
use crate::shelf::encode;

/// What a call did to the store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) changed: Vec<String>,
    pub(crate) removed: Vec<String>,
    /// What else may be another, or gone.
    pub(crate) parts: Vec<PartKey>,
    pub(crate) revision: Option<u64>,
    /// The issuers of tokens that the changed API names.
    pub(crate) issuers: BTreeSet<String>,
    /// The image of the changed API as it was stored.
    pub(crate) image: Option<Arc<ApiImage>>,
    /// What the changed API or custom domain name asks for that the data plane cannot do yet.
    pub(crate) not_yet: BTreeSet<&'static str>,
}

impl Outcome {
    /// The same, for a change that no table shows.
    pub(crate) fn unseen(self) -> Self {
        Self { changed: Vec::new(), ..self }
    }
}

/// The answer of an operation; the status stands in the table of operations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    pub(crate) body: Vec<u8>,
    /// None: JSON.
    pub(crate) content_type: Option<&'static str>,
    pub(crate) outcome: Outcome,
}

impl Reply {
    /// A resource as JSON.
    pub(crate) fn of(value: &impl Serialize) -> Result<Self, Error> {
        Ok(Self { body: encode(value)?, ..Self::default() })
    }

    /// Nothing but the status.
    pub(crate) fn done(outcome: Outcome) -> Self {
        Self { outcome, ..Self::default() }
    }

    pub(crate) fn with(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }
}
