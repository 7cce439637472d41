use super::context::Context;
use super::pattern::Piece;

/// Where to go on: these pieces against this text.
type Spot<'p, 't> = (&'p [Piece], &'t str);

/// Whether the text is what the pieces say, from end to end. A variable without a value is nothing
/// that a text could be.
///
/// No recursion and no memory: only the last star of each kind is ever tried again. A star that may
/// take any character is as good as all stars before it; one that takes no colon is as good as
/// those of its kind before it, since what is between two of them in different parts of an ARN ends
/// at a colon that cannot be another.
pub(super) fn matches(
    pieces: &[Piece],
    text: &str,
    ignores_case: bool,
    context: &dyn Context,
) -> bool {
    let Some((mut pieces, mut rest)) = up_to_star(pieces, text, ignores_case, context) else {
        return false;
    };
    let (mut wide, mut narrow): (Option<Spot<'_, '_>>, Option<Spot<'_, '_>>) = (None, None);
    loop {
        let next = match pieces.split_first() {
            None if rest.is_empty() => return true,
            None => None,
            Some((Piece::Many { narrow: false }, [])) => return true,
            Some((Piece::Many { narrow: false }, after)) => {
                (wide, narrow) = (seek(after, rest, ignores_case), None);
                wide
            }
            Some((Piece::Many { narrow: true }, after)) => {
                narrow = Some((after, rest));
                narrow
            }
            Some((piece, after)) => {
                strip(piece, rest, ignores_case, context).map(|rest| (after, rest))
            }
        };
        let next = match next {
            Some(spot) => Some(spot),
            None => {
                narrow = narrow.and_then(|spot| longer(spot, true));
                if narrow.is_none() {
                    wide = wide
                        .and_then(|spot| longer(spot, false))
                        .and_then(|(after, rest)| seek(after, rest, ignores_case));
                }
                narrow.or(wide)
            }
        };
        let Some(spot) = next else { return false };
        (pieces, rest) = spot;
    }
}

/// What is left behind the pieces before the first star: most patterns are told from a text by
/// these. `None`: the text begins otherwise.
fn up_to_star<'p, 't>(
    mut pieces: &'p [Piece],
    mut rest: &'t str,
    ignores_case: bool,
    context: &dyn Context,
) -> Option<Spot<'p, 't>> {
    while let Some((piece, after)) = pieces.split_first() {
        if matches!(piece, Piece::Many { .. }) {
            break;
        }
        rest = strip(piece, rest, ignores_case, context)?;
        pieces = after;
    }
    Some((pieces, rest))
}

/// Behind a star that takes one character more.
fn longer<'p, 't>((after, rest): Spot<'p, 't>, narrow: bool) -> Option<Spot<'p, 't>> {
    let mut chars = rest.chars();
    let taken = chars.next()?;
    (!narrow || taken != ':').then_some((after, chars.as_str()))
}

/// The next place where the pieces behind a wide star can begin: where their text stands, if they
/// begin with one.
fn seek<'p, 't>(after: &'p [Piece], rest: &'t str, ignores_case: bool) -> Option<Spot<'p, 't>> {
    let Some(Piece::Text(text)) = after.first().filter(|_| !ignores_case) else {
        return Some((after, rest));
    };
    // A slash stands everywhere in what is asked for; what is behind it does not.
    let ahead = usize::from(text.len() > 1 && text.starts_with('/'));
    let sought = text.as_bytes().get(ahead)?;
    let mut found = memchr::memchr_iter(*sought, rest.as_bytes());
    found.find_map(|at| {
        let rest = rest.get(at.checked_sub(ahead)?..)?;
        rest.starts_with(&**text).then_some((after, rest))
    })
}

/// What is behind one piece that is no star.
fn strip<'t>(
    piece: &Piece,
    text: &'t str,
    ignores_case: bool,
    context: &dyn Context,
) -> Option<&'t str> {
    match piece {
        Piece::Text(prefix) => strip_text(text, prefix, ignores_case),
        Piece::Variable(variable) => strip_text(text, &variable.resolve(context)?, ignores_case),
        Piece::One { narrow } => {
            let mut chars = text.chars();
            let taken = chars.next()?;
            (!narrow || taken != ':').then_some(chars.as_str())
        }
        Piece::Many { .. } => None,
    }
}

fn strip_text<'t>(text: &'t str, prefix: &str, ignores_case: bool) -> Option<&'t str> {
    if !ignores_case {
        return text.strip_prefix(prefix);
    }
    // Most are written as they are asked for, and that is seen at once.
    if let Some((head, tail)) = text.split_at_checked(prefix.len())
        && (head == prefix || head.eq_ignore_ascii_case(prefix))
    {
        return Some(tail);
    }
    let mut chars = text.chars();
    for wanted in prefix.chars() {
        let c = chars.next()?;
        let same = c.eq_ignore_ascii_case(&wanted)
            || (!c.is_ascii() && c.to_lowercase().eq(wanted.to_lowercase()));
        if !same {
            return None;
        }
    }
    Some(chars.as_str())
}
