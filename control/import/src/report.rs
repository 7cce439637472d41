use std::collections::BTreeMap;

use ringgate_model::{Limits, closest};

use crate::limits::PROBLEMS_MAX;
use crate::node::{Kind, Member, Node, Place};
use crate::problem::Problem;

/// What a reader has to tell: problems, which refuse the document; warnings, which do so only where
/// the reader is told to be strict; and notes.
pub(crate) struct Report {
    file: String,
    /// What a document may ask for.
    pub(crate) limits: Limits,
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Problem>,
    pub(crate) notes: Vec<Problem>,
}

impl Report {
    pub(crate) fn new(file: &str, limits: Limits) -> Self {
        let (problems, warnings, notes) = (Vec::new(), Vec::new(), Vec::new());
        Self { file: file.to_owned(), limits, problems, warnings, notes }
    }

    fn entry(&self, at: Place, message: String, hint: Option<String>) -> Problem {
        let Place { line, column } = at;
        Problem { file: self.file.clone(), line, column, message, hint }
    }

    pub(crate) fn problem(&mut self, at: Place, message: impl Into<String>) {
        self.hinted(at, message, None);
    }

    pub(crate) fn hinted(&mut self, at: Place, message: impl Into<String>, hint: Option<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            let entry = self.entry(at, message.into(), hint);
            self.problems.push(entry);
        }
    }

    /// What is left out, and would be there on another kind of API or with another spelling.
    pub(crate) fn warning(&mut self, at: Place, message: impl Into<String>, hint: Option<String>) {
        if self.warnings.len() < PROBLEMS_MAX {
            let entry = self.entry(at, message.into(), hint);
            self.warnings.push(entry);
        }
    }

    pub(crate) fn note(&mut self, at: Place, message: impl Into<String>, hint: Option<String>) {
        if self.notes.len() < PROBLEMS_MAX {
            let entry = self.entry(at, message.into(), hint);
            self.notes.push(entry);
        }
    }

    /// A member that nobody knows.
    pub(crate) fn unknown<'c>(
        &mut self,
        member: &Member,
        of: &str,
        known: impl IntoIterator<Item = &'c str>,
    ) {
        // What was meant takes long to find out: not for more than is told.
        if self.warnings.len() < PROBLEMS_MAX {
            let hint = closest(&member.name, known).map(|meant| format!("did you mean '{meant}'?"));
            self.warning(member.at, format!("{of} has no member '{}'", member.name), hint);
        }
    }

    pub(crate) fn mismatch(&mut self, node: &Node, name: &str, expected: &str) {
        let hint = matches!(node.kind, Kind::Tagged(_)).then(|| {
            "tags of CloudFormation are not resolved here: write the value itself".to_owned()
        });
        let message = format!("'{name}': expected {expected}, found {}", node.what());
        self.hinted(node.at, message, hint);
    }

    pub(crate) fn text<'n>(&mut self, member: &'n Member, expected: &str) -> Option<&'n str> {
        let text = member.value.text();
        if text.is_none() {
            self.mismatch(&member.value, &member.name, expected);
        }
        text
    }

    pub(crate) fn boolean(&mut self, member: &Member) -> Option<bool> {
        let value = member.value.boolean();
        if value.is_none() {
            self.mismatch(&member.value, &member.name, "true or false");
        }
        value
    }

    pub(crate) fn integer(&mut self, member: &Member, range: &str) -> Option<i64> {
        let value = member.value.integer();
        if value.is_none() {
            self.mismatch(&member.value, &member.name, &format!("a whole number, {range}"));
        }
        value
    }

    pub(crate) fn members<'n>(&mut self, node: &'n Node, name: &str) -> &'n [Member] {
        let members = node.members();
        if members.is_none() {
            self.mismatch(node, name, "an object");
        }
        members.unwrap_or_default()
    }

    /// A map of texts.
    pub(crate) fn text_map(&mut self, member: &Member) -> BTreeMap<String, String> {
        let mut map = BTreeMap::new();
        for entry in self.members(&member.value, &member.name) {
            let text = self.text(entry, "a text").map(str::to_owned);
            map.extend(text.map(|text| (entry.name.clone(), text)));
        }
        map
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, member: &Member) -> Option<Vec<String>> {
        let Kind::List(nodes) = &member.value.kind else {
            self.mismatch(&member.value, &member.name, "a list of texts");
            return None;
        };
        let mut texts = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node.text() {
                Some(text) => texts.push(text.to_owned()),
                None => self.mismatch(node, &member.name, "a text"),
            }
        }
        Some(texts)
    }
}
