use ringgate_model::limits::ROUTE_PARTS_MAX;

/// Where the path variables of a match stand in the path, in the order of the route key.
///
/// A fixed array of byte offsets: make one and use it again for every request.
#[derive(Clone, Debug)]
pub struct Captures {
    spans: Spans,
    len: usize,
    /// Those of the greedy route that is taken if the lookup finds none better.
    aside: Spans,
    aside_len: usize,
}

type Spans = [(u32, u32); ROUTE_PARTS_MAX];

impl Default for Captures {
    fn default() -> Self {
        Self::new()
    }
}

impl Captures {
    /// None yet.
    pub const fn new() -> Self {
        const NONE: Spans = [(0, 0); ROUTE_PARTS_MAX];
        Self { spans: NONE, len: 0, aside: NONE, aside_len: 0 }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when the route has no path variables.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The raw text of variable number `at`, out of the path that was matched.
    pub fn get<'p>(&self, at: usize, path: &'p str) -> Option<&'p str> {
        let (start, end) = *self.spans.get(..self.len)?.get(at)?;
        path.get(start as usize..end as usize)
    }

    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// Adds the bytes `start..end` of the path. A route has at most as many variables as parts.
    pub(crate) fn push(&mut self, start: usize, end: usize) {
        if let Some(span) = self.spans.get_mut(self.len) {
            *span = (start as u32, end as u32);
            self.len += 1;
        }
    }

    pub(crate) fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }

    /// Copies those so far and the bytes `start..end`, to be brought back later.
    pub(crate) fn set_aside(&mut self, start: usize, end: usize) {
        self.push(start, end);
        self.aside_len = copy(&mut self.aside, &self.spans, self.len);
        self.pop();
    }

    /// Makes those that were set aside the ones that count.
    pub(crate) fn bring_back(&mut self) {
        self.len = copy(&mut self.spans, &self.aside, self.aside_len);
    }
}

/// Copies the first `len` spans and says how many there were.
fn copy(to: &mut Spans, from: &Spans, len: usize) -> usize {
    for (to, from) in to.iter_mut().zip(from).take(len) {
        *to = *from;
    }
    len
}
