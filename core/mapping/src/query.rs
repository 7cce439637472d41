use crate::Refused;
use crate::encode::{Encoder, Origin, Place};

/// Appends the parts of a query whose parameters `keeps` wants, by their decoded names, as they
/// came and in their order.
pub fn edit_query(query: &str, keeps: impl Fn(&str) -> bool, out: &mut Vec<u8>) {
    let start = out.len();
    for part in query.split('&') {
        let (name, _) = part.split_once('=').unwrap_or((part, ""));
        let wanted = match is_plain(name) {
            true => keeps(name),
            false => keeps(&String::from_utf8_lossy(&decoded(name))),
        };
        if wanted && !part.is_empty() {
            separate(out, start);
            out.extend_from_slice(part.as_bytes());
        }
    }
}

/// Appends `name=` to the query that begins at `start` in `out`, for a value to be written behind.
///
/// # Errors
/// [`Refused::TooLong`]
pub fn write_parameter(name: &str, start: usize, out: &mut Vec<u8>) -> Result<(), Refused> {
    separate(out, start);
    let mut encoder = Encoder::new(out, Place::Query);
    encoder.push(name.as_bytes(), Origin::Plain);
    encoder.end()?;
    out.push(b'=');
    Ok(())
}

fn separate(out: &mut Vec<u8>, start: usize) {
    if out.len() > start {
        out.push(b'&');
    }
}

/// Hands out the decoded value of each parameter of this name, in order.
pub(crate) fn values(query: &str, name: &str, each: &mut dyn FnMut(&[u8])) {
    for part in query.split('&') {
        let (own, value) = part.split_once('=').unwrap_or((part, ""));
        let is_it = match is_plain(own) {
            true => own == name,
            false => octets(own.as_bytes(), true).eq(name.bytes()),
        };
        if !is_it || part.is_empty() {
            continue;
        }
        match is_plain(value) {
            true => each(value.as_bytes()),
            false => each(&decoded(value)),
        }
    }
}

/// Whether the query has a parameter of this name, be it an empty one.
pub fn has_parameter(query: &str, name: &str) -> bool {
    let mut has = false;
    values(query, name, &mut |_| has = true);
    has
}

/// Nothing in it is encoded.
fn is_plain(text: &str) -> bool {
    !text.contains(['%', '+'])
}

fn decoded(text: &str) -> Vec<u8> {
    octets(text.as_bytes(), true).collect()
}

/// The octets of a part of a URI, decoded (RFC 3986 section 2.1); a `%` without two digits stays.
/// In a form's query a `+` is a space.
pub(crate) fn octets(text: &[u8], is_form: bool) -> impl Iterator<Item = u8> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (&first, tail) = rest.split_first()?;
        let (octet, tail) = match (first, tail) {
            (b'%', [high, low, tail @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, tail),
                _ => (first, rest.get(1..).unwrap_or_default()),
            },
            (b'+', _) if is_form => (b' ', tail),
            _ => (first, tail),
        };
        rest = tail;
        Some(octet)
    })
}

fn digit(hex: u8) -> Option<u8> {
    char::from(hex).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_names_are_case_sensitive() {
        let query = "a=1&%61=2+3&A=x&a&=y&&b%3D=%zz%4";
        let of = |name: &str| {
            let mut all = Vec::new();
            values(query, name, &mut |value| all.push(String::from_utf8_lossy(value).into_owned()));
            all
        };
        assert_eq!(of("a"), ["1", "2 3", ""]);
        assert_eq!(of("A"), ["x"]);
        assert_eq!(of("b="), ["%zz%4"]);
        assert_eq!(of(""), ["y"]);
        assert!(of("c").is_empty());
    }

    #[test]
    fn a_query_keeps_what_is_wanted_as_it_came() {
        let edited = |query: &str, gone: &str| {
            let mut out = b"?".to_vec();
            edit_query(query, |name| name != gone, &mut out);
            String::from_utf8(out).unwrap().split_off(1)
        };
        assert_eq!(edited("a=1&b=%20+&%61=2&c", "a"), "b=%20+&c");
        assert_eq!(edited("a=1&&b", "x"), "a=1&b");
        assert_eq!(edited("a", "a"), "");
        assert_eq!(edited("", "a"), "");
        let mut out = b"?x=1".to_vec();
        write_parameter("a b&", 1, &mut out).unwrap();
        assert_eq!(out, b"?x=1&a%20b%26=");
    }
}
