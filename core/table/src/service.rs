use std::collections::BTreeMap;
use std::fmt;

use ringgate_mapping::Source;
use ringgate_model::Integration;
use ringgate_model::limits::INTEGRATION_TIMEOUT_MS_DEFAULT;
use serde::{Deserialize, Serialize};

use crate::StageImage;
use crate::arena::{Arena, ArenaFull, Span};
use crate::lambda::role;
use crate::mapping::{Mappings, Unmapped, ValueImage};

/// An action of an AWS service, in a stage's text.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct ServiceImage {
    pub(crate) subtype: Span,
    pub(crate) credentials_arn: Option<Span>,
    pub(crate) timeout_ms: u32,
    pub(crate) parameters_start: u32,
    pub(crate) parameters_len: u32,
    /// Some parameter takes a value from `$context`.
    pub(crate) needs_context: bool,
}

/// A parameter of an action.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct ParameterImage {
    pub(crate) name: Span,
    pub(crate) value: ValueImage,
}

/// A service integration of a stage.
#[derive(Clone, Copy)]
pub struct ServiceIntegration<'t> {
    pub(crate) stage: &'t StageImage,
    pub(crate) service: &'t ServiceImage,
}

impl<'t> ServiceIntegration<'t> {
    /// `SQS-SendMessage`
    pub fn subtype(&self) -> &'t str {
        self.service.subtype.of(self.stage.text())
    }

    /// The role that the service is to be called with, or [`crate::CALLER`].
    pub fn credentials_arn(&self) -> Option<&'t str> {
        self.service.credentials_arn.map(|arn| arn.of(self.stage.text()))
    }

    /// The longest wait for the whole answer, in milliseconds.
    pub fn timeout_ms(&self) -> u32 {
        self.service.timeout_ms
    }

    /// The names of its parameters and the sources of their values.
    pub fn parameters(
        &self,
    ) -> impl Iterator<Item = (&'t str, impl Iterator<Item = Source<&'t str>> + use<'t>)> + use<'t>
    {
        let stage = self.stage;
        let start = self.service.parameters_start as usize;
        let range = start..start.saturating_add(self.service.parameters_len as usize);
        let parameters = stage.parameters.get(range).unwrap_or_default();
        parameters.iter().map(move |it| (it.name.of(stage.text()), it.value.sources(stage)))
    }
}

impl fmt::Debug for ServiceIntegration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceIntegration")
            .field("subtype", &self.subtype())
            .finish_non_exhaustive()
    }
}

/// Resolves an integration with the variables of a stage.
///
/// # Errors
/// [`Unmapped`]: also where a value is no expression.
pub(crate) fn resolve(
    integration: &Integration,
    subtype: &str,
    variables: &BTreeMap<String, String>,
    (parameters, mappings): (&mut Vec<ParameterImage>, &mut Mappings),
    arena: &mut Arena,
) -> Result<ServiceImage, Unmapped> {
    let parameters_start = parameters.len();
    let mut needs_context = false;
    for (name, value) in integration.request_parameters.iter().flatten() {
        let (value, needs) = mappings.value(value, variables, arena)?;
        needs_context |= needs.context;
        parameters.push(ParameterImage { name: arena.put(name)?, value });
    }
    let count = |at: usize| u32::try_from(at).map_err(|_| ArenaFull);
    let credentials = role(integration.credentials_arn.as_deref(), variables);
    let credentials = credentials.map_err(Unmapped::Wrong)?;
    Ok(ServiceImage {
        subtype: arena.put(subtype)?,
        credentials_arn: credentials.map(|arn| arena.put(&arn)).transpose()?,
        timeout_ms: integration.timeout_in_millis.unwrap_or(INTEGRATION_TIMEOUT_MS_DEFAULT),
        parameters_start: count(parameters_start)?,
        parameters_len: count(parameters.len().saturating_sub(parameters_start))?,
        needs_context,
    })
}
