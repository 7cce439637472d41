use serde::{Deserialize, Serialize};

use super::context::Context;
use super::glob;
use super::matching::Match;
use super::variable::{self, Reference, Variable};

/// A text of a policy that values are compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pattern {
    pieces: Box<[Piece]>,
    ignores_case: bool,
}

/// A part of a pattern. What is narrow does not go past a colon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Piece {
    Text(Box<str>),
    /// `?`
    One {
        narrow: bool,
    },
    /// `*`
    Many {
        narrow: bool,
    },
    Variable(Variable),
}

/// What a pattern may have in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Syntax {
    /// `${…}` means something.
    pub(super) variables: bool,
    pub(super) wildcards: Wildcards,
    pub(super) ignores_case: bool,
}

/// What `*` and `?` mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wildcards {
    /// Themselves.
    None,
    /// Any characters.
    Plain,
    /// Of the first five parts of an ARN no colon, save for a `*` at the end of its part ("IAM
    /// JSON policy elements: Resource"). Variables only behind the fifth colon.
    Resource,
    /// Of the first five parts of an ARN no colon ("ARN condition operators").
    Arn,
}

/// The part of an ARN that has no fixed form comes behind so many colons.
pub(super) const ARN_COLONS: usize = 5;

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with a variable in it.
    pub(super) fn read(text: &str, syntax: Syntax) -> Result<Self, String> {
        let mut reader = Reader { syntax, pieces: Vec::new(), text: String::new(), colons: 0 };
        if syntax.wildcards == Wildcards::Arn && text == "*" {
            reader.pieces.push(Piece::Many { narrow: false });
        } else {
            reader.read(text)?;
        }
        Ok(Self { pieces: reader.pieces.into(), ignores_case: syntax.ignores_case })
    }

    /// Whether the value is as the pattern says; unknown when a variable in it has no value.
    pub(super) fn matches(&self, value: &str, context: &dyn Context) -> Match {
        let lacks_value = |piece: &Piece| match piece {
            Piece::Variable(variable) => variable.resolve(context).is_none(),
            _ => false,
        };
        if self.pieces.iter().any(lacks_value) {
            return Match::Unknown;
        }
        glob::matches(&self.pieces, value, self.ignores_case, context).into()
    }

    /// True without variables in it.
    pub(super) fn is_fixed(&self) -> bool {
        !self.pieces.iter().any(|piece| matches!(piece, Piece::Variable(_)))
    }
}

struct Reader {
    syntax: Syntax,
    pieces: Vec<Piece>,
    /// Not yet among the pieces.
    text: String,
    colons: usize,
}

impl Reader {
    fn read(&mut self, text: &str) -> Result<(), String> {
        let mut rest = text;
        while !rest.is_empty() {
            if self.syntax.variables
                && let Some(reference) = rest.strip_prefix("${")
            {
                rest = self.reference(reference)?;
                continue;
            }
            let mut chars = rest.chars();
            let next = chars.next();
            rest = chars.as_str();
            match next {
                Some('*') if self.syntax.wildcards != Wildcards::None => {
                    let ends_part = rest.is_empty() || rest.starts_with(':');
                    let crosses = self.syntax.wildcards == Wildcards::Resource && ends_part;
                    let narrow = self.is_narrow() && !crosses;
                    self.push(Piece::Many { narrow });
                }
                Some('?') if self.syntax.wildcards != Wildcards::None => {
                    let narrow = self.is_narrow();
                    self.push(Piece::One { narrow });
                }
                Some(c) => {
                    self.colons = self.colons.saturating_add(usize::from(c == ':'));
                    self.text.push(c);
                }
                None => {}
            }
        }
        self.flush();
        Ok(())
    }

    fn reference<'t>(&mut self, text: &'t str) -> Result<&'t str, String> {
        let (reference, rest) = variable::read(text)?;
        match reference {
            Reference::Literal(c) => self.text.push(c),
            Reference::Variable(variable) => {
                if self.syntax.wildcards == Wildcards::Resource && self.colons < ARN_COLONS {
                    return Err("a variable may stand only behind the fifth colon".to_owned());
                }
                self.push(Piece::Variable(variable));
            }
        }
        Ok(rest)
    }

    fn is_narrow(&self) -> bool {
        let of_arn = matches!(self.syntax.wildcards, Wildcards::Resource | Wildcards::Arn);
        of_arn && self.colons < ARN_COLONS
    }

    fn push(&mut self, piece: Piece) {
        self.flush();
        self.pieces.push(piece);
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.text).into()));
        }
    }
}
