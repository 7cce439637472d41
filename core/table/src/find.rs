use ringgate_model::RouteMethod;
use ringgate_model::limits::ROUTE_KEY_CHARS_MAX;

use crate::Captures;
use crate::trie::{NONE, Node, Route, Trie};

/// The path is used up: no part is left, not even an empty one behind a last slash.
const END: usize = usize::MAX;

/// One lookup under way.
struct Search<'s, 'p> {
    trie: &'s Trie,
    path: &'p str,
    /// The request's verb; none for one that no route key can name, which only ANY takes.
    method: Option<RouteMethod>,
}

/// What stands between two slashes of the path.
struct Part<'p> {
    text: &'p [u8],
    /// It holds a `%`.
    encoded: bool,
    /// Where it ends in the path.
    end: usize,
    /// Where the next part begins, or [`END`].
    next: usize,
}

/// Finds the route of a request: a full match, else the greedy one with the longest literal
/// prefix, else `$default` (AWS, "Routing API requests"; spec section 2.3).
///
/// The tree is walked in the order literal, variable, greedy, so of each kind the first route that
/// has the method is the most specific one that has it. No node is met twice.
pub(crate) fn find<'s>(
    trie: &'s Trie,
    method: &str,
    path: &str,
    captures: &mut Captures,
) -> Option<&'s Route> {
    captures.clear();
    let start = usize::from(path.starts_with('/'));
    let start = if start == path.len() { END } else { start };
    let search = Search {
        trie,
        path,
        method: RouteMethod::parse(method).filter(|method| *method != RouteMethod::Any),
    };
    let mut greedy = None;
    if let Some(route) = search.walk(0, start, captures, &mut greedy) {
        return Some(route);
    }
    if greedy.is_some() {
        captures.bring_back();
        return greedy;
    }
    trie.routes.get(trie.default_route as usize)
}

impl<'s, 'p> Search<'s, 'p> {
    /// The route that takes the whole path from `start` on, below `node`. On the way `greedy`
    /// becomes the first greedy route that would, and `captures` sets its variables aside.
    fn walk(
        &self,
        node: u32,
        start: usize,
        captures: &mut Captures,
        greedy: &mut Option<&'s Route>,
    ) -> Option<&'s Route> {
        let node = self.trie.nodes.get(node as usize)?;
        if start == END {
            return self.pick(node.routes_start, node.exact_len);
        }
        let part = self.part(start)?;
        if let Some(child) = self.literal(node, &part)
            && let Some(route) = self.walk(child, part.next, captures, greedy)
        {
            return Some(route);
        }
        if node.param != NONE && !part.text.is_empty() {
            captures.push(start, part.end);
            if let Some(route) = self.walk(node.param, part.next, captures, greedy) {
                return Some(route);
            }
            captures.pop();
        }
        // A greedy variable takes one byte at least.
        if node.greedy_len > 0 && greedy.is_none() && start < self.path.len() {
            let first = node.routes_start.checked_add(u32::from(node.exact_len))?;
            *greedy = self.pick(first, node.greedy_len);
            if greedy.is_some() {
                captures.set_aside(start, self.path.len());
            }
        }
        None
    }

    /// The part of the path that begins at `start`.
    fn part(&self, start: usize) -> Option<Part<'p>> {
        let rest = self.path.as_bytes().get(start..)?;
        let (len, encoded) = measure(rest);
        let next = if len == rest.len() { END } else { start + len + 1 };
        Some(Part { text: rest.get(..len)?, encoded, end: start + len, next })
    }

    /// Of the routes at one place, the one for this verb, else the one for ANY.
    fn pick(&self, start: u32, len: u8) -> Option<&'s Route> {
        let start = start as usize;
        let routes = self.trie.routes.get(start..start.checked_add(usize::from(len))?)?;
        let of = |method: RouteMethod| routes.iter().find(|r| r.method == method as u8);
        self.method.and_then(of).or_else(|| of(RouteMethod::Any))
    }

    /// The node behind the literal edge `part`, whose unreserved octets may be percent-encoded.
    fn literal(&self, node: &Node, part: &Part<'_>) -> Option<u32> {
        if part.encoded {
            return self.encoded_literal(node, part.text);
        }
        self.trie.child(node, part.text)
    }

    /// Apart, so that the usual path does without the room for it.
    #[cold]
    #[inline(never)]
    fn encoded_literal(&self, node: &Node, part: &[u8]) -> Option<u32> {
        let mut decoded = [0; ROUTE_KEY_CHARS_MAX];
        let len = percent_decode(part, &mut decoded)?;
        self.trie.child(node, decoded.get(..len)?)
    }
}

/// The length of the part that `rest` begins with, and whether it holds a `%`.
///
/// Eight bytes at a time, in line: parts are so short that calling memchr for each took a quarter
/// of the lookup's instructions.
fn measure(rest: &[u8]) -> (usize, bool) {
    let (words, tail) = rest.as_chunks::<8>();
    let (mut len, mut encoded) = (0, false);
    for word in words {
        let word = u64::from_le_bytes(*word);
        let slashes = marks(word, b'/');
        let before_slash = !slashes & slashes.wrapping_sub(1);
        encoded |= marks(word, b'%') & before_slash != 0;
        if slashes != 0 {
            return (len + slashes.trailing_zeros() as usize / 8, encoded);
        }
        len += 8;
    }
    for &byte in tail {
        if byte == b'/' {
            break;
        }
        encoded |= byte == b'%';
        len += 1;
    }
    (len, encoded)
}

/// The high bit of each byte of `word` that equals `byte`. The lowest mark is exact; one above it
/// may be too many.
fn marks(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let zeros = word ^ (ONES * u64::from(byte));
    zeros.wrapping_sub(ONES) & !zeros & (ONES << 7)
}

/// Decodes `part` into `out` and says how long it became. `None` when it is longer than any
/// literal or holds a `%` without two hex digits, which no literal holds.
fn percent_decode(part: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut rest = part;
    let mut len = 0;
    while let Some((&first, tail)) = rest.split_first() {
        let (byte, tail) = match (first, tail) {
            (b'%', [high, low, tail @ ..]) => (hex(*high)? << 4 | hex(*low)?, tail),
            (b'%', _) => return None,
            _ => (first, tail),
        };
        *out.get_mut(len)? = byte;
        len += 1;
        rest = tail;
    }
    Some(len)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn measures_as_a_plain_loop_does(text in "[a.%/0$&\u{80}\u{af}]{0,40}") {
            let bytes = text.as_bytes();
            let len = bytes.iter().position(|b| *b == b'/').unwrap_or(bytes.len());
            prop_assert_eq!(measure(bytes), (len, bytes[..len].contains(&b'%')));
        }
    }
}
