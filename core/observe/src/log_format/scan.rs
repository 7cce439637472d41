use super::piece::{Piece, Place};
use super::{FormatError, Unknown, Variable};

/// Takes a format apart.
///
/// A variable is `$context.` and letters, digits, `_` and, between them, `.` (in names that an
/// authorizer chose also `-`), or the same in braces: `${context.stage}`. A `$` before anything but
/// a letter or a brace is text; other references, as `$stageVariables.x`, are refused.
pub(super) fn pieces(format: &str) -> Result<Vec<Piece>, FormatError> {
    let mut pieces = Pieces::default();
    let mut rest = format;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        pieces.text.push_str(before);
        let reference = Reference::at(from);
        rest = from.strip_prefix(reference.whole).unwrap_or_default();
        pieces.push(&reference);
    }
    pieces.text.push_str(rest);
    pieces.end()
}

/// What a `$` begins.
struct Reference<'f> {
    /// With its `$`.
    whole: &'f str,
    /// Without; empty if it is no reference.
    name: &'f str,
}

impl<'f> Reference<'f> {
    /// The one that `from` begins with.
    fn at(from: &'f str) -> Self {
        let name = from.strip_prefix('$').unwrap_or_default();
        let (name, length) = match name.strip_prefix('{') {
            Some(inner) => match inner.split_once('}') {
                Some((name, _)) => (name, name.len().saturating_add(3)),
                // Nothing is called so.
                None => (from, from.len()),
            },
            None => {
                let name = plain_name(name);
                (name, name.len().saturating_add(1))
            }
        };
        Self { whole: from.get(..length).unwrap_or(from), name }
    }
}

/// The name that `text` begins with.
fn plain_name(text: &str) -> &str {
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return "";
    }
    let chosen = text.starts_with("context.authorizer.");
    let end = text.find(|c: char| {
        !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.') || (chosen && c == '-'))
    });
    text.get(..end.unwrap_or(text.len())).unwrap_or_default().trim_end_matches(['.', '-'])
}

/// What was found so far.
#[derive(Default)]
struct Pieces {
    found: Vec<Piece>,
    text: String,
    unknown: Vec<Unknown>,
}

impl Pieces {
    fn push(&mut self, reference: &Reference<'_>) {
        if reference.name.is_empty() {
            return self.text.push_str(reference.whole);
        }
        let name = reference.name.strip_prefix("context.");
        match name.and_then(Variable::named) {
            Some((variable, property)) => {
                self.end_text();
                let (property, place) = (property.into(), Place::Text);
                self.found.push(Piece::Variable { variable, property, place });
            }
            None => self.unknown.push(Unknown {
                reference: reference.whole.to_owned(),
                meant: match name {
                    Some(name) => Variable::nearest(name),
                    None => Variable::named(reference.name).map(|(variable, _)| variable.name()),
                },
            }),
        }
    }

    fn end_text(&mut self) {
        if !self.text.is_empty() {
            self.found.push(Piece::Text(std::mem::take(&mut self.text).into()));
        }
    }

    fn end(mut self) -> Result<Vec<Piece>, FormatError> {
        self.end_text();
        if self.unknown.is_empty() {
            Ok(self.found)
        } else {
            Err(FormatError::Unknown(self.unknown))
        }
    }
}
