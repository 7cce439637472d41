use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::error::{Place, PolicyError, quoted};
use super::limits::DOCUMENT_DEPTH_MAX;

/// JSON as it stands in a document. `serde_json::Value` would drop the first of two members of one
/// name without a word, and with it perhaps a condition.
#[derive(Debug)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Node {
    /// Reads a document.
    pub(super) fn read(text: &str) -> Result<Self, PolicyError> {
        let node: Self = serde_json::from_str(text)
            .map_err(|error| PolicyError::whole(format!("a policy is a JSON object: {error}")))?;
        if node.depth() > DOCUMENT_DEPTH_MAX {
            return Err(PolicyError::whole(format!(
                "objects and lists stand at most {DOCUMENT_DEPTH_MAX} deep inside each other"
            )));
        }
        Ok(node)
    }

    /// serde_json itself goes no deeper than 128, so neither does this.
    fn depth(&self) -> usize {
        let inner = match self {
            Self::List(elements) => elements.iter().map(Self::depth).max(),
            Self::Object(members) => members.iter().map(|(_, node)| node.depth()).max(),
            _ => return 0,
        };
        inner.unwrap_or(0).saturating_add(1)
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// The error that this is something else.
    pub(super) fn not(&self, place: &Place<'_>, expected: &str) -> PolicyError {
        place.error(format!("expected {expected}, found {}", self.kind()))
    }

    pub(super) fn text(&self, place: &Place<'_>) -> Result<&str, PolicyError> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(self.not(place, "a string")),
        }
    }

    pub(super) fn object(&self, place: &Place<'_>) -> Result<&[(String, Self)], PolicyError> {
        match self {
            Self::Object(members) => Ok(members),
            _ => Err(self.not(place, "an object")),
        }
    }

    /// The elements of a list, or what is there instead of a list, each with its place. Never
    /// none: an empty list says nothing, and what it should say is not known.
    pub(super) fn each<T>(
        &self,
        place: &Place<'_>,
        mut read: impl FnMut(&Self, &Place<'_>) -> Result<T, PolicyError>,
    ) -> Result<Vec<T>, PolicyError> {
        match self {
            Self::List(elements) if elements.is_empty() => {
                Err(place.error("expected at least one element, found an empty list"))
            }
            Self::List(elements) => {
                let placed = elements.iter().enumerate();
                placed.map(|(at, element)| read(element, &place.element(at))).collect()
            }
            lone => Ok(vec![read(lone, place)?]),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut object: Vec<(String, Node)> = Vec::new();
        while let Some((name, node)) = members.next_entry::<String, Node>()? {
            if object.iter().any(|(known, _)| *known == name) {
                let name = quoted(&name);
                return Err(A::Error::custom(format!("the member '{name}' is there twice")));
            }
            object.push((name, node));
        }
        Ok(Node::Object(object))
    }
}
