use crate::say::say;

/// Prints rows in columns as wide as they must be, two spaces between them. Without headings the
/// rows stand alone.
pub(crate) fn print(headings: &[&str], rows: &[Vec<String>]) {
    say(lines(headings, rows));
}

/// The same as text.
pub(crate) fn lines(headings: &[&str], rows: &[Vec<String>]) -> String {
    render(headings, rows).trim_end().to_owned()
}

fn render(headings: &[&str], rows: &[Vec<String>]) -> String {
    let headings: Vec<String> = headings.iter().map(|&heading| heading.to_owned()).collect();
    let all = || std::iter::once(&headings).filter(|row| !row.is_empty()).chain(rows);
    let width = |at: usize| all().filter_map(|row| row.get(at)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..).map_while(width).collect();
    let mut text = String::new();
    for row in all() {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_nothing_trails() {
        let rows = [vec!["a".to_owned(), "é".to_owned()], vec!["long".to_owned(), String::new()]];
        assert_eq!(render(&["X", "NAME"], &rows), "X     NAME\na     é\nlong\n");
        assert_eq!(render(&["X"], &[]), "X\n");
        assert_eq!(render(&[], &rows[..1]), "a  é\n");
    }
}
