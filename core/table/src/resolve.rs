use ringgate_mapping::has_dot_segment;
use ringgate_model::limits::INTEGRATION_TIMEOUT_MS_DEFAULT;
use ringgate_model::{
    Integration, IntegrationType, Route, RouteMethod, Stage, UriPiece, UriTemplate,
};

use crate::arena::{Arena, ArenaFull, Span};
use crate::integration::{IntegrationImage, OriginImage, Piece, Target, WhatItCalls};
use crate::mapping::{Mappings, Unmapped};
use crate::private::Links;
use crate::service::ParameterImage;
use crate::trie::NONE;
use crate::{lambda, not_yet, private, service};

/// The integrations of one stage while they are resolved with its variables.
pub(crate) struct Integrations<'a> {
    stage: &'a Stage,
    links: Links<'a>,
    pub(crate) arena: Arena,
    pub(crate) images: Vec<IntegrationImage>,
    pub(crate) mappings: Mappings,
    pub(crate) parameters: Vec<ParameterImage>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) origins: Vec<OriginImage>,
    /// Ids of the definition's integrations; those of `images` from the same place on.
    ids: std::collections::HashMap<&'a str, u32>,
}

/// What an integration comes to: a target, or the reason why there is none.
type Resolved = Result<(OriginImage, Vec<UriPiece>), String>;

impl<'a> Integrations<'a> {
    pub(crate) fn new(stage: &'a Stage, links: Links<'a>) -> Self {
        Self {
            stage,
            links,
            arena: Arena::default(),
            images: Vec::new(),
            mappings: Mappings::default(),
            parameters: Vec::new(),
            pieces: Vec::new(),
            origins: Vec::new(),
            ids: std::collections::HashMap::new(),
        }
    }

    /// Resolves an integration of the definition.
    pub(crate) fn add(&mut self, integration: &'a Integration) -> Result<(), ArenaFull> {
        let id = self.arena.put(&integration.integration_id)?;
        let calls = self.calls(integration)?;
        let variables = &self.stage.stage_variables;
        let (calls, mapping) = match self.mappings.add(integration, variables, &mut self.arena) {
            Ok(mapping) => (calls, mapping),
            Err(Unmapped::Wrong(reason)) => (WhatItCalls::Broken(self.arena.put(&reason)?), NONE),
            Err(Unmapped::Full) => return Err(ArenaFull),
        };
        let index = self.push(IntegrationImage { id, mapping, calls })?;
        self.ids.insert(&integration.integration_id, index);
        Ok(())
    }

    fn calls(&mut self, integration: &Integration) -> Result<WhatItCalls, ArenaFull> {
        let calls = if let Some(subtype) = integration.integration_subtype.as_deref() {
            let (variables, arena) = (&self.stage.stage_variables, &mut self.arena);
            let into = (&mut self.parameters, &mut self.mappings);
            match service::resolve(integration, subtype, variables, into, arena) {
                Ok(service) => Ok(WhatItCalls::Service(service)),
                Err(Unmapped::Wrong(reason)) => Err(reason),
                Err(Unmapped::Full) => return Err(ArenaFull),
            }
        } else if integration.integration_type == IntegrationType::AwsProxy {
            let variables = &self.stage.stage_variables;
            let timeout_ms =
                integration.timeout_in_millis.unwrap_or(INTEGRATION_TIMEOUT_MS_DEFAULT);
            lambda::resolve(integration, variables, &mut self.arena)?
                .map(|function| WhatItCalls::Lambda { function, timeout_ms })
        } else {
            match self.resolve(integration) {
                Ok((origin, pieces)) => {
                    Ok(WhatItCalls::Http(self.target(integration, origin, &pieces)?))
                }
                Err(reason) => Err(reason),
            }
        };
        match calls {
            Ok(calls) => Ok(calls),
            Err(reason) => Ok(WhatItCalls::Broken(self.arena.put(&reason)?)),
        }
    }

    /// The stage's variables.
    pub(crate) fn variables(&mut self) -> Result<Vec<(Span, Span)>, ArenaFull> {
        let variables = self.stage.stage_variables.iter();
        variables.map(|(name, value)| Ok((self.arena.put(name)?, self.arena.put(value)?))).collect()
    }

    /// The integration that a route names; [`NONE`] when it names none.
    pub(crate) fn of_route(&mut self, route: &Route) -> Result<u32, ArenaFull> {
        let Some(target) = route.target.as_deref() else { return Ok(NONE) };
        match route.integration_id().and_then(|id| self.ids.get(id)) {
            Some(index) => Ok(*index),
            None => self.broken(&format!("the route's target '{target}' does not exist")),
        }
    }

