use memchr::memchr;
use ringgate_model::RouteMethod;
use ringgate_model::limits::ROUTE_KEY_CHARS_MAX;

use crate::Captures;
use crate::trie::{NO_SLOTS, NONE, Node, Route, Trie};

/// The path is used up: no part is left, not even an empty one behind a last slash.
const END: usize = usize::MAX;

/// One lookup under way.
struct Search<'s, 'p> {
    trie: &'s Trie,
    path: &'p str,
    /// The request's verb; none for one that no route key can name, which only ANY takes.
    method: Option<RouteMethod>,
    /// True when some part may hold percent-encoded octets.
    encoded: bool,
}

/// Finds the route of a request: a full match, else the greedy one with the longest literal
/// prefix, else `$default` (AWS, "Routing API requests"; spec section 2.3).
///
/// Both passes go through the tree in the order literal, variable, greedy, so the first route
/// that has the method is the most specific one that has it.
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
        encoded: memchr(b'%', path.as_bytes()).is_some(),
    };
    if let Some(route) = search.full(0, start, captures) {
        return Some(route);
    }
    if trie.has_greedy
        && let Some(route) = search.greedy(0, start, captures)
    {
        return Some(route);
    }
    trie.routes.get(trie.default_route as usize)
}

impl<'s, 'p> Search<'s, 'p> {
    /// The route that takes the whole path from `start` on, below `node`.
    fn full(&self, node: u32, start: usize, captures: &mut Captures) -> Option<&'s Route> {
        let node = self.trie.nodes.get(node as usize)?;
        if start == END {
            return self.pick(node.routes_start, node.exact_len);
        }
        let (part, next) = self.part(start)?;
        if let Some(child) = self.literal(node, part)
            && let Some(route) = self.full(child, next, captures)
        {
            return Some(route);
        }
        if node.param == NONE || part.is_empty() {
            return None;
        }
        captures.push(start, start + part.len());
        let route = self.full(node.param, next, captures);
        if route.is_none() {
            captures.pop();
        }
        route
    }

    /// The greedy route that takes the path from `start` on, below `node` or at it.
    fn greedy(&self, node: u32, start: usize, captures: &mut Captures) -> Option<&'s Route> {
        let node = self.trie.nodes.get(node as usize)?;
        // A greedy variable takes one byte at least.
        if start >= self.path.len() {
            return None;
        }
        let (part, next) = self.part(start)?;
        if let Some(child) = self.literal(node, part)
            && let Some(route) = self.greedy(child, next, captures)
        {
            return Some(route);
        }
        if node.param != NONE && !part.is_empty() {
            captures.push(start, start + part.len());
            if let Some(route) = self.greedy(node.param, next, captures) {
                return Some(route);
            }
            captures.pop();
        }
        let first = node.routes_start.checked_add(u32::from(node.exact_len))?;
        let route = self.pick(first, node.greedy_len)?;
        captures.push(start, self.path.len());
        Some(route)
    }

    /// The part of the path that begins at `start`, and where the next one begins.
    fn part(&self, start: usize) -> Option<(&'p [u8], usize)> {
        let rest = self.path.as_bytes().get(start..)?;
        match memchr(b'/', rest) {
            Some(len) => Some((rest.get(..len)?, start + len + 1)),
            None => Some((rest, END)),
        }
    }

    /// Of the routes at one place, the one for this verb, else the one for ANY.
    fn pick(&self, start: u32, len: u8) -> Option<&'s Route> {
        let start = start as usize;
        let routes = self.trie.routes.get(start..start.checked_add(usize::from(len))?)?;
        let of = |method: RouteMethod| routes.iter().find(|r| r.method == method as u8);
        self.method.and_then(of).or_else(|| of(RouteMethod::Any))
    }

    /// The node behind the literal edge `part`, whose unreserved octets may be percent-encoded.
    fn literal(&self, node: &Node, part: &[u8]) -> Option<u32> {
        if node.slots_log2 == NO_SLOTS {
            return None;
        }
        if self.encoded && memchr(b'%', part).is_some() {
            return self.encoded_literal(node, part);
        }
        self.trie.child(node, part)
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
