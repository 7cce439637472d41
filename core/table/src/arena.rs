use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

/// A piece of a stage's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Span {
    /// The text; empty where `text` does not have it, which a verified image rules out.
    pub(crate) fn of(self, text: &str) -> &str {
        self.find(text).unwrap_or_default()
    }

    /// The same as bytes, which needs no look at character boundaries.
    pub(crate) fn bytes_of(self, text: &str) -> &[u8] {
        let start = self.start as usize;
        text.as_bytes().get(start..start.saturating_add(self.len as usize)).unwrap_or_default()
    }

    /// The text, if `text` has it on character boundaries.
    pub(crate) fn find(self, text: &str) -> Option<&str> {
        let start = self.start as usize;
        text.get(start..start.checked_add(self.len as usize)?)
    }

    /// The part of this span that `part`, a slice of its text, lies at.
    pub(crate) fn part(self, offset: usize, len: usize) -> Self {
        Self { start: self.start.saturating_add(offset as u32), len: len as u32 }
    }
}

/// One text for a whole stage; what is put in twice is kept once.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    text: String,
    spans: HashTable<Span>,
    hasher: FixedState,
}

/// The arena is over 4 GiB.
#[derive(Debug)]
pub(crate) struct ArenaFull;

impl Arena {
    /// Where `text` stands from now on.
    pub(crate) fn put(&mut self, text: &str) -> Result<Span, ArenaFull> {
        let hash = self.hasher.hash_one(text);
        let all = &self.text;
        if let Some(span) = self.spans.find(hash, |span| span.of(all) == text) {
            return Ok(*span);
        }
        let start = u32::try_from(self.text.len()).map_err(|_| ArenaFull)?;
        let len = u32::try_from(text.len()).map_err(|_| ArenaFull)?;
        start.checked_add(len).ok_or(ArenaFull)?;
        let span = Span { start, len };
        self.text.push_str(text);
        let (all, hasher) = (&self.text, &self.hasher);
        self.spans.insert_unique(hash, span, |span| hasher.hash_one(span.of(all)));
        Ok(span)
    }

    /// The text so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The finished text.
    pub(crate) fn into_text(self) -> Box<str> {
        self.text.into_boxed_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_one_place() {
        let mut arena = Arena::default();
        let pets = arena.put("GET /pets").unwrap();
        let toys = arena.put("toys").unwrap();
        assert_eq!(arena.put("GET /pets").unwrap(), pets);
        assert_eq!((pets.of(arena.text()), toys.of(arena.text())), ("GET /pets", "toys"));
        assert_eq!(pets.part(5, 4).of(arena.text()), "pets");
        assert_eq!(arena.into_text().len(), 13);
    }

    #[test]
    fn a_span_outside_the_text_is_empty() {
        let span = Span { start: u32::MAX, len: u32::MAX };
        assert_eq!((span.of("text"), span.find("text")), ("", None));
    }
}
