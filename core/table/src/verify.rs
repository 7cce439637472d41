use ringgate_mapping::{self as mapping, is_field_name, is_reserved};
use ringgate_model::RouteMethod;
use ringgate_model::limits::{ROUTE_PARTS_MAX, VPC_LINK_TARGETS_MAX};

use crate::LinkImage;
use crate::arena::Span;
use crate::authorization::{AuthorizerImage, By, KindImage};
use crate::image::ApiImage;
use crate::integration::{IntegrationImage, OriginImage, Piece, Target, WhatItCalls};
use crate::lambda::FunctionImage;
use crate::mapping::{ChangeImage, ValueImage};
use crate::service::ServiceImage;
use crate::stage::StageImage;
use crate::trie::{NO_INDEX, NONE, Node, Route};

/// The first thing wrong with an image.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// `/stages/prod/nodes/3`
    pub(crate) path: String,
    /// The rule it breaks.
    pub(crate) reason: &'static str,
}

/// `Err` with this reason unless it holds.
fn hold(holds: bool, reason: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(reason) }
}

impl ApiImage {
    /// Checks everything that lookups rely on: every index and span lies in its array, nodes make
    /// a tree no deeper than a route key, and each of its edges is found. What is derived must be
    /// filled in before.
    pub(crate) fn verify(&self) -> Result<(), Fault> {
        if self.api_id.is_empty() {
            return Err(Fault { path: String::new(), reason: "the API has no id" });
        }
        if !self.stages.is_sorted_by(|a, b| a.name < b.name) {
            return Err(Fault { path: "/stages".to_owned(), reason: "not in ascending order" });
        }
        self.stages.iter().try_for_each(StageImage::verify)
    }
}

impl StageImage {
    fn verify(&self) -> Result<(), Fault> {
        if self.trie.nodes.is_empty() {
            let path = format!("/stages/{}/nodes", self.name);
            return Err(Fault { path, reason: "no root" });
        }
        self.each("nodes", self.trie.nodes.len(), verify_nodes)?;
        self.each("routes", self.trie.routes.len(), |stage| {
            stage.trie.routes.iter().map(|route| stage.verify_route(route))
        })?;
        self.each("names", self.names.len(), |stage| {
            stage.names.iter().map(|name| stage.verify_span(*name))
        })?;
        self.each("variables", self.variables.len(), |stage| {
            let spans = stage.variables.iter();
            spans.map(|(name, value)| {
                stage.verify_span(*name).and_then(|()| stage.verify_span(*value))
            })
        })?;
        self.each("integrations", self.integrations.len(), |stage| {
            stage.integrations.iter().map(|image| stage.verify_integration(image))
        })?;
        self.each("mappings", self.mappings.len(), |stage| {
            stage.mappings.iter().map(|image| {
                let last = (image.changes_start as usize).checked_add(image.changes_len as usize);
                hold(last.is_some_and(|last| last <= stage.changes.len()), "no such changes")
            })
        })?;
        self.each("changes", self.changes.len(), |stage| {
            stage.changes.iter().map(|change| stage.verify_change(change))
        })?;
        self.each("parameters", self.parameters.len(), |stage| {
            let parameters = stage.parameters.iter();
            parameters.map(|it| stage.verify_span(it.name).and(stage.verify_value(&it.value)))
        })?;
        self.each("sources", self.sources.len(), |stage| {
            stage.sources.iter().map(|source| match source.text() {
                Some(span) => stage.verify_span(*span),
                None => Ok(()),
            })
        })?;
        self.each("pieces", self.pieces.len(), |stage| {
            stage.pieces.iter().map(|piece| match piece {
                Piece::Literal(span) | Piece::Param(span) => stage.verify_span(*span),
            })
        })?;
        self.verify_authorizers()?;
        self.each("throttles", self.throttles.len(), |stage| {
            let is_rate = |rate: f64| rate.is_finite() && rate >= 0.0;
            stage.throttles.iter().map(move |it| hold(is_rate(it.rate), "not a rate"))
        })?;
        self.each("origins", self.origins.len(), |stage| {
            stage.origins.iter().map(|origin| {
                let OriginImage { scheme, host, port, hash, link, .. } = origin;
                let name = link.as_ref().map(|link| link.name.as_str());
                let own = OriginImage::hash_of(*scheme, host, *port, name);
                hold(own == *hash, "not the hash of this origin")?;
                link.as_deref().map_or(Ok(()), verify_link)
            })
        })
    }

