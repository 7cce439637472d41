use serde::{Deserialize, Serialize};

use crate::arena::Span;

/// No node, route or integration.
pub(crate) const NONE: u32 = u32::MAX;

/// A place in the tree of path parts. The routes that end here stand side by side in the stage's
/// route array: first those whose path ends at this node, then those that go on with a greedy
/// variable.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Node {
    /// First of its literal edges.
    pub(crate) edges_start: u32,
    /// Number of its literal edges, which are in ascending order of their text.
    pub(crate) edges_len: u32,
    /// The node behind a path variable, or [`NONE`].
    pub(crate) param: u32,
    /// First of its routes.
    pub(crate) routes_start: u32,
    /// Bytes that the texts of all its edges begin with in common.
    pub(crate) shared_bytes: u16,
    /// Number of routes that end here.
    pub(crate) exact_len: u8,
    /// Number of routes that go on with a greedy variable.
    pub(crate) greedy_len: u8,
}

/// One literal path part and the node behind it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Edge {
    pub(crate) text: Span,
    pub(crate) node: u32,
}

/// The eight bytes of `part` behind the `shared_bytes` that all its siblings begin with, as a
/// number that sorts as they do; `None` for a part too short to be one of them.
///
/// Siblings are told apart by this number in one array of u64, nearly always without a look at
/// their text.
pub(crate) fn edge_key(part: &[u8], shared_bytes: u16) -> Option<u64> {
    let tail = part.get(usize::from(shared_bytes)..)?;
    if let Some(first) = tail.first_chunk::<8>() {
        return Some(u64::from_be_bytes(*first));
    }
    let mut key = 0u64;
    for &byte in tail {
        key = key << 8 | u64::from(byte);
    }
    // A tail of 1 to 7 bytes is shifted by 56 to 8 bits; an empty one is 0 as it is.
    Some(key.checked_shl(64 - 8 * tail.len() as u32).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_their_texts() {
        let mut texts = ["", "a", "a0", "aa", "ab", "abcdefgh", "abcdefghi", "b", "zzzzzzzzz"];
        texts.sort_unstable();
        let keys: Vec<_> = texts.iter().map(|t| edge_key(t.as_bytes(), 0).unwrap()).collect();
        assert!(keys.is_sorted(), "{keys:x?}");
        assert_eq!(edge_key(b"pets", 5), None);
        assert_eq!(edge_key(b"pets", 4), Some(0));
        assert_eq!(edge_key(b"pets", 3), Some(u64::from(b's') << 56));
    }
}
