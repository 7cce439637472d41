use std::fmt;
use std::mem::size_of_val;

use ringgate_model::RouteMethod;
use serde::{Deserialize, Serialize};

use crate::arena::Span;
use crate::cors::CorsImage;
use crate::integration::{HttpIntegration, Integration, IntegrationImage, OriginImage, Piece};
use crate::integration::{Target, WhatItCalls};
use crate::trie::{NONE, Route, Trie};
use crate::{Captures, find};

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
    pub(crate) integrations: Box<[IntegrationImage]>,
    pub(crate) pieces: Box<[Piece]>,
    pub(crate) origins: Box<[OriginImage]>,
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
            + size_of_val(&*self.integrations)
            + size_of_val(&*self.pieces)
            + size_of_val(&*self.origins)
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
        }
    }
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
