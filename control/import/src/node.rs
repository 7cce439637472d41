/// A place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
}

/// A piece of a document that stands somewhere in it, JSON or YAML.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: Place,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A scalar as it was written. Quoted ones are always text; `1.0` without quotes keeps its
    /// spelling, so that a version stays `1.0`.
    Scalar { text: String, quoted: bool },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in its order.
    Map(Vec<Member>),
    /// A node under a tag of its own, like CloudFormation's `!Sub`: nobody here resolves those.
    Tagged(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) at: Place,
    pub(crate) value: Node,
}

/// Why a text is no document at all.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: Place,
    pub(crate) message: String,
}

impl Node {
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, quoted: false }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The text of a scalar that is not null.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    pub(crate) fn boolean(&self) -> Option<bool> {
        match &self.kind {
            Kind::Scalar { text, quoted: false } => match text.as_str() {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        match &self.kind {
            Kind::Scalar { text, quoted: false } => text.parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn members(&self) -> Option<&[Member]> {
        match &self.kind {
            Kind::Map(members) => Some(members),
            _ => None,
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Member> {
        self.members()?.iter().find(|member| member.name == name)
    }

    /// What it is, for a sentence like "expected a list, found an object".
    pub(crate) fn what(&self) -> String {
        match &self.kind {
            _ if self.is_null() => "nothing".to_owned(),
            Kind::Scalar { text, .. } if text.chars().count() > 40 => "a long text".to_owned(),
            Kind::Scalar { text, quoted: true } => format!("the text \"{text}\""),
            Kind::Scalar { text, quoted: false } => text.clone(),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "an object".to_owned(),
            Kind::Tagged(tag) => format!("the tag {tag}"),
        }
    }

    /// Roughly the memory of it; gives up with `None` past `bytes_max` or `depth_max` levels.
    pub(crate) fn bytes(&self, bytes_max: usize, depth_max: usize) -> Option<usize> {
        let depth_max = depth_max.checked_sub(1)?;
        let mut total = size_of::<Member>();
        match &self.kind {
            Kind::Scalar { text, .. } => total = total.checked_add(text.len())?,
            Kind::Tagged(tag) => total = total.checked_add(tag.len())?,
            Kind::List(nodes) => {
                for node in nodes {
                    let left = bytes_max.checked_sub(total)?;
                    total = total.checked_add(node.bytes(left, depth_max)?)?;
                }
            }
            Kind::Map(members) => {
                for member in members {
                    let left = bytes_max.checked_sub(total)?;
                    let inner = member.value.bytes(left, depth_max)?;
                    total = total.checked_add(member.name.len())?.checked_add(inner)?;
                }
            }
        }
        Some(total).filter(|total| *total <= bytes_max)
    }
}
