use super::syntax::{is_token_byte, token};

/// The names of the extensions in one value of Sec-WebSocket-Extensions, which is
/// `1#( token *( ";" token [ "=" ( token / quoted-string ) ] ) )` (RFC 6455 section 9.1). None when
/// it is not that.
pub(super) fn names(value: &[u8]) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = value;
    loop {
        rest = skip(rest, b", \t");
        if rest.is_empty() {
            return Some(names).filter(|names| !names.is_empty());
        }
        let (name, after) = extension(rest)?;
        names.push(name);
        rest = match after {
            [] | [b',', ..] => after,
            _ => return None,
        };
    }
}

/// One extension at the start of `bytes`: its name, and what follows its parameters.
fn extension(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (name, mut rest) = leading_token(bytes)?;
    loop {
        rest = skip(rest, b" \t");
        let [b';', after @ ..] = rest else { return Some((name, rest)) };
        let (_, after) = leading_token(skip(after, b" \t"))?;
        rest = match skip(after, b" \t") {
            [b'=', value @ ..] => parameter_value(skip(value, b" \t"))?,
            _ => after,
        };
    }
}

/// What follows a parameter's value. Quoted or not, it must be a token (RFC 6455 section 9.1), so
/// that nothing can hide in it.
fn parameter_value(bytes: &[u8]) -> Option<&[u8]> {
    let [b'"', quoted @ ..] = bytes else { return leading_token(bytes).map(|(_, rest)| rest) };
    let mut unquoted = Vec::new();
    let mut rest = quoted;
    loop {
        rest = match rest {
            [b'"', rest @ ..] => return token(&unquoted).map(|_| rest),
            [b'\\', byte, rest @ ..] | [byte, rest @ ..] => {
                unquoted.push(*byte);
                rest
            }
            [] => return None,
        };
    }
}

fn leading_token(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| !is_token_byte(*byte)).unwrap_or(bytes.len());
    let (name, rest) = bytes.split_at_checked(end)?;
    Some((token(name)?, rest))
}

/// `bytes` from the first one that is not in `skipped`.
fn skip<'b>(bytes: &'b [u8], skipped: &[u8]) -> &'b [u8] {
    let start = bytes.iter().position(|byte| !skipped.contains(byte)).unwrap_or(bytes.len());
    bytes.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_alone_are_kept() {
        let seen = |value: &str| names(value.as_bytes()).map(|names| names.join(" "));
        for (value, want) in [
            ("a", "a"),
            ("permessage-deflate; client_max_window_bits", "permessage-deflate"),
            ("a;b=10, a; b=9,a", "a a a"),
            ("a;b=\"c\";d , ,e\t;\tf = g,", "a e"),
            ("a; b=\"\\c\\d\", e", "a e"),
        ] {
            assert_eq!(seen(value).as_deref(), Some(want), "{value}");
        }
        for odd in [
            "",
            ",",
            "a b",
            "a;",
            "a;;b",
            "a; b=",
            "a; b=,",
            "a=b",
            ";a",
            "a; b=\"c",
            "a; b=\"\"",
            "a; b=\"c,d\"",
            "a; b=\"c d\"",
            "a; b=\"c\\\"",
            "a; \"b\"",
            "a; b=c d",
            "a/b",
            "a;b==c",
        ] {
            assert_eq!(seen(odd), None, "{odd}");
        }
    }
}
