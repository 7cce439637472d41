//! Answers: what a function gave back, as a response.

mod fault;
mod fields;
mod members;
mod surrogates;
mod value;

pub use fault::AnswerFault;

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::base64;
use crate::choices;
use crate::limits::{Limits, STATUS_MAX, STATUS_MIN};
use crate::request::Format;
use fields::Fields;
use members::Members;
use value::Value;

/// What the Invoke API of Lambda answered.
#[derive(Clone, Copy, Debug)]
pub struct Invoked<'r> {
    /// Its status.
    pub status: u16,
    /// Its `X-Amz-Function-Error`.
    pub function_error: Option<&'r str>,
    /// Its content.
    pub payload: &'r [u8],
}

/// The response to the client, as the function wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status, from 200 to 599.
    pub status: u16,
    /// Names in canonical case and their values, cookies among them. None is hop-by-hop, none a
    /// `Content-Length`: that is the length of `body`, and left out for 204 and 304.
    pub fields: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads what a function gave back.
    ///
    /// Format 2.0 takes anything for the body of a 200 that is no object with a `statusCode`, be it
    /// JSON or not, as recorded; the guide speaks of valid JSON alone.
    ///
    /// # Errors
    /// An [`AnswerFault`] if the invocation failed, or if its answer has not the shape of the
    /// format.
    pub fn read(
        format: Format,
        invoked: &Invoked<'_>,
        limits: &Limits,
    ) -> Result<Self, AnswerFault> {
        let payload = invoked.payload;
        match invoked.status {
            200 => {}
            429 => return Err(AnswerFault::Throttled),
            status => return Err(AnswerFault::Refused { status }),
        }
        if payload.len() > limits.answer_bytes_max {
            return Err(AnswerFault::TooLong { bytes_max: limits.answer_bytes_max });
        }
        if let Some(kind) = invoked.function_error {
            return Err(AnswerFault::function(kind, payload));
        }
        let members = parse::<Members>(payload);
        match (format, members) {
            (Format::V2, Ok(members)) if members.status_code.is_none() => {
                Ok(Self::inferred(payload))
            }
            (Format::V2, Err(_)) => Ok(Self::inferred(payload)),
            (Format::V1, Err(_)) => Err(AnswerFault::NotAnObject),
            (format, Ok(members)) => Self::shaped(format, members, limits),
        }
    }

    /// The whole payload is the body; a string without its quotes.
    fn inferred(payload: &[u8]) -> Self {
        // Only what begins as one can be a string.
        let text = payload.trim_ascii_start().starts_with(b"\"").then(|| parse::<String>(payload));
        let body = match text {
            Some(Ok(text)) => text.into_bytes(),
            _ => payload.to_vec(),
        };
        let content_type = ("Content-Type".to_owned(), "application/json".to_owned());
        Self { status: 200, fields: vec![content_type], body }
    }

    fn shaped(format: Format, members: Members, limits: &Limits) -> Result<Self, AnswerFault> {
        if let (Format::V1, Some(name)) = (format, members.first_unknown) {
            return Err(AnswerFault::UnknownMember(name));
        }
        let status = status(members.status_code)?;
        let mut fields = Fields::new(limits.answer_fields_bytes_max);
        if format == Format::V1 {
            fields.add_lists(members.multi_value_headers)?;
        }
        fields.add_singles(members.headers)?;
        if format == Format::V2 {
            fields.add_cookies(members.cookies)?;
        }
        let mut body = body(members.body, members.is_base64_encoded)?;
        let has_content = !choices::has_no_content(status);
        if !has_content {
            body.clear();
        }
        Ok(Self { status, fields: fields.finish(has_content), body })
    }
}

/// Parses JSON; half characters in it are not worth refusing a whole answer, or taking it for text.
fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(json).or_else(|error| match surrogates::replaced(json) {
        Cow::Owned(json) => serde_json::from_slice(&json),
        Cow::Borrowed(_) => Err(error),
    })
}

/// An integer, or its digits as a string.
fn status(member: Option<Value>) -> Result<u16, AnswerFault> {
    let status = match member {
        None => return Err(AnswerFault::NoStatus),
        Some(Value::Integer(status)) => u16::try_from(status).unwrap_or(0),
        Some(Value::Text(digits)) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            digits.parse().unwrap_or(0)
        }
        Some(_) => return Err(AnswerFault::WrongType("statusCode")),
    };
    if (STATUS_MIN..=STATUS_MAX).contains(&status) {
        Ok(status)
    } else {
        Err(AnswerFault::StatusOutOfRange)
    }
}

fn body(body: Option<Value>, is_base64: Option<Value>) -> Result<Vec<u8>, AnswerFault> {
    let is_base64 = match is_base64 {
        None => false,
        Some(Value::Bool(is_base64)) => is_base64,
        Some(_) => return Err(AnswerFault::WrongType("isBase64Encoded")),
    };
    let text = match body {
        None => String::new(),
        Some(Value::Text(text)) => text,
        // "Lambda body contains the wrong type for field "body"", as users report it of objects.
        Some(_) => return Err(AnswerFault::WrongType("body")),
    };
    if is_base64 {
        base64::decode(text.as_bytes()).ok_or(AnswerFault::NotBase64)
    } else {
        Ok(text.into_bytes())
    }
}
