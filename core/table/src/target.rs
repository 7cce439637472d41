use memchr::memchr;
use ringgate_mapping::has_dot_segment;
use thiserror::Error;

use crate::integration::Piece;

/// Why a request has no upstream target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TargetError {
    /// A captured part is `.` or `..`, plain or encoded. The answer is a 400.
    #[error("a path variable may not hold a '.' or '..' segment")]
    DotSegment,
}

/// Appends the request's own path.
pub(crate) fn write_path(out: &mut Vec<u8>, path: &str) {
    if !path.starts_with('/') {
        out.push(b'/');
    }
    out.extend_from_slice(path.as_bytes());
}

/// Appends the pieces, which are literals, and then the request's own path, which must not lead out
/// of them again.
pub(crate) fn write_below(
    out: &mut Vec<u8>,
    pieces: &[Piece],
    text: &str,
    path: &str,
) -> Result<(), TargetError> {
    let start = out.len();
    for piece in pieces {
        let (Piece::Literal(span) | Piece::Param(span)) = piece;
        out.extend_from_slice(span.of(text).as_bytes());
    }
    if !path.is_empty() {
        write_path(out, path);
    }
    check(out.get(start..).unwrap_or_default(), true)
}

/// Appends the pieces, with `value` of each variable.
pub(crate) fn write_pieces<'p>(
    out: &mut Vec<u8>,
    pieces: &[Piece],
    text: &str,
    value: impl Fn(&str) -> Option<&'p str>,
) -> Result<(), TargetError> {
    let start = out.len();
    let (mut in_query, mut filled) = (false, false);
    for piece in pieces {
        match piece {
            Piece::Literal(span) => {
                let literal = span.of(text).as_bytes();
                out.extend_from_slice(literal);
                if !in_query && let Some(mark) = memchr(b'?', literal) {
                    // What was filled in so far stands in the path: look at it, then no more.
                    let path_end = out.len() - literal.len() + mark;
                    check(out.get(start..path_end).unwrap_or_default(), filled)?;
                    (in_query, filled) = (true, false);
                }
            }
            Piece::Param(name) => {
                let value = value(name.of(text)).unwrap_or_default();
                if in_query {
                    write_query_value(out, value);
                } else {
                    out.extend_from_slice(value.as_bytes());
                    filled = true;
                }
            }
        }
    }
    check(out.get(start..).unwrap_or_default(), filled)
}

/// Appends the client's query to the target that begins at `start`.
pub(crate) fn write_query(out: &mut Vec<u8>, start: usize, query: Option<&str>) {
    let Some(query) = query else { return };
    let target = out.get(start..).unwrap_or_default();
    match (memchr(b'?', target), target.last()) {
        (None, _) => out.push(b'?'),
        (Some(_), Some(b'?' | b'&')) => {}
        (Some(_), _) if query.is_empty() => {}
        (Some(_), _) => out.push(b'&'),
    }
    out.extend_from_slice(query.as_bytes());
}

/// A path part may hold `&` and `=` as they are; in a query they would begin another parameter.
fn write_query_value(out: &mut Vec<u8>, value: &str) {
    for &byte in value.as_bytes() {
        match byte {
            b'&' => out.extend_from_slice(b"%26"),
            b'+' => out.extend_from_slice(b"%2B"),
            b';' => out.extend_from_slice(b"%3B"),
            b'=' => out.extend_from_slice(b"%3D"),
            _ => out.push(byte),
        }
    }
}

fn check(path: &[u8], filled: bool) -> Result<(), TargetError> {
    if filled && has_dot_segment(path) { Err(TargetError::DotSegment) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_goes_behind_whatever_is_there() {
        let written = |target: &str, query| {
            let mut out = b"GET ?".to_vec();
            out.extend_from_slice(target.as_bytes());
            write_query(&mut out, 5, query);
            String::from_utf8(out).unwrap().split_off(5)
        };
        assert_eq!(written("/x", None), "/x");
        // Another resource than without it (RFC 3986 section 6.2.3).
        assert_eq!(written("/x", Some("")), "/x?");
        assert_eq!(written("/x?b", Some("")), "/x?b");
        assert_eq!(written("/x", Some("a=1")), "/x?a=1");
        assert_eq!(written("/x?b", Some("a=1")), "/x?b&a=1");
        assert_eq!(written("/x?", Some("a=1")), "/x?a=1");
        assert_eq!(written("/x?b&", Some("a=1")), "/x?b&a=1");
    }
}
