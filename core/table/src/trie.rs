use std::ops::Range;
use std::slice;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::arena::Span;

/// No node, route or integration.
pub(crate) const NONE: u32 = u32::MAX;

/// The routes of a stage as a tree of path parts, and what a lookup in it touches, side by side.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Trie {
    /// Every name and text of the stage.
    pub(crate) text: Box<str>,
    /// Parents before children; the first is the root.
    pub(crate) nodes: Box<[Node]>,
    /// The literal edges, in the order of their nodes.
    pub(crate) slots: Box<[Slot]>,
    /// In the order of the nodes they end at; `$default` last.
    pub(crate) routes: Box<[Route]>,
    /// The `$default` route, or [`NONE`].
    pub(crate) default_route: u32,
}

/// A place in the tree. The routes that end here stand side by side in the route array: first
/// those whose path ends at this node, then those that go on with a greedy variable.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Node {
    /// Its literal edge if it has one alone, as the first parts of most paths do: no need to go
    /// and fetch it.
    pub(crate) only: Slot,
    /// First of its slots, if it has several edges.
    pub(crate) slots_start: u32,
    /// The node behind a path variable, or [`NONE`].
    pub(crate) param: u32,
    /// First of its routes.
    pub(crate) routes_start: u32,
    /// It has this power of two of slots; [`NO_SLOTS`] for a node with one literal edge or none.
    pub(crate) slots_log2: u8,
    /// Number of routes that end here.
    pub(crate) exact_len: u8,
    /// Number of routes that go on with a greedy variable.
    pub(crate) greedy_len: u8,
}

/// [`Node::slots_log2`] of a node with one literal edge or none.
pub(crate) const NO_SLOTS: u8 = u8::MAX;

/// A literal path part and the node behind it; or room, with [`NONE`] for the node. The slots of
/// a node are a hash table with linear probing, so that one look is enough however many literals
/// a node has, and most misses never look at a text.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Slot {
    /// Derived: [`part_hash`] of the text.
    #[serde(skip)]
    pub(crate) hash: u32,
    pub(crate) node: u32,
    pub(crate) text: Span,
}

impl Slot {
    pub(crate) const EMPTY: Self = Self { hash: 0, node: NONE, text: Span { start: 0, len: 0 } };
}

/// No throttle, no meter, no authorization.
pub(crate) const NO_INDEX: u16 = u16::MAX;

/// One route.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Route {
    pub(crate) id: Span,
    pub(crate) key: Span,
    /// First of the names of its path variables.
    pub(crate) names_start: u32,
    /// Its integration, or [`NONE`].
    pub(crate) integration: u32,
    pub(crate) names_len: u8,
    /// A [`ringgate_model::RouteMethod`] as a number; ANY for `$default`.
    pub(crate) method: u8,
    /// The bucket its requests take from, or [`NO_INDEX`].
    pub(crate) throttle: u16,
    /// The meter of its own that it has, or [`NO_INDEX`].
    pub(crate) meter: u16,
    /// What it asks of its callers, or [`NO_INDEX`].
    pub(crate) authorization: u16,
}

/// The hash of a literal path part.
pub(crate) fn part_hash(part: &[u8]) -> u32 {
    xxh3_64(part) as u32
}

/// How many slots hold `literals` literals: at least a quarter more, so that a search ends soon.
pub(crate) fn slots_log2(literals: usize) -> u8 {
    match literals {
        0 | 1 => NO_SLOTS,
        _ => literals.saturating_add(literals.div_ceil(4)).next_power_of_two().ilog2() as u8,
    }
}

impl Node {
    /// Where its slots stand; outside any array for a node that claims more than one can hold.
    pub(crate) fn slot_range(&self) -> Range<usize> {
        let start = self.slots_start as usize;
        let len = match self.slots_log2 {
            NO_SLOTS => 0,
            slots_log2 => 1usize.checked_shl(u32::from(slots_log2)).unwrap_or(usize::MAX),
        };
        start..start.saturating_add(len)
    }
}

impl Trie {
    /// The node behind the literal edge `part` of `node`.
    pub(crate) fn child(&self, node: &Node, part: &[u8]) -> Option<u32> {
        let slots = self.slots_of(node);
        if let [only] = slots
            && only.node == NONE
        {
            return None;
        }
        let mask = slots.len().checked_sub(1)?;
        let hash = part_hash(part);
        for step in 0..slots.len() {
            let slot = slots.get((hash as usize).wrapping_add(step) & mask)?;
            if slot.node == NONE {
                return None;
            }
            if slot.hash == hash && slot.text.bytes_of(&self.text) == part {
                return Some(slot.node);
            }
        }
        None
    }

    /// The slots of a node: its only edge, or its part of the array.
    pub(crate) fn slots_of<'t>(&'t self, node: &'t Node) -> &'t [Slot] {
        if node.slots_log2 == NO_SLOTS {
            return slice::from_ref(&node.only);
        }
        self.slots.get(node.slot_range()).unwrap_or_default()
    }

    /// Fills in what is derived from the rest.
    pub(crate) fn derive(&mut self) {
        let only = self.nodes.iter_mut().map(|node| &mut node.only);
        for slot in self.slots.iter_mut().chain(only).filter(|slot| slot.node != NONE) {
            slot.hash = part_hash(slot.text.bytes_of(&self.text));
        }
    }
}

/// Puts a literal edge into a free slot of its node's.
pub(crate) fn place(slots: &mut [Slot], slot: Slot) {
    let len = slots.len();
    for step in 0..len {
        let at = (slot.hash as usize).wrapping_add(step) & (len - 1);
        if let Some(free) = slots.get_mut(at).filter(|free| free.node == NONE) {
            *free = slot;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_to_end_a_search() {
        assert_eq!(slots_log2(0), NO_SLOTS);
        assert_eq!(slots_log2(1), NO_SLOTS);
        for literals in 2..5_000 {
            let slots = 1usize << slots_log2(literals);
            assert!(slots > literals && slots < 4 * literals, "{literals} in {slots}");
        }
    }

    #[test]
    fn a_node_cannot_claim_more_than_an_array_holds() {
        for slots_log2 in [63, 64, 200, 254] {
            let node = Node {
                only: Slot::EMPTY,
                slots_start: NONE,
                param: NONE,
                routes_start: 0,
                slots_log2,
                exact_len: 0,
                greedy_len: 0,
            };
            assert!(node.slot_range().end > u32::MAX as usize, "{slots_log2}");
        }
    }
}
