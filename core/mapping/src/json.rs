//! Finds values in JSON text without a tree of it: what is walked over is known to be JSON, so a
//! value is where its text begins and ends.

use crate::json_path::{Step, Steps};

/// Writes what `path` finds in `json`, which must be JSON, to `out`.
///
/// A string is its characters, `null` is nothing, everything else its text without white space.
/// Of members with the same name the last counts, as for nearly every parser: an integration that
/// reads the same body sees the same value. A path with a wildcard finds a list; one without that
/// finds nothing writes nothing.
pub(crate) fn write(json: &str, path: &str, out: &mut impl FnMut(&[u8])) {
    let steps = Steps::of(path);
    let value = json.trim_matches(is_space);
    if steps.clone().any(|step| step == Step::Any) {
        let mut first = true;
        out(b"[");
        each(value, steps, &mut |found| {
            if !std::mem::take(&mut first) {
                out(b",");
            }
            compact(found, out);
        });
        out(b"]");
    } else {
        each(value, steps, &mut |found| text(found, out));
    }
}

/// Hands out every value that the steps lead to. It calls itself once a wildcard at most, so no
/// deeper than a path is long.
fn each<'j>(mut value: &'j str, mut steps: Steps<'_>, found: &mut dyn FnMut(&'j str)) {
    while let Some(step) = steps.next() {
        let next = match step {
            Step::Name(name) => members(value).filter(|(key, _)| is_name(key, name)).last(),
            Step::Index(index) => element(value, index).map(|element| ("", element)),
            Step::Any => {
                let inner = members(value).map(|(_, value)| value).chain(elements(value));
                return inner.for_each(|value| each(value, steps.clone(), found));
            }
        };
        let Some((_, next)) = next else { return };
        value = next;
    }
    found(value);
}

/// The element at an index; a negative one counts from the end.
fn element(array: &str, index: i64) -> Option<&str> {
    let at = match u64::try_from(index) {
        Ok(index) => index,
        Err(_) => {
            let count = elements(array).count() as u64;
            count.checked_sub(index.unsigned_abs())?
        }
    };
    elements(array).nth(usize::try_from(at).ok()?)
}

/// Names, quotes and all, and values of an object; of anything else there are none.
fn members(value: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = value.strip_prefix('{').unwrap_or("}");
    std::iter::from_fn(move || {
        let (name, after) = take(rest)?;
        let after = after.trim_start_matches(is_space).strip_prefix(':')?;
        let (value, after) = take(after)?;
        rest = after;
        Some((name, value))
    })
}

/// Elements of an array; of anything else there are none.
fn elements(value: &str) -> impl Iterator<Item = &str> {
    let mut rest = value.strip_prefix('[').unwrap_or("]");
    std::iter::from_fn(move || {
        let (value, after) = take(rest)?;
        rest = after;
        Some(value)
    })
}

/// The value that `text` begins with, behind white space and a comma, and what follows it. None at
/// the end of what it stands in.
fn take(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches(|c| is_space(c) || c == ',');
    let end = match text.as_bytes().first()? {
        b'"' => string_end(text.as_bytes()),
        b'{' | b'[' => container_end(text.as_bytes()),
        b'}' | b']' => return None,
        _ => text.find(|c| is_space(c) || matches!(c, ',' | '}' | ']')).unwrap_or(text.len()),
    };
    text.split_at_checked(end)
}

/// Where the string that begins here ends, behind its quote.
fn string_end(text: &[u8]) -> usize {
    let mut escaped = false;
    for (at, &byte) in text.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at.saturating_add(1),
            _ => {}
        }
    }
    text.len()
}

/// Where the object or array that begins here ends.
fn container_end(text: &[u8]) -> usize {
    let (mut depth, mut at) = (0usize, 0usize);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => {
                at = at.saturating_add(string_end(text.get(at..).unwrap_or_default()));
                continue;
            }
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at = at.saturating_add(1);
        if depth == 0 {
            break;
        }
    }
    at
}