    /// What a route calls that asks for what is not built: its own integration never.
    pub(crate) fn not_yet(&mut self, what: &str) -> Result<u32, ArenaFull> {
        let calls = WhatItCalls::NotYet(self.arena.put(&not_yet::reason(what))?);
        self.push(IntegrationImage { id: Span::default(), mapping: NONE, calls })
    }

    /// An integration that answers 500 for this reason.
    fn broken(&mut self, reason: &str) -> Result<u32, ArenaFull> {
        let reason = self.arena.put(reason)?;
        let calls = WhatItCalls::Broken(reason);
        self.push(IntegrationImage { id: Span::default(), mapping: NONE, calls })
    }

    fn push(&mut self, image: IntegrationImage) -> Result<u32, ArenaFull> {
        let index = index(self.images.len())?;
        self.images.push(image);
        Ok(index)
    }

    fn resolve(&self, integration: &Integration) -> Resolved {
        supported(integration)?;
        if integration.is_private() {
            return private::resolve(integration, self.stage, self.links);
        }
        let uri = integration.integration_uri.as_deref().ok_or("the integration has no URI")?;
        let template = UriTemplate::parse(uri).map_err(|error| error.to_string())?;
        let variables = &self.stage.stage_variables;
        let (origin, pieces) = template
            .resolve(|name| variables.get(name).map(String::as_str))
            .map_err(|error| error.to_string())?;
        if leaves_its_path(&pieces) {
            return Err("the URI of an integration may not hold a '.' or '..' segment".to_owned());
        }
        Ok((OriginImage::new(&origin), pieces))
    }

    fn target(
        &mut self,
        integration: &Integration,
        origin: OriginImage,
        pieces: &[UriPiece],
    ) -> Result<Target, ArenaFull> {
        let method = integration.integration_method.as_deref().and_then(RouteMethod::parse);
        // AWS: quick create's target takes the whole request path (DESIGN section 1).
        let managed = integration.api_gateway_managed == Some(true);
        let appends_path = origin.link.is_some() || managed && pieces.is_empty();
        let pieces_start = index(self.pieces.len())?;
        let begins_path =
            |piece: &UriPiece| matches!(piece, UriPiece::Literal(t) if t.starts_with('/'));
        if !appends_path && !pieces.first().is_some_and(begins_path) {
            let slash = self.arena.put("/")?;
            self.pieces.push(Piece::Literal(slash));
        }
        for piece in pieces {
            self.pieces.push(match piece {
                UriPiece::Literal(text) => Piece::Literal(self.arena.put(text)?),
                UriPiece::Param(name) => Piece::Param(self.arena.put(name)?),
                // Resolved: there are none left.
                UriPiece::StageVariable(_) => continue,
            });
        }
        let pieces_len = self.pieces.len().saturating_sub(pieces_start as usize);
        Ok(Target {
            origin: self.origin(origin)?,
            timeout_ms: integration.timeout_in_millis.unwrap_or(INTEGRATION_TIMEOUT_MS_DEFAULT),
            pieces_start,
            pieces_len: u16::try_from(pieces_len).map_err(|_| ArenaFull)?,
            method: method.unwrap_or(RouteMethod::Any) as u8,
            appends_path,
        })
    }

    fn origin(&mut self, origin: OriginImage) -> Result<u32, ArenaFull> {
        if let Some(at) = self.origins.iter().position(|other| *other == origin) {
            return index(at);
        }
        let at = index(self.origins.len())?;
        self.origins.push(origin);
        Ok(at)
    }
}

/// Refuses what no HTTP API has: control stores none of it.
fn supported(integration: &Integration) -> Result<(), String> {
    let kind = integration.integration_type;
    if kind != IntegrationType::HttpProxy {
        return Err(format!("an HTTP API has no integration of type {kind:?}"));
    }
    match integration.integration_method.as_deref() {
        Some(method) if RouteMethod::parse(method).is_none() => {
            Err(format!("integration method {method} is not supported"))
        }
        _ => Ok(()),
    }
}

/// True when the URI's own path has a dot segment beside path variables: whether a client left the
/// path could then not be told from the result.
fn leaves_its_path(pieces: &[UriPiece]) -> bool {
    let mut path = String::new();
    for piece in pieces {
        match piece {
            UriPiece::Literal(text) => path.push_str(text),
            UriPiece::Param(_) | UriPiece::StageVariable(_) => path.push('x'),
        }
    }
    let path = path.split_once('?').map_or(path.as_str(), |(path, _)| path);
    pieces.iter().any(|piece| matches!(piece, UriPiece::Param(_)))
        && has_dot_segment(path.as_bytes())
}

fn index(at: usize) -> Result<u32, ArenaFull> {
    u32::try_from(at).ok().filter(|at| *at != NONE).ok_or(ArenaFull)
}
