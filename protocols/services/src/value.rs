//! The text of a parameter as a value on the wire.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::CallFault;
use crate::parameter::{Kind, Parameter};

/// The value of `parameter`.
///
/// # Errors
/// [`CallFault::Wrong`]
pub(crate) fn of(parameter: &Parameter, bytes: &[u8]) -> Result<Value, CallFault> {
    let text = String::from_utf8_lossy(bytes);
    let wrong = |wanted| CallFault::Wrong(parameter.name, wanted);
    match parameter.kind {
        Kind::Text | Kind::Region => Ok(Value::String(text.into_owned())),
        Kind::Integer => {
            let number: Result<i64, _> = text.trim().parse();
            number.map(Value::from).map_err(|_| wrong("a whole number"))
        }
        Kind::List => list(&text).ok_or(wrong("a list of texts")),
        Kind::Object => match serde_json::from_str(&text) {
            Ok(object @ Value::Object(_)) => Ok(object),
            _ => Err(wrong("a JSON object")),
        },
        Kind::Time => time(text.trim()).ok_or(wrong("a time as RFC 3339 has it")),
        Kind::Blob => Ok(Value::String(STANDARD.encode(bytes))),
    }
}

/// A JSON array of texts, or texts with commas between. Which of them AWS takes is written down
/// nowhere; no name or ARN that may stand here holds a comma.
fn list(text: &str) -> Option<Value> {
    if text.trim_start().starts_with('[') {
        let texts: Vec<String> = serde_json::from_str(text).ok()?;
        return Some(Value::from(texts));
    }
    let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
    Some(texts.collect())
}

/// Seconds since the epoch, as the JSON protocols of AWS have a time.
fn time(text: &str) -> Option<Value> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(|time| Value::from(time.unix_timestamp()))
}