/// Whether a member's name, in its quotes, is `name`.
fn is_name(quoted: &str, name: &str) -> bool {
    let inner = unquoted(quoted).unwrap_or_default();
    if inner.contains('\\') { Chars(inner).eq(name.chars()) } else { inner == name }
}

/// What stands between the quotes of a string.
fn unquoted(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"')
}

/// Writes a value as text.
fn text(value: &str, out: &mut impl FnMut(&[u8])) {
    match unquoted(value) {
        Some(inner) if inner.contains('\\') => {
            for char in Chars(inner) {
                out(char.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        Some(inner) => out(inner.as_bytes()),
        None if value == "null" => {}
        None => compact(value, out),
    }
}

/// Writes a value as JSON, without white space.
fn compact(value: &str, out: &mut impl FnMut(&[u8])) {
    let mut rest = value;
    while let Some(first) = rest.bytes().next() {
        let len = match first {
            b'"' => string_end(rest.as_bytes()),
            _ => rest.find(|c| c == '"' || is_space(c)).unwrap_or(rest.len()),
        };
        let (part, after) = rest.split_at_checked(len).unwrap_or((rest, ""));
        out(part.as_bytes());
        rest = after.trim_start_matches(is_space);
    }
}

/// White space of JSON (RFC 8259 section 2).
fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\n' | '\r')
}

/// The characters of a string (RFC 8259 section 7). Half of a surrogate pair is U+FFFD.
struct Chars<'j>(&'j str);

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let mut chars = self.0.chars();
        let first = chars.next()?;
        let char = match first {
            '\\' => match chars.next()? {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => {
                    let (char, rest) = unicode(chars.as_str());
                    self.0 = rest;
                    return Some(char);
                }
                other => other,
            },
            other => other,
        };
        self.0 = chars.as_str();
        Some(char)
    }
}

/// The character behind `\u`, of which another `\u` may be a part, and what follows it.
fn unicode(text: &str) -> (char, &str) {
    let Some((unit, rest)) = code_unit(text) else { return (char::REPLACEMENT_CHARACTER, "") };
    let pair = rest.strip_prefix("\\u").and_then(code_unit);
    if let Some((low, after)) = pair
        && let Some(Ok(char)) = char::decode_utf16([unit, low]).next()
        && char > '\u{ffff}'
    {
        return (char, after);
    }
    (char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER), rest)
}

fn code_unit(text: &str) -> Option<(u16, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    Some((u16::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(json: &str, path: &str) -> String {
        let mut out = Vec::new();
        write(json, path, &mut |bytes| out.extend_from_slice(bytes));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_paths_find() {
        let json = r#" { "a" : "x\ny\u00e9\ud83d\ude00\ud800z\"", "n":-1.5e3, "t":true, "z":null,
            "o": { "k" : [ 1 , "2 3", { "q" : "}" } ] }, "l":[10,20,30], "a\u002eb":"dot",
            "d":1, "d":2, "":"empty", "e":[], "f":{} } "#;
        for (path, expected) in [
            (".a", "x\nyé😀\u{fffd}z\""),
            (".n", "-1.5e3"),
            (".t", "true"),
            (".z", ""),
            (".o", r#"{"k":[1,"2 3",{"q":"}"}]}"#),
            (".o.k[1]", "2 3"),
            (".o.k[2].q", "}"),
            (".l[0]", "10"),
            (".l[-1]", "30"),
            (".l[-4]", ""),
            (".l[3]", ""),
            (".l.x", ""),
            (".o[0]", ""),
            ("['a.b']", "dot"),
            ("['']", "empty"),
            (".d", "2"),
            (".l[*]", "[10,20,30]"),
            (".l.*", "[10,20,30]"),
            (".o.*[2].*", r#"["}"]"#),
            (".missing", ""),
            (".missing[*]", "[]"),
            (".e[*]", "[]"),
            (".e", "[]"),
            (".f", "{}"),
            (".f.x", ""),
            (".a.x", ""),
        ] {
            assert_eq!(found(json, path), expected, "{path}");
        }
        assert_eq!(found("[1]", "[0]"), "1");
        assert_eq!(found("\"x\"", ".a"), "");
    }
}