    fn verify_authorizers(&self) -> Result<(), Fault> {
        self.each("authorizers", self.authorizers.len(), |stage| {
            stage.authorizers.iter().map(|authorizer| stage.verify_authorizer(authorizer))
        })?;
        self.each("authorizations", self.authorizations.len(), |stage| {
            stage.authorizations.iter().map(|wanted| match wanted.by {
                By::Authorizer(at) => {
                    hold(usize::from(at) < stage.authorizers.len(), "no such authorizer")
                }
                By::Iam => Ok(()),
                By::Nobody(reason) => stage.verify_span(reason),
            })
        })
    }

    /// Runs the checks of one array and says which element failed.
    fn each<'s, C>(
        &'s self,
        array: &str,
        len: usize,
        checks: impl FnOnce(&'s Self) -> C,
    ) -> Result<(), Fault>
    where
        C: Iterator<Item = Result<(), &'static str>> + 's,
    {
        let fault = |at: usize, reason| Fault {
            path: format!("/stages/{}/{array}/{at}", self.name),
            reason,
        };
        if u32::try_from(len).is_err() {
            return Err(fault(len, "too many"));
        }
        for (at, check) in checks(self).enumerate() {
            check.map_err(|reason| fault(at, reason))?;
        }
        Ok(())
    }

    fn verify_span(&self, span: Span) -> Result<(), &'static str> {
        hold(span.find(self.text()).is_some(), "a text outside the stage's")
    }

    fn verify_route(&self, route: &Route) -> Result<(), &'static str> {
        self.verify_span(route.id)?;
        self.verify_span(route.key)?;
        hold(is_method(route.method), "no such method")?;
        let names = usize::from(route.names_len);
        hold(names <= ROUTE_PARTS_MAX, "more variables than parts")?;
        let last = (route.names_start as usize).saturating_add(names);
        hold(last <= self.names.len(), "names outside the array")?;
        let integration = route.integration as usize;
        let exists = route.integration == NONE || integration < self.integrations.len();
        hold(exists, "no such integration")?;
        let is_there = |at: u16, len: usize| at == NO_INDEX || usize::from(at) < len;
        hold(is_there(route.throttle, self.throttles.len()), "no such throttle")?;
        hold(is_there(route.meter, self.metered.len()), "no such meter")?;
        let asked = is_there(route.authorization, self.authorizations.len());
        hold(asked, "no such authorization")
    }

    fn verify_change(&self, change: &ChangeImage) -> Result<(), &'static str> {
        match change.target {
            mapping::Target::Header(name) => {
                self.verify_span(name)?;
                let name = name.of(self.text());
                hold(is_field_name(name) && !is_reserved(name), "a field that no mapping changes")?;
            }
            mapping::Target::Querystring(name) => self.verify_span(name)?,
            mapping::Target::Path | mapping::Target::StatusCode => {}
        }
        self.verify_value(&change.value)
    }

    fn verify_authorizer(&self, authorizer: &AuthorizerImage) -> Result<(), &'static str> {
        self.verify_span(authorizer.id)?;
        match &authorizer.kind {
            KindImage::Jwt { source, .. } => self.verify_value(source),
            KindImage::Lambda(image) => {
                self.verify_function(&image.function)?;
                self.verify_span(image.setup)?;
                image.sources.iter().try_for_each(|source| self.verify_value(source))
            }
        }
    }

    fn verify_function(&self, function: &FunctionImage) -> Result<(), &'static str> {
        let spans = [function.arn, function.region].into_iter().chain(function.credentials_arn);
        spans.into_iter().try_for_each(|span| self.verify_span(span))
    }

    fn verify_service(&self, service: &ServiceImage) -> Result<(), &'static str> {
        let spans = [service.subtype].into_iter().chain(service.credentials_arn);
        spans.into_iter().try_for_each(|span| self.verify_span(span))?;
        let start = service.parameters_start as usize;
        let last = start.checked_add(service.parameters_len as usize);
        hold(last.is_some_and(|last| last <= self.parameters.len()), "no such parameters")
    }

    fn verify_value(&self, value: &ValueImage) -> Result<(), &'static str> {
        let last = (value.sources_start as usize).checked_add(value.sources_len as usize);
        hold(last.is_some_and(|last| last <= self.sources.len()), "no such sources")
    }

    fn verify_integration(&self, image: &IntegrationImage) -> Result<(), &'static str> {
        self.verify_span(image.id)?;
        let exists = (image.mapping as usize) < self.mappings.len();
        hold(image.mapping == NONE || exists, "no such mapping")?;
        match &image.calls {
            WhatItCalls::Broken(text) | WhatItCalls::NotYet(text) => self.verify_span(*text),
            WhatItCalls::Http(target) => self.verify_target(target),
            WhatItCalls::Lambda { function, .. } => self.verify_function(function),
            WhatItCalls::Service(service) => self.verify_service(service),
        }
    }

    fn verify_target(&self, target: &Target) -> Result<(), &'static str> {
        hold((target.origin as usize) < self.origins.len(), "no such origin")?;
        hold(is_method(target.method), "no such method")?;
        let start = target.pieces_start as usize;
        let range = start..start.saturating_add(usize::from(target.pieces_len));
        let pieces = self.pieces.get(range).ok_or("pieces outside the array")?;
        let begins_path = match pieces.first() {
            Some(Piece::Literal(span)) => span.of(self.text()).starts_with('/'),
            Some(Piece::Param(_)) => false,
            None => target.appends_path,
        };
        hold(begins_path, "a target that does not begin with a slash")
    }

    /// Checks that each of a node's literal edges is found by its text.
    fn verify_slots(&self, node: &Node) -> Result<(), &'static str> {
        hold(node.slot_range().end <= self.trie.slots.len(), "slots outside the array")?;
        for slot in self.trie.slots_of(node).iter().filter(|slot| slot.node != NONE) {
            let text = slot.text.find(self.text()).ok_or("an edge outside the stage's text")?;
            let found = self.trie.child(node, text.as_bytes());
            hold(found == Some(slot.node), "an edge that is not found by its text")?;
        }
        Ok(())
    }
}

