use std::fmt;
use std::mem::size_of_val;

use ringgate_mapping::Source;
use ringgate_model::RouteMethod;
use serde::{Deserialize, Serialize};

use crate::arena::Span;
use crate::authorization::{AuthorizationImage, AuthorizerImage, KindImage};
use crate::cors::CorsImage;
use crate::integration::{HttpIntegration, Integration, IntegrationImage, OriginImage, Piece};
use crate::integration::{Target, WhatItCalls};
use crate::mapping::{ChangeImage, Mapping, MappingImage};
use crate::service::ParameterImage;
use crate::settings::{AccessLogImage, ThrottleImage};
use crate::trie::{NO_INDEX, NONE, Route, Trie};
use crate::{Authorization, Captures, LambdaFunction, ServiceIntegration, find};

/// A stage as the data plane sees it: the routes of the deployment it serves, with its stage
/// variables filled in. Flat arrays that refer to each other by index, and one text for all names.
#[derive(Debug, Serialize, Deserialize)]
pub struct StageImage {
    pub(crate) name: Box<str>,
    pub(crate) deployment_id: Option<Box<str>>,
    pub(crate) disable_execute_api_endpoint: bool,
    pub(crate) cors: Option<CorsImage>,
    pub(crate) trie: Trie,
    /// Names of path variables.
    pub(crate) names: Box<[Span]>,
    /// The stage's variables, in ascending order of their names.
    pub(crate) variables: Box<[(Span, Span)]>,
    pub(crate) integrations: Box<[IntegrationImage]>,
    pub(crate) mappings: Box<[MappingImage]>,
    pub(crate) changes: Box<[ChangeImage]>,
    /// Of the values of changes.
    pub(crate) parameters: Box<[ParameterImage]>,
    pub(crate) sources: Box<[Source<Span>]>,
    pub(crate) pieces: Box<[Piece]>,
    pub(crate) origins: Box<[OriginImage]>,
    pub(crate) authorizers: Box<[AuthorizerImage]>,
    pub(crate) authorizer_epoch: u64,
    pub(crate) authorizations: Box<[AuthorizationImage]>,
    pub(crate) throttles: Box<[ThrottleImage]>,
    /// The keys of the routes that have a meter of their own.
    pub(crate) metered: Box<[Box<str>]>,
    pub(crate) access_log: Option<AccessLogImage>,
}

impl StageImage {
    /// `$default`, or the stage's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The deployment it serves; none: it has no routes.
    pub fn deployment_id(&self) -> Option<&str> {
        self.deployment_id.as_deref()
    }

    /// The CORS configuration that its deployment froze.
    pub fn cors(&self) -> Option<&CorsImage> {
        self.cors.as_ref()
    }

    /// Since when answers of authorizers count: another number where they were to be forgotten.
    pub fn authorizer_epoch(&self) -> u64 {
        self.authorizer_epoch
    }

    /// How many requests pass; [`RouteRef::throttle`] says which one holds for a route.
    pub fn throttles(&self) -> &[ThrottleImage] {
        &self.throttles
    }

    /// The keys of the routes that are metered by themselves; [`RouteRef::meter`] says which.
    pub fn metered(&self) -> &[Box<str>] {
        &self.metered
    }

    /// Where and how its accesses are logged.
    pub fn access_log(&self) -> Option<&AccessLogImage> {
        self.access_log.as_ref()
    }

    /// Its variables, in ascending order of their names.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let text = self.text();
        self.variables.iter().map(move |(name, value)| (name.of(text), value.of(text)))
    }

    /// Number of routes.
    pub fn route_count(&self) -> usize {
        self.trie.routes.len()
    }

    /// Every route, in no particular order.
    pub fn routes(&self) -> impl Iterator<Item = RouteRef<'_>> {
        self.trie.routes.iter().map(|route| RouteRef { stage: self, route })
    }

    /// The route for a request: `path` is the raw request path within the stage, from `/` on
    /// ("" means "/"). `captures` then holds the route's path variables, as offsets into `path`.
    ///
    /// A full match goes before a greedy one, and that before `$default`; part by part a literal
    /// goes before a variable; a route without the method is passed over (AWS, "Routing API
    /// requests"; spec section 2.3). A slash at the end counts: `/pets/` is not `/pets`. HEAD
    /// does not fall back to GET. Percent-encoded octets are decoded to compare literals only.
    pub fn find<'t>(
        &'t self,
        method: &str,
        path: &str,
        captures: &mut Captures,
    ) -> Option<RouteRef<'t>> {
        find::find(&self.trie, method, path, captures).map(|route| RouteRef { stage: self, route })
    }

    /// What its functions and services are called with; some several times.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        let called = self.integrations.iter().filter_map(|it| match &it.calls {
            WhatItCalls::Lambda { function, .. } => function.credentials_arn,
            WhatItCalls::Service(service) => service.credentials_arn,
            _ => None,
        });
        let asked = self.authorizers.iter().filter_map(|it| match &it.kind {
            KindImage::Lambda(image) => image.function.credentials_arn,
            KindImage::Jwt { .. } => None,
        });
        called.chain(asked).map(|arn| arn.of(self.text()))
    }

    /// The text that all spans lie in.
    pub(crate) fn text(&self) -> &str {
        &self.trie.text
    }

    /// Heap memory it holds, in bytes.
    pub fn heap_bytes(&self) -> usize {
        let origins = self.origins.iter().map(OriginImage::heap_bytes).sum::<usize>();
        self.name.len()
            + self.deployment_id.as_deref().map_or(0, str::len)
            + self.cors.as_ref().map_or(0, CorsImage::heap_bytes)
            + self.trie.text.len()
            + size_of_val(&*self.trie.nodes)
            + size_of_val(&*self.trie.slots)
            + size_of_val(&*self.trie.routes)
            + size_of_val(&*self.names)
            + size_of_val(&*self.variables)
            + size_of_val(&*self.integrations)
            + size_of_val(&*self.mappings)
            + size_of_val(&*self.changes)
            + size_of_val(&*self.parameters)
            + size_of_val(&*self.sources)
            + size_of_val(&*self.pieces)
            + size_of_val(&*self.origins)
            + size_of_val(&*self.authorizers)
            + self.authorizers.iter().map(AuthorizerImage::heap_bytes).sum::<usize>()
            + size_of_val(&*self.authorizations)
            + self.authorizations.iter().map(AuthorizationImage::heap_bytes).sum::<usize>()
            + size_of_val(&*self.throttles)
            + size_of_val(&*self.metered)
            + self.metered.iter().map(|key| key.len()).sum::<usize>()
            + self.access_log.as_ref().map_or(0, AccessLogImage::heap_bytes)
            + origins
    }
}

