/// Rust text with comments, strings and character literals blanked out: as many lines as before,
/// and every brace and parenthesis that is left is code.
pub fn code_only(text: &str) -> String {
    let mut scanner = Scanner { rest: text, out: String::with_capacity(text.len()) };
    while scanner.step() {}
    scanner.out
}

struct Scanner<'t> {
    rest: &'t str,
    out: String,
}

impl Scanner<'_> {
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        let after_word = self.out.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let raw = (!after_word).then(|| raw_string(self.rest)).flatten();
        let skipped = match first {
            '/' if self.rest.starts_with("//") => self.rest.find('\n').unwrap_or(self.rest.len()),
            '/' if self.rest.starts_with("/*") => block_comment(self.rest),
            '"' => quoted(self.rest, '"'),
            '\'' => character(self.rest),
            _ => raw.unwrap_or(0),
        };
        if skipped == 0 {
            self.take(first.len_utf8(), true);
        } else {
            self.take(skipped, false);
        }
        true
    }

    fn take(&mut self, bytes: usize, kept: bool) {
        let (piece, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        if kept {
            self.out.push_str(piece);
        } else {
            self.out.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        self.rest = rest;
    }
}

/// Bytes of a comment that may hold others.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0usize);
    while let Some(rest) = text.get(at..) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            match rest.chars().next() {
                Some(c) => at += c.len_utf8(),
                None => break,
            }
        }
    }
    text.len()
}

/// Bytes up to the closing quote, escapes passed over.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// Bytes of a character literal; 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => quoted(text, '\''),
        (Some(c), Some('\'')) => 2 + c.len_utf8(),
        _ => 0,
    }
}

/// Bytes of `r"…"`, `r#"…"#`, `br"…"` and the like, if the text begins with one.
fn raw_string(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('b').or_else(|| text.strip_prefix('c')).unwrap_or(text);
    let rest = rest.strip_prefix('r')?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let body = rest.get(hashes..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - body.len();
    Some(body.find(&end).map_or(text.len(), |at| start + at + end.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_in_literals_and_comments_are_no_code() {
        for (text, code) in [
            ("a { \"}\" }", "a {     }"),
            ("'{' '\\'' 'a", "         'a"),
            ("fn f<'a>(x: &'a str) { } // }", "fn f<'a>(x: &'a str) { }     "),
            ("/* { /* } */ { */ x", "                  x"),
            ("r#\"{\"\"#{ br\"}\" var\"{\"", "       {       var   "),
        ] {
            assert_eq!(code_only(text), code, "{text}");
        }
        assert_eq!(code_only("\"a\nb\" c").lines().count(), 2);
    }
}
