//! Parameter mapping of an integration, flat.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ringgate_mapping::{Action, MappingError, Scope, Source, Target};
use ringgate_model::Integration;
use serde::{Deserialize, Serialize};

use crate::arena::{Arena, ArenaFull, Span};
use crate::trie::NONE;
use crate::{ApiImage, StageImage};

/// The status under which changes of the request stand.
const OF_REQUEST: u16 = 0;

/// What the mappings of one integration ask for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct MappingImage {
    /// Its changes: those of the request first, then those of answers by their status.
    pub(crate) changes_start: u32,
    pub(crate) changes_len: u32,
    /// Some of them takes a value from `$context`.
    needs_context: bool,
    /// Some change of the request takes a value from its body.
    needs_body: bool,
}

/// One change.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct ChangeImage {
    /// Of answers with this status; [`OF_REQUEST`].
    pub(crate) status: u16,
    pub(crate) action: Action,
    pub(crate) target: Target<Span>,
    pub(crate) value: ValueImage,
}

/// The sources of a value.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct ValueImage {
    pub(crate) sources_start: u32,
    pub(crate) sources_len: u32,
}

/// What a value is taken from, of what is not always there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Needs {
    pub(crate) context: bool,
    body: bool,
}

impl ValueImage {
    /// The sources.
    pub(crate) fn sources<'t>(
        &self,
        stage: &'t StageImage,
    ) -> impl Iterator<Item = Source<&'t str>> + Clone + use<'t> {
        let (start, len) = (self.sources_start as usize, self.sources_len as usize);
        let sources = stage.sources.get(start..start.saturating_add(len));
        let text = stage.text();
        let kept = sources.unwrap_or_default().iter().map(move |source| {
            source.keep(|span| Ok::<_, std::convert::Infallible>(span.of(text)))
        });
        kept.filter_map(Result::ok)
    }
}

/// The mappings of a stage's integrations while they are compiled.
#[derive(Debug, Default)]
pub(crate) struct Mappings {
    pub(crate) images: Vec<MappingImage>,
    pub(crate) changes: Vec<ChangeImage>,
    pub(crate) sources: Vec<Source<Span>>,
}

/// Why there is no mapping.
#[derive(Debug)]
pub(crate) enum Unmapped {
    /// A mapping says nothing that can be done.
    Wrong(String),
    /// No room.
    Full,
}

impl From<ArenaFull> for Unmapped {
    fn from(_: ArenaFull) -> Self {
        Self::Full
    }
}

impl From<MappingError> for Unmapped {
    fn from(error: MappingError) -> Self {
        Self::Wrong(error.to_string())
    }
}

impl Mappings {
    /// The index of an integration's mapping, its stage variables filled in; [`NONE`] where it has
    /// none.
    pub(crate) fn add(
        &mut self,
        integration: &Integration,
        variables: &BTreeMap<String, String>,
        arena: &mut Arena,
    ) -> Result<u32, Unmapped> {
        let request = integration.request_parameters.iter().flatten();
        let request = request.map(|(key, value)| (OF_REQUEST, key, value));
        // Those of a service's action are what it is called with, and no mapping.
        let is_mapping = integration.integration_subtype.is_none();
        let mut wanted: Vec<_> = request.filter(|_| is_mapping).collect();
        for (status, parameters) in integration.response_parameters.iter().flatten() {
            let status = ringgate_mapping::check_status_code(status)?;
            wanted.extend(parameters.iter().map(|(key, value)| (status, key, value)));
        }
        if wanted.is_empty() {
            return Ok(NONE);
        }
        let changes_start = index(self.changes.len())?;
        let (mut needs_context, mut needs_body) = (false, false);
        for (status, key, value) in wanted {
            let scope = if status == OF_REQUEST { Scope::Request } else { Scope::Response };
            let (action, target) = Target::parse(key, scope)?;
            // What removes has no value.
            let wanted = if action == Action::Remove { "" } else { value };
            let (value, needs) = self.value_in(scope, wanted, variables, arena)?;
            needs_context |= needs.context;
            needs_body |= needs.body && status == OF_REQUEST;
            let target = target.keep(|name| arena.put(name))?;
            let change = ChangeImage { status, action, target, value };
            self.changes.push(change);
        }
        let own = self.changes.get_mut(changes_start as usize..).unwrap_or_default();
        // Within one status by the order in which they act.
        own.sort_by_key(|change| (change.status, change.action));
        let changes_len = index(self.changes.len())?.saturating_sub(changes_start);
        let image = MappingImage { changes_start, changes_len, needs_context, needs_body };
        let at = index(self.images.len())?;
        self.images.push(image);
        Ok(at)
    }

    /// The value of an expression that looks into requests.
    pub(crate) fn value(
        &mut self,
        expression: &str,
        variables: &BTreeMap<String, String>,
        arena: &mut Arena,
    ) -> Result<(ValueImage, Needs), Unmapped> {
        self.value_in(Scope::Request, expression, variables, arena)
    }

