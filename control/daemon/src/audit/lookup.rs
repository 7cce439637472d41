//! `LookupEvents` of CloudTrail over the files of the log, the newest event first.

use std::path::Path;

use ringgate_model::{Scope, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::limits::LOOKUP_RESULTS_MAX;
use super::log::{numbers, path};

/// Why there is no answer, by the codes of the service model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LookupError {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl LookupError {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    lookup_attributes: Vec<Attribute>,
    start_time: Option<f64>,
    end_time: Option<f64>,
    event_category: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Attribute {
    attribute_key: String,
    attribute_value: String,
}

/// What is looked for.
struct Wanted<'a> {
    scope: &'a Scope,
    attribute: Option<Attribute>,
    start: u64,
    end: u64,
}

/// Answers a call: `body` is its JSON.
///
/// # Errors
/// [`LookupError`]
pub(crate) fn lookup(directory: &Path, scope: &Scope, body: &[u8]) -> Result<Value, LookupError> {
    let asked: Asked = match body {
        [] => Asked::default(),
        body => serde_json::from_slice(body)
            .map_err(|error| LookupError::new("SerializationException", error.to_string()))?,
    };
    let max = max_results(asked.max_results)?;
    let from = asked.next_token.as_deref().map(Position::read).transpose()?;
    let wanted = Wanted::read(asked, scope)?;
    let failed = |error: std::io::Error| LookupError::new("InternalFailure", error.to_string());
    let mut found = Vec::new();
    for number in numbers(directory).map_err(failed)?.into_iter().rev() {
        if from.is_some_and(|from| number > from.number) {
            continue;
        }
        // Gone meanwhile: it was the oldest.
        let Ok(text) = std::fs::read(path(directory, number)) else { continue };
        let end = from.filter(|from| from.number == number).map_or(text.len(), |from| from.offset);
        let mut lines = text.get(..end).unwrap_or_default();
        while let Some((start, line)) = last_line(lines) {
            lines = lines.get(..start).unwrap_or_default();
            if let Some(event) = wanted.shown(line) {
                if found.len() == max {
                    // This one is the first of the next page.
                    let next = Position { number, offset: start + line.len() + 1 };
                    return Ok(json!({ "Events": found, "NextToken": next.text() }));
                }
                found.push(event);
            }
        }
    }
    Ok(json!({ "Events": found }))
}

/// Where the last whole line of these begins, and the line.
fn last_line(lines: &[u8]) -> Option<(usize, &[u8])> {
    let end = lines.iter().rposition(|byte| *byte == b'\n')?;
    let line = lines.get(..end)?;
    let start = line.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    Some((start, line.get(start..)?))
}

fn max_results(asked: Option<i64>) -> Result<usize, LookupError> {
    let Some(asked) = asked else { return Ok(LOOKUP_RESULTS_MAX) };
    let fits = usize::try_from(asked).ok().filter(|max| (1..=LOOKUP_RESULTS_MAX).contains(max));
    fits.ok_or_else(|| {
        let message = format!("MaxResults must be from 1 to {LOOKUP_RESULTS_MAX}, not {asked}.");
        LookupError::new("InvalidMaxResultsException", message)
    })
}

/// Where a page ends: everything before it comes next.
#[derive(Clone, Copy)]
struct Position {
    number: u64,
    offset: usize,
}

impl Position {
    fn text(self) -> String {
        format!("{:x}-{:x}", self.number, self.offset)
    }

    fn read(text: &str) -> Result<Self, LookupError> {
        let read = || {
            let (number, offset) = text.split_once('-')?;
            let number = u64::from_str_radix(number, 16).ok()?;
            Some(Self { number, offset: usize::from_str_radix(offset, 16).ok()? })
        };
        read().ok_or_else(|| {
            LookupError::new("InvalidNextTokenException", "No page of this list has that token.")
        })
    }
}

const KEYS: [&str; 8] = [
    "EventId",
    "EventName",
    "ReadOnly",
    "Username",
    "ResourceType",
    "ResourceName",
    "EventSource",
    "AccessKeyId",
];

