use super::error::{Place, PolicyError, quoted};
use super::limits::{DOCUMENT_DEPTH_MAX, DOCUMENT_ITEMS_MAX};
use crate::json::{Bounds, JsonError, Members, Value};

const BOUNDS: Bounds = Bounds { depth_max: DOCUMENT_DEPTH_MAX, items_max: DOCUMENT_ITEMS_MAX };

/// JSON as it stands in a document.
pub(super) type Node<'j> = Value<'j>;

/// Reads the JSON of a document.
pub(super) fn read(text: &str) -> Result<Node<'_>, PolicyError> {
    Value::read(text, BOUNDS).map_err(|JsonError { message, twice, at }| {
        let read = text.get(..at).unwrap_or_default();
        let line = read.split('\n').count();
        let column = read.rsplit('\n').next().unwrap_or_default().chars().count();
        let what = match twice {
            Some(name) => format!("the member '{}' is there twice", quoted(&name)),
            None => message.to_owned(),
        };
        PolicyError::whole(format!(
            "a policy is a JSON object: {what} at line {line} column {column}"
        ))
    })
}

impl<'j> Node<'j> {
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

    pub(super) fn text_at(&self, place: &Place<'_>) -> Result<&str, PolicyError> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(self.not(place, "a string")),
        }
    }

    pub(super) fn object(&self, place: &Place<'_>) -> Result<&Members<'j>, PolicyError> {
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
