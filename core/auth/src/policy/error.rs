use std::fmt;

use ringgate_model::closest;

use super::limits::QUOTED_CHARS_MAX;

/// Why a document is no policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// Where: `Statement[2].Condition.StringEquals`; empty for the document as a whole.
    pub place: String,
    /// What was wrong there and what was expected.
    pub message: String,
}

impl PolicyError {
    /// An error of the whole document.
    pub(super) fn whole(message: impl Into<String>) -> Self {
        Self { place: String::new(), message: message.into() }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for PolicyError {}

/// A place in a document, as the steps that lead to it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'p> {
    /// The document.
    Root,
    /// A member of what is at the first place.
    Member(&'p Self, &'p str),
    /// An element of the list at the first place.
    Element(&'p Self, usize),
}

impl<'p> Place<'p> {
    pub(super) fn member(&'p self, name: &'p str) -> Self {
        Self::Member(self, name)
    }

    pub(super) fn element(&'p self, at: usize) -> Self {
        Self::Element(self, at)
    }

    pub(super) fn error(&self, message: impl Into<String>) -> PolicyError {
        PolicyError { place: self.to_string(), message: message.into() }
    }

    /// A name that is not among those `known` here.
    pub(super) fn unknown(&self, what: &str, known: &[&str]) -> PolicyError {
        let name = match self {
            Self::Member(_, name) => name,
            _ => "",
        };
        self.error(match closest(name, known.iter().copied()) {
            Some(meant) => format!("there is no such {what}; did you mean '{meant}'?"),
            None => format!("there is no such {what}; expected one of {}", known.join(", ")),
        })
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Place::Root, name) => f.write_str(&quoted(name)),
            Self::Member(parent, name) => write!(f, "{parent}.{}", quoted(name)),
            Self::Element(parent, at) => write!(f, "{parent}[{at}]"),
        }
    }
}

/// A text of the document as an error shows it: not too long, nothing that moves a cursor.
pub(super) fn quoted(text: &str) -> String {
    let safe = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut shown: String = text.chars().take(QUOTED_CHARS_MAX).map(safe).collect();
    if text.chars().nth(QUOTED_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}
