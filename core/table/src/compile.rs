use std::collections::BTreeSet;

use ringgate_model::{Api, Definition, Route as RouteModel, RouteKey, Scope, Stage, VpcLink};
use thiserror::Error;

use crate::arena::ArenaFull;
use crate::authorizers::Authorizers;
use crate::image::{ApiImage, DEFAULT_STAGE};
use crate::not_yet;
use crate::private::Links;
use crate::resolve::Integrations;
use crate::settings::{AccessLogImage, Settings};
use crate::tree::{NewRoute, Tree};
use crate::trie::{NO_INDEX, NONE, Trie};
use crate::{CorsImage, StageImage};

/// An API and its stages.
#[derive(Clone, Copy, Debug)]
pub struct ApiInput<'a> {
    /// Where the API belongs.
    pub scope: &'a Scope,
    /// The API.
    pub api: &'a Api,
    /// Its stages, in any order.
    pub stages: &'a [StageInput<'a>],
    /// The VPC links of its scope, those it goes through at least.
    pub vpc_links: &'a [VpcLink],
}

/// A stage and what its deployment froze.
#[derive(Clone, Copy, Debug)]
pub struct StageInput<'a> {
    /// The stage.
    pub stage: &'a Stage,
    /// What it serves; none: it has no deployment and answers 404.
    pub definition: Option<&'a Definition>,
    /// How often the answers of its authorizers were to be forgotten.
    pub authorizer_epoch: u64,
}

impl<'a> StageInput<'a> {
    /// A stage whose authorizers' answers were never to be forgotten.
    pub fn new(stage: &'a Stage, definition: Option<&'a Definition>) -> Self {
        Self { stage, definition, authorizer_epoch: 0 }
    }
}

/// Why an API makes no image.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{path}: {reason}")]
pub struct CompileError {
    /// `stages/prod/routes/abc1234`
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

impl CompileError {
    fn at(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }

    fn too_large(stage: &str) -> Self {
        Self::at(format!("stages/{stage}"), "larger than the table format allows")
    }
}

/// Compiles an API: each stage's routes become a trie, its integrations are resolved with its
/// stage variables.
///
/// An integration that cannot work in a stage does not stop the API from going live: its routes
/// answer 500 and the image says why. What asks for something that is not built answers 501.
///
/// # Errors
/// [`CompileError`] for a route key or a stage that the data plane could not tell apart from
/// another one.
pub fn compile(input: &ApiInput<'_>) -> Result<ApiImage, CompileError> {
    let links = Links { scope: input.scope, all: input.vpc_links };
    let stages = input.stages.iter();
    let mut stages = match not_yet::of_api(input.api) {
        Some(what) => refusing_stages(input, links, what)?,
        None => stages.map(|stage| compile_stage(stage, links)).collect::<Result<Vec<_>, _>>()?,
    };
    stages.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    for (stage, next) in stages.iter().zip(stages.iter().skip(1)) {
        if stage.name == next.name {
            return Err(CompileError::at(format!("stages/{}", next.name), "stands there twice"));
        }
    }
    let mut image = ApiImage {
        api_id: input.api.api_id.as_str().into(),
        scope: Scope::new(input.scope.region.as_str(), input.scope.account.as_str()),
        stages: stages.into(),
        default_stage: NONE,
        hash: 0,
    };
    let encoded = image.encode();
    image.derive(&encoded);
    Ok(image)
}

/// Stages of an API that cannot be served yet: each answers 501 whatever the path, and so does
/// the rest of the host.
fn refusing_stages(
    input: &ApiInput<'_>,
    links: Links<'_>,
    what: &str,
) -> Result<Vec<StageImage>, CompileError> {
    let names = input.stages.iter().map(|it| it.stage.stage_name.as_str());
    let names: BTreeSet<&str> = names.chain([DEFAULT_STAGE]).collect();
    names.into_iter().map(|name| refusing_stage(name, links, what)).collect()
}

fn refusing_stage(name: &str, links: Links<'_>, what: &str) -> Result<StageImage, CompileError> {
    let stage = Stage { stage_name: name.to_owned(), ..Stage::default() };
    let full = |_: ArenaFull| CompileError::too_large(name);
    let mut integrations = Integrations::new(&stage, links);
    let mut tree = Tree::new();
    let new = NewRoute {
        id: integrations.arena.put(DEFAULT_STAGE).map_err(full)?,
        key: integrations.arena.put(DEFAULT_STAGE).map_err(full)?,
        integration: integrations.not_yet(what).map_err(full)?,
        throttle: NO_INDEX,
        meter: NO_INDEX,
        authorization: NO_INDEX,
    };
    let inserted = tree.insert(&RouteKey::Default, new, &integrations.arena);
    inserted.map_err(|_| CompileError::too_large(name))?;
    let parts = Parts {
        settings: Settings::new(&stage),
        authorizers: Authorizers::default(),
        integrations,
    };
    finish(&StageInput::new(&stage, None), tree, parts)
}

fn compile_stage(input: &StageInput<'_>, links: Links<'_>) -> Result<StageImage, CompileError> {
    let name = input.stage.stage_name.as_str();
    let full = |_: ArenaFull| CompileError::too_large(name);
    let mut tree = Tree::new();
    let mut parts = Parts {
        integrations: Integrations::new(input.stage, links),
        authorizers: Authorizers::default(),
        settings: Settings::new(input.stage),
    };
    if let Some(definition) = input.definition {
        let Parts { integrations, authorizers, .. } = &mut parts;
        for integration in &definition.integrations {
            integrations.add(integration).map_err(full)?;
        }
        for authorizer in &definition.authorizers {
            let Integrations { mappings, arena, .. } = integrations;
            authorizers.add(authorizer, input.stage, mappings, arena).map_err(full)?;
        }
        for route in &definition.routes {
            add_route(route, &mut tree, &mut parts).map_err(|reason| match reason {
                Refused::Reason(reason) => {
                    CompileError::at(format!("stages/{name}/routes/{}", route.route_id), reason)
                }
                Refused::Full => CompileError::too_large(name),
            })?;
        }
    }
    finish(input, tree, parts)
}

/// What routes refer to, while it is gathered.
struct Parts<'a> {
    integrations: Integrations<'a>,
    authorizers: Authorizers<'a>,
    settings: Settings<'a>,
}

