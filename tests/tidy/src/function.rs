use crate::scan::code_only;

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of its `fn`, from 1.
    pub line: usize,
    /// Lines from `fn` to the closing brace.
    pub lines: usize,
}

/// The functions of a Rust file, found by matching braces.
pub fn functions(text: &str) -> Vec<Function> {
    let code = code_only(text);
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let before = code.get(..at).unwrap_or_default();
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = code.get(at + 3..).unwrap_or_default();
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        // `fn(u8) -> u8` is a type.
        if name.is_empty() {
            continue;
        }
        if let Some(bytes) = body_end(rest) {
            let lines = 1 + rest.get(..bytes).unwrap_or_default().matches('\n').count();
            found.push(Function { name, line: 1 + before.matches('\n').count(), lines });
        }
    }
    found
}

/// Bytes to the brace that ends the body; none when there is no body.
fn body_end(signature: &str) -> Option<usize> {
    let (mut round, mut curly) = (0usize, 0usize);
    for (at, c) in signature.char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round = round.saturating_sub(1),
            ';' if round == 0 && curly == 0 => return None,
            '{' => curly += 1,
            '}' => {
                curly = curly.saturating_sub(1);
                if curly == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_bodies_and_their_length() {
        let text = "trait T { fn none(&self) -> [u8; 4]; }\n\
                    pub fn one() -> fn(u8) -> u8 {\n  \"}\";\n  { }\n}\n\
                    const F: fn(u8) = g;\nfn two() {}\n";
        assert_eq!(
            functions(text),
            [
                Function { name: "one".into(), line: 2, lines: 4 },
                Function { name: "two".into(), line: 7, lines: 1 },
            ]
        );
    }
}
