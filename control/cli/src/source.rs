use ringgate_import::Problem;

/// A problem for people: where, what, the line itself with a caret under the place, what to do.
pub(crate) fn show(kind: &str, problem: &Problem, text: &str) -> String {
    const LINE_CHARS_MAX: usize = 100;
    let Problem { file, line, column, message, hint } = problem;
    let mut shown = format!("{kind}: {message}\n  --> {file}:{line}:{column}\n");
    let source = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    // A whole document may stand on one line: the part around the place is what matters.
    let before = column.saturating_sub(1);
    let whole = source.chars().nth(LINE_CHARS_MAX).is_none();
    let skipped = if whole { 0 } else { before.saturating_sub(LINE_CHARS_MAX / 2) };
    let part: String = source.chars().skip(skipped).take(LINE_CHARS_MAX).collect();
    if !part.trim().is_empty() {
        // Tabs stay tabs under tabs, so that the caret stands where it should.
        let under: String = part
            .chars()
            .take(before.saturating_sub(skipped))
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let gutter = " ".repeat(line.to_string().len());
        shown.push_str(&format!("{line} | {}\n{gutter} | {under}^\n", part.trim_end()));
    }
    if let Some(hint) = hint {
        shown.push_str(&format!("  hint: {hint}\n"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(line: usize, column: usize) -> Problem {
        let (file, message) = ("a.yaml".to_owned(), "wrong".to_owned());
        Problem { file, line, column, message, hint: Some("right".to_owned()) }
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        let shown = show("error", &problem(2, 3), "openapi: 3\n  x: 1\n");
        assert_eq!(shown, "error: wrong\n  --> a.yaml:2:3\n2 |   x: 1\n  |   ^\n  hint: right\n");
    }

    #[test]
    fn a_long_line_is_cut_and_a_missing_one_left_out() {
        let shown = show("error", &problem(1, 5000), &format!("{}x", " a".repeat(4999)));
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[2].len() < 120 && lines[3].len() < 120, "{shown}");
        assert!(show("error", &problem(9, 1), "a\n").lines().count() == 3);
        show("error", &problem(0, 0), "");
    }
}