/// A route of a stage.
#[derive(Clone, Copy)]
pub struct RouteRef<'t> {
    stage: &'t StageImage,
    route: &'t Route,
}

impl<'t> RouteRef<'t> {
    /// The route's id.
    pub fn id(&self) -> &'t str {
        self.route.id.of(self.stage.text())
    }

    /// The route key: `GET /pets/{id}`.
    pub fn key(&self) -> &'t str {
        self.route.key.of(self.stage.text())
    }

    /// The verb of the route key; ANY for `$default`.
    pub fn method(&self) -> RouteMethod {
        RouteMethod::ALL
            .into_iter()
            .find(|method| *method as u8 == self.route.method)
            .unwrap_or(RouteMethod::Any)
    }

    /// The names of its path variables, in the order of the captures.
    pub fn param_names(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        let stage = self.stage;
        let start = self.route.names_start as usize;
        let names = stage.names.get(start..start + usize::from(self.route.names_len));
        names.unwrap_or_default().iter().map(|name| name.of(stage.text()))
    }

    /// The raw text that the path variable `name` took of `path`.
    pub fn param<'p>(&self, name: &str, path: &'p str, captures: &Captures) -> Option<&'p str> {
        captures.get(self.param_names().position(|own| own == name)?, path)
    }

    /// The place in [`StageImage::throttles`] of what holds for it.
    pub fn throttle(&self) -> Option<usize> {
        index(self.route.throttle)
    }

    /// The place in [`StageImage::metered`] of its own meter.
    pub fn meter(&self) -> Option<usize> {
        index(self.route.meter)
    }

    /// What it asks of its callers.
    pub fn authorization(&self) -> Authorization<'t> {
        self.stage.authorization(self.route.authorization)
    }

    /// The parameter mapping of what is called, where it has one.
    pub fn mapping(&self) -> Option<Mapping<'t>> {
        let image = self.stage.integrations.get(self.route.integration as usize)?;
        Mapping::of(self.stage, image.mapping)
    }

    /// Whether calling it, or finding out whether it may be, takes what is known of the request.
    pub fn needs_context(&self) -> bool {
        if self.stage.authorization_needs_context(self.route.authorization) {
            return true;
        }
        let Some(image) = self.stage.integrations.get(self.route.integration as usize) else {
            return false;
        };
        let of_mapping = self.mapping().is_some_and(|mapping| mapping.needs_context());
        of_mapping || matches!(&image.calls, WhatItCalls::Service(it) if it.needs_context)
    }

    /// What to call.
    pub fn integration(&self) -> Integration<'t> {
        if self.route.integration == NONE {
            return Integration::None;
        }
        let stage = self.stage;
        let Some(image) = stage.integrations.get(self.route.integration as usize) else {
            return Integration::None;
        };
        match &image.calls {
            WhatItCalls::Broken(reason) => Integration::Broken { reason: reason.of(stage.text()) },
            WhatItCalls::NotYet(reason) => Integration::NotYet { reason: reason.of(stage.text()) },
            WhatItCalls::Http(target) => http(stage, image.id, target),
            WhatItCalls::Lambda { function, timeout_ms } => Integration::Lambda {
                function: LambdaFunction { stage, function },
                timeout_ms: *timeout_ms,
            },
            WhatItCalls::Service(service) => {
                Integration::Service(ServiceIntegration { stage, service })
            }
        }
    }
}

fn index(at: u16) -> Option<usize> {
    (at != NO_INDEX).then_some(usize::from(at))
}

fn http<'t>(stage: &'t StageImage, id: Span, target: &'t Target) -> Integration<'t> {
    match stage.origins.get(target.origin as usize) {
        Some(origin) => Integration::Http(HttpIntegration { stage, id, target, origin }),
        None => Integration::None,
    }
}

impl fmt::Debug for RouteRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteRef").field("id", &self.id()).field("key", &self.key()).finish()
    }
}
