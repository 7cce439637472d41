//! The parameters of the AWS query protocol: `Tags.member.1.Key=team`.

use std::collections::BTreeMap;

use ringgate_model::percent;
use serde_json::{Map, Value};

use crate::Error;
use crate::error::lower_first;
use crate::limits::PARAMETERS_MAX;

/// What a call says, name to value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads query and form, which say the same in two places.
    ///
    /// # Errors
    /// A bad escape, a name that is there twice, a character that no document may have.
    pub(crate) fn read(query: Option<&str>, form: &[u8]) -> Result<Self, Error> {
        let form = std::str::from_utf8(form)
            .map_err(|_| Error::invalid("The body is no application/x-www-form-urlencoded."))?;
        let mut params = BTreeMap::new();
        let pairs = [query.unwrap_or_default(), form].into_iter().flat_map(|text| text.split('&'));
        for pair in pairs.filter(|pair| !pair.trim().is_empty()) {
            let (name, value) = pair.trim().split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if name.starts_with("X-Amz-") {
                continue;
            }
            if let Some(bad) = value.chars().find(|c| !is_text(*c)) {
                let bad = u32::from(bad);
                return Err(Error::invalid(format!("{name} has the character U+{bad:04X}.")));
            }
            if params.len() == PARAMETERS_MAX {
                let max = PARAMETERS_MAX;
                return Err(Error::invalid(format!("A call has at most {max} parameters.")));
            }
            if params.insert(name.clone(), value).is_some() {
                return Err(Error::invalid(format!("The parameter '{name}' is there twice.")));
            }
        }
        Ok(Self(params))
    }

    /// A parameter that may be left out.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// One that may not.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Error> {
        self.text(name).ok_or_else(|| Error::constraint(None, name, "not be null"))
    }

    /// A whole number within bounds.
    pub(crate) fn number(&self, name: &str, min: u64, max: u64) -> Result<Option<u64>, Error> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let broken = |must: String| Error::constraint(Some(text), name, &must);
        let number: u64 = text.parse().map_err(|_| broken("be a whole number".to_owned()))?;
        if number < min {
            return Err(broken(format!("have value greater than or equal to {min}")));
        }
        if number > max {
            return Err(broken(format!("have value less than or equal to {max}")));
        }
        Ok(Some(number))
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Error> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Error::constraint(Some(other), name, "be true or false")),
        }
    }

    /// The elements of `{name}.member.N`, each with what stands behind its number: `Key`, or
    /// nothing for a list of texts.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<BTreeMap<&str, &str>>, Error> {
        let start = format!("{name}.member.");
        let mut elements: BTreeMap<usize, BTreeMap<&str, &str>> = BTreeMap::new();
        for (whole, value) in self.0.range(start.clone()..) {
            let Some(rest) = whole.strip_prefix(&start) else { break };
            let (number, member) = rest.split_once('.').unwrap_or((rest, ""));
            let number = number.parse().ok().filter(|number| *number > 0);
            let number = number
                .ok_or_else(|| Error::invalid(format!("'{whole}': expected {start}1 and on.")))?;
            elements.entry(number).or_default().insert(member, value);
        }
        Ok(elements.into_values().collect())
    }

    /// Refuses what the operation does not take.
    pub(crate) fn only(&self, operation: &str, allowed: &[&str]) -> Result<(), Error> {
        let is_known = |name: &str| {
            let name = name.split('.').next().unwrap_or_default();
            matches!(name, "Action" | "Version") || allowed.contains(&name)
        };
        match self.0.keys().find(|name| !is_known(name)) {
            None => Ok(()),
            Some(name) => Err(Error::invalid(format!(
                "{operation} takes no parameter '{name}' here. It takes: {}.",
                if allowed.is_empty() { "none".to_owned() } else { allowed.join(", ") }
            ))),
        }
    }

    /// As the audit log has them: lower-camel names, lists as lists.
    pub(crate) fn as_json(&self) -> Value {
        let mut shown = Map::new();
        for (name, value) in &self.0 {
            let list = name.split_once(".member.").map(|(list, _)| list);
            let key = lower_first(list.unwrap_or(name));
            if matches!(name.as_str(), "Action" | "Version") || shown.contains_key(&key) {
                continue;
            }
            let value = match list {
                None => value.as_str().into(),
                Some(list) => self.list(list).unwrap_or_default().iter().map(element).collect(),
            };
            shown.insert(key, value);
        }
        Value::Object(shown)
    }
}

fn element(members: &BTreeMap<&str, &str>) -> Value {
    match members.get("") {
        Some(text) => (*text).into(),
        None => {
            let named = members.iter().map(|(name, text)| (lower_first(name), Value::from(*text)));
            named.collect()
        }
    }
}

/// What XML 1.0 can hold (section 2.2), and so every answer.
fn is_text(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn decoded(text: &str) -> Result<String, Error> {
    let bad = || Error::invalid(format!("'{text}' is not percent-encoded UTF-8."));
    percent::form_decoded(text).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_is_read_with_its_lists() {
        let form = b"Action=CreateUser&UserName=an%40a&Tags.member.2.Key=b&Tags.member.1.Key=a+c\
                     &Tags.member.1.Value=&TagKeys.member.1=x";
        let params = Params::read(Some("Version=2010-05-08"), form).unwrap();
        assert_eq!(params.required("UserName"), Ok("an@a"));
        let tags = params.list("Tags").unwrap();
        assert_eq!((tags[0]["Key"], tags[0]["Value"], tags[1]["Key"]), ("a c", "", "b"));
        assert_eq!(params.list("TagKeys").unwrap()[0][""], "x");
        assert_eq!(
            params.as_json(),
            json!({
                "tagKeys": ["x"],
                "tags": [{"key": "a c", "value": ""}, {"key": "b"}],
                "userName": "an@a",
            })
        );
        let many: Vec<String> = (1..=11).map(|n| format!("TagKeys.member.{n}={n}")).collect();
        let many = Params::read(None, many.join("&").as_bytes()).unwrap().as_json();
        assert_eq!((&many["tagKeys"][1], &many["tagKeys"][10]), (&json!("2"), &json!("11")));
        assert!(params.only("CreateUser", &["UserName", "Tags", "TagKeys"]).is_ok());
        let error = params.only("CreateUser", &["UserName"]).unwrap_err();
        assert!(error.message.contains("'TagKeys.member.1'"), "{error}");
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for form in ["a=%", "a=%g0", "a=%ff", "a=1&a=2", "a=%00", "a=%ef%bf%bf"] {
            assert!(Params::read(None, form.as_bytes()).is_err(), "{form}");
        }
        let list = Params::read(None, b"Tags.member.0.Key=a").unwrap();
        assert!(list.list("Tags").is_err());
    }
}
