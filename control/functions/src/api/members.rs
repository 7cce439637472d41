use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::ApiError;
use crate::name::malformed_as;

/// The members of a request, taken one by one; what is left over in the end is refused.
pub(super) struct Members {
    members: Map<String, Value>,
    /// Where they stand, for messages.
    of: &'static str,
}

impl Members {
    /// Reads a body; an empty one has no members.
    pub(super) fn parse(of: &'static str, body: &[u8]) -> Result<Self, ApiError> {
        let refused = |why: String| ApiError::new(400, "SerializationException", why);
        let members = match body.is_empty() {
            true => Map::new(),
            false => serde_json::from_slice(body).map_err(|error| {
                refused(format!("The body of {of} must be a JSON object: {error}"))
            })?,
        };
        Ok(Self { members, of })
    }

    /// The members of a member.
    pub(super) fn inner(&mut self, name: &'static str) -> Result<Option<Self>, ApiError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(Self { members, of: name })),
            Some(other) => Err(malformed_as(name, &other.to_string(), "an object")),
        }
    }

    /// A member; null is none.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, name: &str, max: usize) -> Result<Option<String>, ApiError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= max => Ok(Some(text)),
            Some(other) => {
                let expected = format!("a text of at most {max} characters");
                Err(malformed_as(name, &other.to_string(), &expected))
            }
        }
    }

    pub(super) fn required(&mut self, name: &str, max: usize) -> Result<String, ApiError> {
        self.text(name, max)?.ok_or_else(|| missing(name))
    }

    pub(super) fn number(
        &mut self,
        name: &str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, ApiError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| range.contains(number));
        number.map(Some).ok_or_else(|| {
            let expected = format!("a number from {} to {}", range.start(), range.end());
            malformed_as(name, &value.to_string(), &expected)
        })
    }

    pub(super) fn boolean(&mut self, name: &str) -> Result<bool, ApiError> {
        match self.take(name) {
            None => Ok(false),
            Some(Value::Bool(value)) => Ok(value),
            Some(other) => Err(malformed_as(name, &other.to_string(), "true or false")),
        }
    }

    pub(super) fn texts(
        &mut self,
        name: &str,
    ) -> Result<Option<BTreeMap<String, String>>, ApiError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        // Without its value in the message: it may be a secret.
        serde_json::from_value(value)
            .map(Some)
            .map_err(|_| malformed_as(name, "(not shown)", "an object of texts"))
    }

    /// Refuses members that this host cannot do, unless they ask for nothing.
    pub(super) fn refuse(&mut self, names: &[&str]) -> Result<(), ApiError> {
        for name in names {
            if self.take(name).is_some_and(|value| !is_off(&value)) {
                let of = self.of;
                let why = format!("{name} of {of} is not supported by this host of functions.");
                return Err(ApiError::invalid(why));
            }
        }
        Ok(())
    }

    /// Everything was taken.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(name) => {
                Err(ApiError::validation(format!("There is no member '{name}' in {}.", self.of)))
            }
        }
    }
}

/// AWS's sentence for a member that must be there.
pub(super) fn missing(name: &str) -> ApiError {
    ApiError::validation(format!(
        "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member \
         must not be null"
    ))
}

/// True for a value that says that something is not wanted.
fn is_off(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => matches!(text.as_str(), "" | "PassThrough" | "None"),
        Value::Array(values) => values.iter().all(is_off),
        Value::Object(members) => members.values().all(is_off),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Members {
        Members::parse("CreateFunction", text.as_bytes()).unwrap()
    }

    #[test]
    fn what_asks_for_nothing_is_no_member_that_is_not_supported() {
        let off = r#"{"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}, "KMSKeyArn": "",
                      "TracingConfig": {"Mode": "PassThrough"}, "SnapStart": {"ApplyOn": "None"}}"#;
        let names = ["VpcConfig", "KMSKeyArn", "TracingConfig", "SnapStart"];
        let mut members_off = members(off);
        members_off.refuse(&names).unwrap();
        members_off.finish().unwrap();
        let error = members(r#"{"TracingConfig": {"Mode": "Active"}}"#).refuse(&names).unwrap_err();
        assert!(error.message.contains("TracingConfig of CreateFunction"), "{error}");
    }

    #[test]
    fn wrong_and_unknown_members_are_named() {
        let error = members(r#"{"Timeout": 901}"#).number("Timeout", 1..=900).unwrap_err();
        assert!(error.message.contains("'901' at 'Timeout'"), "{error}");
        assert!(members(r#"{"Handlr": "x"}"#).finish().unwrap_err().message.contains("Handlr"));
        assert_eq!(Members::parse("X", b"[]").err().unwrap().code, "SerializationException");
        let secret = r#"{"Variables": {"A": ["hush"]}}"#;
        let hidden = members(secret).texts("Variables").unwrap_err();
        assert!(hidden.message.contains("at 'Variables'"), "{hidden}");
        assert!(!hidden.message.contains("hush"), "{hidden}");
    }
}
