//! Base paths of custom domain names: `orders/v1`, whole path segments without a slash at either
//! end.

/// How many bytes of `path` the base path takes, the slash in front included, where `path` begins
/// with it on whole segments; every path begins with the empty one.
///
/// Case counts, as on AWS. Percent-encoded octets are decoded to compare, as for the literals of
/// route keys; an encoded slash parts no segments.
pub(crate) fn taken(path: &str, base_path: &str) -> Option<usize> {
    if base_path.is_empty() {
        return Some(0);
    }
    let mut rest = path.as_bytes().strip_prefix(b"/")?;
    for &wanted in base_path.as_bytes() {
        let (octet, behind) = match rest {
            [b'%', high, low, behind @ ..] if wanted != b'/' => (decoded(*high, *low)?, behind),
            [octet, behind @ ..] => (*octet, behind),
            [] => return None,
        };
        if octet != wanted {
            return None;
        }
        rest = behind;
    }
    matches!(rest, [] | [b'/', ..]).then(|| path.len().saturating_sub(rest.len()))
}

fn decoded(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_segments_are_taken() {
        for (path, base_path, want) in [
            ("/orders/v1/x", "orders/v1", Some(10)),
            ("/orders/v1", "orders/v1", Some(10)),
            ("/orders/v1/", "orders/v1", Some(10)),
            ("/orders/v10", "orders/v1", None),
            ("/orders", "orders/v1", None),
            ("/Orders/v1", "orders/v1", None),
            ("/%6frders/v%31/x", "orders/v1", Some(14)),
            ("/orders%2Fv1/x", "orders/v1", None),
            ("/orders/v%3", "orders/v3", None),
            ("//orders", "orders", None),
            ("orders", "orders", None),
            ("*", "orders", None),
            ("/x", "", Some(0)),
            ("", "", Some(0)),
        ] {
            assert_eq!(taken(path, base_path), want, "{path} {base_path}");
        }
    }
}
