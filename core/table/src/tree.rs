use std::collections::BTreeMap;

use ringgate_model::{PathPart, RouteKey, RouteMethod};

use crate::arena::{Arena, Span};
use crate::compile::Refused;
use crate::trie::{NONE, Node, Route, Slot, part_hash, place, slots_log2};

/// The tree of path parts while routes are added to it.
pub(crate) struct Tree {
    branches: Vec<Branch>,
    names: Vec<Span>,
    default_route: Option<Route>,
}

#[derive(Default)]
struct Branch {
    literals: BTreeMap<String, (Span, usize)>,
    param: Option<usize>,
    exact: Vec<Route>,
    greedy: Vec<Route>,
}

/// A route whose key stands in the arena.
pub(crate) struct NewRoute {
    pub(crate) id: Span,
    pub(crate) key: Span,
    pub(crate) integration: u32,
    pub(crate) throttle: u16,
    pub(crate) meter: u16,
    pub(crate) authorization: u16,
}

/// The tree as flat arrays.
#[derive(Default)]
pub(crate) struct Flat {
    pub(crate) nodes: Vec<Node>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) routes: Vec<Route>,
    pub(crate) names: Vec<Span>,
    pub(crate) default_route: u32,
}

impl Tree {
    pub(crate) fn new() -> Self {
        Self { branches: vec![Branch::default()], names: Vec::new(), default_route: None }
    }

    /// Adds a route at its place. `key` is what `new.key` spells in `arena`.
    ///
    /// # Errors
    /// When another route takes the same requests.
    pub(crate) fn insert(
        &mut self,
        key: &RouteKey,
        new: NewRoute,
        arena: &Arena,
    ) -> Result<(), Refused> {
        let mut route = Route {
            id: new.id,
            key: new.key,
            names_start: u32::try_from(self.names.len()).map_err(|_| Refused::Full)?,
            integration: new.integration,
            names_len: 0,
            method: RouteMethod::Any as u8,
            throttle: new.throttle,
            meter: new.meter,
            authorization: new.authorization,
        };
        let RouteKey::Path { method, parts } = key else {
            if let Some(other) = self.default_route {
                return Err(same_requests(&route, &other, arena));
            }
            self.default_route = Some(route);
            return Ok(());
        };
        route.method = *method as u8;
        let (mut at, mut greedy) = (0, false);
        // Parts stand in the key's own text, each behind a slash.
        let mut offset = method.as_str().len() + " /".len();
        for part in parts {
            match part {
                PathPart::Literal(text) => {
                    let span = new.key.part(offset, text.len());
                    offset += text.len();
                    at = self.literal(at, text, span);
                }
                PathPart::Param(name) | PathPart::Greedy(name) => {
                    self.names.push(new.key.part(offset + "{".len(), name.len()));
                    route.names_len = route.names_len.saturating_add(1);
                    greedy = matches!(part, PathPart::Greedy(_));
                    if !greedy {
                        offset += name.len() + "{}".len();
                        at = self.param(at);
                    }
                }
            }
            offset += "/".len();
        }
        let Some(branch) = self.branches.get_mut(at) else { return Err(Refused::Full) };
        let routes = if greedy { &mut branch.greedy } else { &mut branch.exact };
        if let Some(other) = routes.iter().find(|other| other.method == route.method) {
            return Err(same_requests(&route, other, arena));
        }
        routes.push(route);
        Ok(())
    }

    /// The branch behind the literal `text` of the branch `at`.
    fn literal(&mut self, at: usize, text: &str, span: Span) -> usize {
        let new = self.branches.len();
        let Some(branch) = self.branches.get_mut(at) else { return at };
        if let Some((_, child)) = branch.literals.get(text) {
            return *child;
        }
        branch.literals.insert(text.to_owned(), (span, new));
        self.branches.push(Branch::default());
        new
    }

    /// The branch behind the variable of the branch `at`, whatever routes call it.
    fn param(&mut self, at: usize) -> usize {
        let new = self.branches.len();
        let Some(branch) = self.branches.get_mut(at) else { return at };
        let child = *branch.param.get_or_insert(new);
        if child == new {
            self.branches.push(Branch::default());
        }
        child
    }

    /// The flat arrays; `None` when an index does not fit.
    pub(crate) fn flatten(mut self) -> Option<Flat> {
        let mut flat = Flat { names: std::mem::take(&mut self.names), ..Flat::default() };
        self.flatten_branch(0, &mut flat)?;
        flat.default_route = NONE;
        if let Some(route) = self.default_route {
            flat.default_route = u32::try_from(flat.routes.len()).ok()?;
            flat.routes.push(route);
        }
        Some(flat)
    }

    /// Adds a branch, and behind it all its children: parents come before children, and slots
    /// and routes stand in the order of their nodes.
    fn flatten_branch(&self, at: usize, flat: &mut Flat) -> Option<u32> {
        let branch = self.branches.get(at)?;
        let index = flat.nodes.len();
        let slots_start = flat.slots.len();
        let node = Node {
            only: Slot::EMPTY,
            slots_start: u32::try_from(slots_start).ok()?,
            param: NONE,
            routes_start: u32::try_from(flat.routes.len()).ok()?,
            slots_log2: slots_log2(branch.literals.len()),
            exact_len: u8::try_from(branch.exact.len()).ok()?,
            greedy_len: u8::try_from(branch.greedy.len()).ok()?,
        };
        let slots = node.slot_range();
        flat.nodes.push(node);
        flat.routes.extend_from_slice(&branch.exact);
        flat.routes.extend_from_slice(&branch.greedy);
        flat.slots.resize(slots.end, Slot::EMPTY);
        for (literal, (text, child)) in &branch.literals {
            let node = self.flatten_branch(*child, flat)?;
            let slot = Slot { hash: part_hash(literal.as_bytes()), node, text: *text };
            if branch.literals.len() == 1 {
                flat.nodes.get_mut(index)?.only = slot;
            } else {
                place(flat.slots.get_mut(slots.clone())?, slot);
            }
        }
        if let Some(child) = branch.param {
            let node = self.flatten_branch(child, flat)?;
            flat.nodes.get_mut(index)?.param = node;
        }
        u32::try_from(index).ok().filter(|index| *index != NONE)
    }
}

fn same_requests(route: &Route, other: &Route, arena: &Arena) -> Refused {
    let text = arena.text();
    Refused::Reason(format!(
        "'{}' takes the same requests as '{}' (route {})",
        route.key.of(text),
        other.key.of(text),
        other.id.of(text)
    ))
}
