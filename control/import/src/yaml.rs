use std::collections::BTreeMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use crate::limits::{DEPTH_MAX, TREE_BYTES_MAX};
use crate::node::{Fault, Kind, Member, Node, Place};

/// Reads one YAML document.
pub(crate) fn read(text: &str) -> Result<Node, Fault> {
    let mut loader = Loader {
        parser: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
        bytes_left: TREE_BYTES_MAX,
    };
    loader.document()
}

struct Loader<'s> {
    parser: Parser<'s, StrInput<'s>>,
    anchors: BTreeMap<usize, Node>,
    bytes_left: usize,
}

impl<'s> Loader<'s> {
    fn document(&mut self) -> Result<Node, Fault> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::StreamEnd => break,
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(fault(span.start, "a second document begins here; one is read"));
                }
                Event::DocumentStart(_) => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, span, 0)?);
                }
                _ => return Err(fault(span.start, "a document was expected")),
            }
        }
        root.ok_or_else(|| Fault {
            at: Place { line: 1, column: 1 },
            message: "the document is empty".to_owned(),
        })
    }

    fn next(&mut self) -> Result<(Event<'s>, Span), Fault> {
        match self.parser.next_event() {
            Some(event) => event.map_err(|error| scan_fault(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'s>, span: Span, depth: usize) -> Result<Node, Fault> {
        let at = place(span.start);
        if depth > DEPTH_MAX {
            return Err(Fault { at, message: format!("nested deeper than {DEPTH_MAX} levels") });
        }
        let (kind, anchor, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let quoted = style != ScalarStyle::Plain || is_text_tag(tag.as_deref());
                (Kind::Scalar { text: text.into_owned(), quoted }, anchor, tag)
            }
            Event::SequenceStart(anchor, tag) => (self.list(depth)?, anchor, tag),
            Event::MappingStart(anchor, tag) => (self.map(depth)?, anchor, tag),
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor);
                let kind = node.map(|node| node.kind.clone());
                let kind = kind.ok_or_else(|| fault(span.start, "an alias to itself"))?;
                let node = Node { at, kind };
                self.charge(&node, depth)?;
                return Ok(node);
            }
            _ => return Err(fault(span.start, "a value was expected")),
        };
        let kind = match tag {
            Some(tag) if !tag.is_yaml_core_schema() => Kind::Tagged(tag.to_string()),
            _ => kind,
        };
        let node = Node { at, kind };
        if anchor > 0 {
            self.charge(&node, depth)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// Counts what is copied: a few nested aliases could otherwise grow without end.
    fn charge(&mut self, node: &Node, depth: usize) -> Result<(), Fault> {
        let bytes = node.bytes(self.bytes_left, (DEPTH_MAX + 1).saturating_sub(depth));
        let left = bytes.and_then(|bytes| self.bytes_left.checked_sub(bytes));
        self.bytes_left = left.ok_or_else(|| Fault {
            at: node.at,
            message: "the aliases of this document grow past every bound".to_owned(),
        })?;
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Result<Kind, Fault> {
        let mut nodes = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Kind::List(nodes)),
                (event, span) => nodes.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Kind, Fault> {
        let mut members: Vec<Member> = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        let mut merged = Vec::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd, _) => break,
                (event, span) => self.node(event, span, depth + 1)?,
            };
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            let Kind::Scalar { text: name, quoted } = key.kind else {
                return Err(Fault { at: key.at, message: "a name was expected here".to_owned() });
            };
            // `<<` of YAML 1.1, which many documents still lean on.
            if name == "<<" && !quoted {
                if let Kind::Map(inner) = value.kind {
                    merged.extend(inner);
                    continue;
                }
                let message = "'<<' takes one alias to an object".to_owned();
                return Err(Fault { at: key.at, message });
            }
            if !names.insert(name.clone()) {
                let message = format!("'{name}' stands twice in the same object");
                return Err(Fault { at: key.at, message });
            }
            members.push(Member { name, at: key.at, value });
        }
        members.extend(merged.into_iter().filter(|member| names.insert(member.name.clone())));
        Ok(Kind::Map(members))
    }
}

fn is_text_tag(tag: Option<&Tag>) -> bool {
    tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str")
}

fn place(marker: Marker) -> Place {
    Place { line: marker.line().max(1), column: marker.col() + 1 }
}

fn fault(marker: Marker, message: &str) -> Fault {
    Fault { at: place(marker), message: message.to_owned() }
}

fn scan_fault(error: &ScanError) -> Fault {
    fault(*error.marker(), &format!("not YAML: {}", error.info()))
}