    fn value_in(
        &mut self,
        scope: Scope,
        expression: &str,
        variables: &BTreeMap<String, String>,
        arena: &mut Arena,
    ) -> Result<(ValueImage, Needs), Unmapped> {
        let (sources_start, mut needs) = (index(self.sources.len())?, Needs::default());
        for source in ringgate_mapping::parse(expression, scope)? {
            needs.context |= matches!(source, Source::Context(_));
            needs.body |= source.is_body();
            self.sources.push(filled(source, variables).keep(|text| arena.put(text))?);
        }
        let sources_len = index(self.sources.len())?.saturating_sub(sources_start);
        Ok((ValueImage { sources_start, sources_len }, needs))
    }
}

/// A source as the stage knows it; a variable that the stage has not is empty.
fn filled<'s>(source: Source<&'s str>, variables: &'s BTreeMap<String, String>) -> Source<&'s str> {
    match source {
        Source::StageVariable(name) => {
            Source::Static(variables.get(name).map(String::as_str).unwrap_or_default())
        }
        other => other,
    }
}

fn index(at: usize) -> Result<u32, ArenaFull> {
    u32::try_from(at).ok().filter(|at| *at != NONE).ok_or(ArenaFull)
}

/// The parameter mapping of a route's integration.
#[derive(Clone, Copy)]
pub struct Mapping<'t> {
    stage: &'t StageImage,
    at: u32,
    image: &'t MappingImage,
}

impl<'t> Mapping<'t> {
    pub(crate) fn of(stage: &'t StageImage, at: u32) -> Option<Self> {
        Some(Self { stage, at, image: stage.mappings.get(at as usize)? })
    }

    /// Changes of the request to the integration, in the order in which they act.
    pub fn of_request(&self) -> impl Iterator<Item = Change<'t>> + Clone + use<'t> {
        self.with_status(OF_REQUEST)
    }

    /// Changes of an answer with this status, likewise.
    pub fn of_response(&self, status: u16) -> impl Iterator<Item = Change<'t>> + Clone + use<'t> {
        self.with_status(status)
    }

    /// Whether some answer is changed.
    pub fn has_responses(&self) -> bool {
        self.changes().iter().any(|change| change.status != OF_REQUEST)
    }

    /// Whether `$context` is asked for.
    pub fn needs_context(&self) -> bool {
        self.image.needs_context
    }

    /// Whether the request's body is asked for.
    pub fn needs_body(&self) -> bool {
        self.image.needs_body
    }

    /// A mapping that outlives the look at its table; `api` is the API it belongs to.
    pub fn kept(&self, api: &Arc<ApiImage>) -> Option<KeptMapping> {
        let stage = api.stages().iter().position(|stage| std::ptr::eq(stage, self.stage))?;
        Some(KeptMapping { api: Arc::clone(api), stage, at: self.at })
    }

    fn changes(&self) -> &'t [ChangeImage] {
        let (start, len) = (self.image.changes_start as usize, self.image.changes_len as usize);
        self.stage.changes.get(start..start.saturating_add(len)).unwrap_or_default()
    }

    fn with_status(&self, status: u16) -> impl Iterator<Item = Change<'t>> + Clone + use<'t> {
        let stage = self.stage;
        let changes = self.changes().iter().filter(move |change| change.status == status);
        changes.map(move |image| Change { stage, image })
    }
}

impl fmt::Debug for Mapping<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.changes()).finish()
    }
}

/// A mapping by its place in an API that is held.
#[derive(Clone, Debug)]
pub struct KeptMapping {
    api: Arc<ApiImage>,
    stage: usize,
    at: u32,
}

impl KeptMapping {
    /// The mapping.
    pub fn get(&self) -> Option<Mapping<'_>> {
        Mapping::of(self.api.stages().get(self.stage)?, self.at)
    }
}

/// One change that a mapping makes.
#[derive(Clone, Copy)]
pub struct Change<'t> {
    stage: &'t StageImage,
    image: &'t ChangeImage,
}

impl<'t> Change<'t> {
    /// What is done.
    pub fn action(&self) -> Action {
        self.image.action
    }

    /// What it is done to.
    pub fn target(&self) -> Target<&'t str> {
        let text = self.stage.text();
        let kept = self.image.target.keep(|name| Ok::<_, std::convert::Infallible>(name.of(text)));
        match kept {
            Ok(target) => target,
            Err(never) => match never {},
        }
    }

    /// The sources of its value.
    pub fn value(&self) -> impl Iterator<Item = Source<&'t str>> + use<'t> {
        self.image.value.sources(self.stage)
    }
}

impl fmt::Debug for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("action", &self.action())
            .field("target", &self.target())
            .finish_non_exhaustive()
    }
}