/// Checks that nodes make one tree, with slots and routes in the order of the nodes.
fn verify_nodes(stage: &StageImage) -> impl Iterator<Item = Result<(), &'static str>> {
    // How deep each node lies; 0 for one that no node before it leads to.
    let mut depths = vec![0usize; stage.trie.nodes.len()];
    if let Some(root) = depths.first_mut() {
        *root = 1;
    }
    let (mut slots, mut routes) = (0usize, 0usize);
    let default = usize::from(stage.trie.default_route != NONE);
    let check = move |at: usize, node: &Node| -> Result<(), &'static str> {
        let depth = depths.get(at).copied().unwrap_or_default();
        hold(depth > 0, "no node before it leads here")?;
        hold(depth <= ROUTE_PARTS_MAX + 1, "deeper than a route key")?;
        hold(node.slots_start as usize == slots, "slots out of order")?;
        hold(node.routes_start as usize == routes, "routes out of order")?;
        stage.verify_slots(node)?;
        let children = stage.trie.slots_of(node).iter().map(|slot| slot.node).chain([node.param]);
        for child in children.filter(|child| *child != NONE) {
            let child = child as usize;
            hold(child > at, "a child before its parent")?;
            let place = depths.get_mut(child).ok_or("a child outside the array")?;
            hold(*place == 0, "a child with two parents")?;
            *place = depth + 1;
        }
        slots = node.slot_range().end;
        routes = routes
            .saturating_add(usize::from(node.exact_len))
            .saturating_add(usize::from(node.greedy_len));
        hold(
            routes.saturating_add(default) <= stage.trie.routes.len(),
            "routes outside the array",
        )?;
        let last = at + 1 == stage.trie.nodes.len();
        hold(!last || routes + default == stage.trie.routes.len(), "routes that no node leads to")?;
        hold(!last || slots == stage.trie.slots.len(), "slots that no node has")?;
        let default_at = stage.trie.default_route as usize;
        hold(!last || default == 0 || default_at == routes, "$default is not the last route")
    };
    let mut check = check;
    stage.trie.nodes.iter().enumerate().map(move |(at, node)| check(at, node))
}

fn verify_link(link: &LinkImage) -> Result<(), &'static str> {
    let count = link.targets.len();
    hold((1..=VPC_LINK_TARGETS_MAX).contains(&count), "no targets, or too many")?;
    hold(LinkImage::hash_of(&link.targets) == link.hash, "not the hash of these targets")
}

fn is_method(method: u8) -> bool {
    usize::from(method) < RouteMethod::ALL.len()
}
