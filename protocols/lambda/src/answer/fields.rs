//! Header fields of an answer.

use crate::answer::AnswerFault;
use crate::answer::fault::cut;
use crate::answer::value::Value;
use crate::names::{canonical, is_field_value, is_hop_by_hop, is_token};

/// Fields in the order in which they go out.
pub(super) struct Fields {
    fields: Vec<(String, String)>,
    bytes_left: usize,
    bytes_max: usize,
}

impl Fields {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { fields: Vec::new(), bytes_left: bytes_max, bytes_max }
    }

    /// `headers`: a scalar each; null is left out. They come behind the values that
    /// `multiValueHeaders` has for the same name, as recorded.
    pub(super) fn add_singles(&mut self, headers: Option<Value>) -> Result<(), AnswerFault> {
        for (name, value) in map(headers, "headers")? {
            if let Some(value) = value {
                self.add(&name, scalar(value, "headers")?)?;
            }
        }
        Ok(())
    }

    /// `multiValueHeaders`: a list of scalars each.
    pub(super) fn add_lists(&mut self, headers: Option<Value>) -> Result<(), AnswerFault> {
        const MEMBER: &str = "multiValueHeaders";
        for (name, values) in map(headers, MEMBER)? {
            for value in list(values, MEMBER)?.into_iter().flatten() {
                self.add(&name, scalar(value, MEMBER)?)?;
            }
        }
        Ok(())
    }

    /// `cookies`: a `Set-Cookie` each.
    pub(super) fn add_cookies(&mut self, cookies: Option<Value>) -> Result<(), AnswerFault> {
        for cookie in list(cookies, "cookies")?.into_iter().flatten() {
            self.add("Set-Cookie", scalar(cookie, "cookies")?)?;
        }
        Ok(())
    }

    fn add(&mut self, name: &str, value: String) -> Result<(), AnswerFault> {
        if !is_token(name) || !is_field_value(&value) {
            return Err(AnswerFault::BadField(cut(name)));
        }
        let len = name.len().saturating_add(value.len());
        self.bytes_left = self
            .bytes_left
            .checked_sub(len)
            .ok_or(AnswerFault::FieldsTooLong { bytes_max: self.bytes_max })?;
        self.fields.push((canonical(name), value));
        Ok(())
    }

    /// What goes out: nothing hop-by-hop, no length, and a type where there is content.
    pub(super) fn finish(self, has_content: bool) -> Vec<(String, String)> {
        let connection = self.fields.iter().filter(|field| field.0 == "Connection");
        let nominated: Vec<String> = connection.map(|field| field.1.clone()).collect();
        let mut fields = self.fields;
        fields.retain(|(name, _)| {
            name != "Content-Length"
                && (has_content || name != "Content-Type")
                && !is_hop_by_hop(name, nominated.iter().map(String::as_bytes))
        });
        if has_content && !fields.iter().any(|field| field.0 == "Content-Type") {
            fields.push(("Content-Type".to_owned(), "text/plain; charset=utf-8".to_owned()));
        }
        fields
    }
}

fn map(
    value: Option<Value>,
    member: &'static str,
) -> Result<Vec<(String, Option<Value>)>, AnswerFault> {
    match value {
        None => Ok(Vec::new()),
        Some(Value::Map(map)) => Ok(map),
        Some(_) => Err(AnswerFault::WrongType(member)),
    }
}

fn list(value: Option<Value>, member: &'static str) -> Result<Vec<Option<Value>>, AnswerFault> {
    match value {
        None => Ok(Vec::new()),
        Some(Value::List(list)) => Ok(list),
        Some(_) => Err(AnswerFault::WrongType(member)),
    }
}

fn scalar(value: Value, member: &'static str) -> Result<String, AnswerFault> {
    value.into_scalar().ok_or(AnswerFault::WrongType(member))
}
