use crate::query::octets;

/// True when a server could read a segment of `path` as `.` or `..`: with the dots encoded, with
/// an encoded slash or a backslash beside it, or with parameters behind `;` that it strips first.
pub fn has_dot_segment(path: &[u8]) -> bool {
    // Dots of the segment so far; none once it holds anything else.
    let mut dots = Some(0u32);
    for octet in octets(path, false).chain([b'/']) {
        match octet {
            b'/' | b'\\' | b';' => {
                if matches!(dots, Some(1 | 2)) {
                    return true;
                }
                dots = (octet != b';').then_some(0);
            }
            b'.' => dots = dots.map(|dots| dots.saturating_add(1)),
            _ => dots = None,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_segments_in_every_disguise() {
        for path in [
            "/.",
            "/..",
            "/a/./b",
            "/a/../b",
            "/%2e",
            "/%2E%2e/x",
            "/.%2e",
            "/a%2f..%2fb",
            "/a%5c..%5cb",
            "/..;x=1/b",
            "/.;/b",
            "..",
            "/a/%2e%2e",
        ] {
            assert!(has_dot_segment(path.as_bytes()), "{path}");
        }
        for path in [
            "", "/", "/a", "/...", "/a.", "/.a", "/..a/b", "/a..b", "/%2ea", "/a;..", "/.%", "/%2",
            "/.%zz", "//",
        ] {
            assert!(!has_dot_segment(path.as_bytes()), "{path}");
        }
    }
}