fn finish(
    input: &StageInput<'_>,
    tree: Tree,
    parts: Parts<'_>,
) -> Result<StageImage, CompileError> {
    let Parts { mut integrations, authorizers, settings } = parts;
    let (name, definition) = (input.stage.stage_name.as_str(), input.definition);
    let variables = integrations.variables().map_err(|_| CompileError::too_large(name))?;
    let flat = tree.flatten().ok_or_else(|| CompileError::too_large(name))?;
    Ok(StageImage {
        name: name.into(),
        deployment_id: input.stage.deployment_id.as_deref().map(Into::into),
        disable_execute_api_endpoint: definition.is_some_and(|d| d.disable_execute_api_endpoint),
        cors: definition.and_then(|d| d.cors.as_ref()).map(CorsImage::from),
        trie: Trie {
            text: integrations.arena.into_text(),
            nodes: flat.nodes.into(),
            slots: flat.slots.into(),
            routes: flat.routes.into(),
            default_route: flat.default_route,
        },
        names: flat.names.into(),
        variables: variables.into(),
        parameters: integrations.parameters.into(),
        integrations: integrations.images.into(),
        mappings: integrations.mappings.images.into(),
        changes: integrations.mappings.changes.into(),
        sources: integrations.mappings.sources.into(),
        pieces: integrations.pieces.into(),
        origins: integrations.origins.into(),
        authorizers: authorizers.images.into(),
        authorizer_epoch: input.authorizer_epoch,
        authorizations: authorizers.authorizations.into(),
        throttles: settings.throttles.into(),
        metered: settings.metered.into(),
        access_log: AccessLogImage::of(input.stage),
    })
}

/// Why a route is refused.
pub(crate) enum Refused {
    /// For this reason.
    Reason(String),
    /// No room.
    Full,
}

impl From<ArenaFull> for Refused {
    fn from(_: ArenaFull) -> Self {
        Self::Full
    }
}

fn add_route(route: &RouteModel, tree: &mut Tree, parts: &mut Parts<'_>) -> Result<(), Refused> {
    let Parts { integrations, authorizers, settings } = parts;
    let key = RouteKey::parse(&route.route_key).map_err(|e| Refused::Reason(e.to_string()))?;
    let new = NewRoute {
        id: integrations.arena.put(&route.route_id)?,
        key: integrations.arena.put(&route.route_key)?,
        integration: integrations.of_route(route)?,
        throttle: settings.throttle(route)?,
        meter: settings.meter(route)?,
        authorization: authorizers.of_route(route, &mut integrations.arena)?,
    };
    tree.insert(&key, new, &integrations.arena)
}
