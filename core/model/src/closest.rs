/// Longest word for which another is looked for, in bytes: no name that is meant is longer.
const WORD_BYTES_MAX: usize = 128;
/// Letters that may be wrong at most: added, left out, changed, or two that changed places.
const WRONG_MAX: usize = 4;

/// The known name that `word` was probably meant to be: "did you mean". Case does not count. Up to
/// a third of a name's letters may be wrong, in a short one a single letter.
pub fn closest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > WORD_BYTES_MAX {
        return None;
    }
    let word = word.to_lowercase();
    known
        .into_iter()
        .filter(|known| known.len() <= WORD_BYTES_MAX)
        .map(|known| (strsim::osa_distance(&word, &known.to_lowercase()), known))
        .filter(|(wrong, known)| *wrong <= (known.len() / 3).clamp(1, WRONG_MAX))
        .min_by_key(|(wrong, _)| *wrong)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn the_nearest_name_is_found_and_far_ones_are_not() {
        let known = ["routeKey", "target", "tags"];
        for (word, meant) in [
            ("routekey", Some("routeKey")),
            ("targets", Some("target")),
            ("tragte", Some("target")),
            ("tag", Some("tags")),
            ("somethingElse", None),
            ("", None),
        ] {
            assert_eq!(closest(word, known), meant, "{word}");
        }
        assert_eq!(closest(&"routeKey".repeat(1000), known), None);
        assert_eq!(closest("get", [""]), None);
    }
}
