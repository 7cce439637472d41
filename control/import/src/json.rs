use std::cell::Cell;
use std::collections::BTreeSet;

use crate::limits::DEPTH_MAX;
use crate::node::{Fault, Kind, Member, Node, Place};

/// Reads one JSON document (RFC 8259), keeping the place of everything.
///
/// JSON is YAML on paper only: the YAML parser knows neither surrogate pairs nor tabs after colons,
/// and both are what JSON writers make.
pub(crate) fn read(text: &str) -> Result<Node, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { text, at: 0, line: 1, counted: (0, 0).into() };
    let root = reader.value(0)?;
    reader.space();
    match reader.peek() {
        None => Ok(root),
        Some(_) => Err(reader.expected("the end of the document")),
    }
}

struct Reader<'s> {
    text: &'s str,
    at: usize,
    line: usize,
    /// Up to where the characters of this line are counted, and how many they are: a document of
    /// one line would otherwise be counted from its beginning for each value.
    counted: Cell<(usize, usize)>,
}

impl<'s> Reader<'s> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn place(&self) -> Place {
        let (from, chars) = self.counted.get();
        let more = self.text.get(from..self.at).unwrap_or_default().chars().count();
        self.counted.set((self.at, chars + more));
        Place { line: self.line, column: chars + more + 1 }
    }

    fn fault(&self, message: String) -> Fault {
        Fault { at: self.place(), message: format!("not JSON: {message}") }
    }

    fn expected(&self, what: &str) -> Fault {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => self.fault(format!("expected {what}, found {found:?}")),
            None => self.fault(format!("expected {what}, found the end of the document")),
        }
    }

    fn space(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.at += 1;
            if byte == b'\n' {
                self.line += 1;
                self.counted.set((self.at, 0));
            }
        }
    }

    /// Skips white space and takes `byte` if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Node, Fault> {
        self.space();
        let at = self.place();
        if depth > DEPTH_MAX {
            return Err(self.fault(format!("nested deeper than {DEPTH_MAX} levels")));
        }
        let kind = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Kind::Scalar { text: self.string()?, quoted: true },
            _ => self.word()?,
        };
        Ok(Node { at, kind })
    }

    fn object(&mut self, depth: usize) -> Result<Kind, Fault> {
        self.at += 1;
        let mut members = Vec::new();
        let mut names = BTreeSet::new();
        if self.take(b'}') {
            return Ok(Kind::Map(members));
        }
        loop {
            self.space();
            let at = self.place();
            if self.peek() != Some(b'"') {
                return Err(self.expected("a name in double quotes"));
            }
            let name = self.string()?;
            if !names.insert(name.clone()) {
                let message = format!("'{name}' stands twice in the same object");
                return Err(Fault { at, message });
            }
            if !self.take(b':') {
                return Err(self.expected("':'"));
            }
            members.push(Member { name, at, value: self.value(depth + 1)? });
            if self.take(b'}') {
                return Ok(Kind::Map(members));
            }
            if !self.take(b',') {
                return Err(self.expected("',' or '}'"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Kind, Fault> {
        self.at += 1;
        let mut nodes = Vec::new();
        if self.take(b']') {
            return Ok(Kind::List(nodes));
        }
        loop {
            nodes.push(self.value(depth + 1)?);
            if self.take(b']') {
                return Ok(Kind::List(nodes));
            }
            if !self.take(b',') {
                return Err(self.expected("',' or ']'"));
            }
        }
    }

    /// A string; its text is read by serde_json, which knows every escape.
    fn string(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let mut end = start + 1;
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(byte) if *byte >= 0x20 => end += 1,
                _ => return Err(self.fault("a string without its closing quote".to_owned())),
            }
        }
        let raw = self.text.get(start..=end).unwrap_or_default();
        let text = serde_json::from_str(raw)
            .map_err(|_| self.fault(format!("{raw} has an escape that JSON does not know")))?;
        self.at = end + 1;
        Ok(text)
    }

    /// A number, true, false or null.
    fn word(&mut self) -> Result<Kind, Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let word = rest.split(|c| !legal(c)).next().unwrap_or_default();
        if serde_json::from_str::<serde_json::Value>(word).is_err() {
            return Err(self.expected("a value"));
        }
        self.at += word.len();
        Ok(Kind::Scalar { text: word.to_owned(), quoted: false })
    }
}