impl<'a> Wanted<'a> {
    fn read(asked: Asked, scope: &'a Scope) -> Result<Self, LookupError> {
        let mut attributes = asked.lookup_attributes;
        if attributes.len() > 1 {
            let message = "LookupAttributes has one element at most.";
            return Err(LookupError::new("InvalidLookupAttributesException", message));
        }
        let attribute = attributes.pop();
        if let Some(Attribute { attribute_key: key, .. }) = &attribute
            && !KEYS.contains(&key.as_str())
        {
            let keys = KEYS.join(", ");
            let message = format!("AttributeKey must be one of {keys}, not '{key}'.");
            return Err(LookupError::new("InvalidLookupAttributesException", message));
        }
        if let Some(category) = asked.event_category {
            let message = format!("There are no events of the category '{category}' here.");
            return Err(LookupError::new("InvalidEventCategoryException", message));
        }
        // A time is shown in whole seconds.
        let seconds = |time: f64| time.clamp(0.0, 1e15) as u64;
        let start = asked.start_time.map_or(0, seconds);
        let end = asked.end_time.map_or(u64::MAX, seconds);
        if start > end {
            let message = "StartTime must not be behind EndTime.";
            return Err(LookupError::new("InvalidTimeRangeException", message));
        }
        Ok(Self { scope, attribute, start, end })
    }

    /// The event of a line, if it is looked for.
    fn shown(&self, line: &[u8]) -> Option<Value> {
        let text = std::str::from_utf8(line).ok()?;
        let record: Value = serde_json::from_str(text).ok()?;
        let member = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
        if member("recipientAccountId") != self.scope.account
            || member("awsRegion") != self.scope.region
        {
            return None;
        }
        let time: Timestamp = member("eventTime").parse().ok()?;
        if !(self.start..=self.end).contains(&time.0) {
            return None;
        }
        let read_only = record.get("readOnly").is_some_and(|it| it == true).to_string();
        let identity = record.get("userIdentity").unwrap_or(&Value::Null);
        let key = identity.get("accessKeyId").and_then(Value::as_str).unwrap_or_default();
        let user = user_name(identity);
        let resources: Vec<(&str, &str)> = resources(&record).collect();
        if let Some(Attribute { attribute_key, attribute_value: value }) = &self.attribute {
            let fits = match attribute_key.as_str() {
                "EventId" => member("eventID") == value,
                "EventName" => member("eventName") == value,
                "EventSource" => member("eventSource") == value,
                "ReadOnly" => read_only == *value,
                "Username" => user == value,
                "AccessKeyId" => key == value,
                "ResourceType" => resources.iter().any(|(kind, _)| kind == value),
                _ => resources
                    .iter()
                    .any(|(_, arn)| arn == value || arn.rsplit('/').next() == Some(value.as_str())),
            };
            if !fits {
                return None;
            }
        }
        let named =
            |(kind, arn): &(&str, &str)| json!({ "ResourceType": kind, "ResourceName": arn });
        Some(json!({
            "EventId": member("eventID"),
            "EventName": member("eventName"),
            "ReadOnly": read_only,
            "AccessKeyId": key,
            "EventTime": time.0,
            "EventSource": member("eventSource"),
            "Username": user,
            "Resources": resources.iter().map(named).collect::<Vec<Value>>(),
            "CloudTrailEvent": text,
        }))
    }
}

/// The user's name, the session's, or `root`.
fn user_name(identity: &Value) -> &str {
    let member = |name: &str| identity.get(name).and_then(Value::as_str).unwrap_or_default();
    match member("type") {
        "Root" => "root",
        "AssumedRole" => member("principalId").split_once(':').map_or("", |(_, name)| name),
        _ => member("userName"),
    }
}

fn resources(record: &Value) -> impl Iterator<Item = (&str, &str)> {
    let list = record.get("resources").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|it| Some((it.get("type")?.as_str()?, it.get("ARN")?.as_str()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_from_the_end() {
        assert_eq!(last_line(b"one\ntwo\nto"), Some((4, &b"two"[..])));
        assert_eq!(last_line(b"one\n"), Some((0, &b"one"[..])));
        assert_eq!(last_line(b"torn"), None);
        assert_eq!(last_line(b""), None);
    }

    #[test]
    fn tokens_are_read_as_they_were_written() {
        let position = Position { number: 7, offset: 4096 };
        let read = Position::read(&position.text()).ok();
        assert_eq!(read.map(|read| (read.number, read.offset)), Some((7, 4096)));
        for bad in ["", "7", "-", "7-x", "g-1"] {
            assert!(Position::read(bad).is_err(), "{bad}");
        }
    }
}
