mod into;
pub(crate) mod texts;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

pub(crate) use into::{fill, merge, set};

use crate::faults::{Faults, echo};
use crate::{Code, Error, json};

/// The members of a JSON object, taken out one by one by name.
///
/// What is wrong is collected and told at once, in AWS's words (spec section 1.6). A member that
/// nobody took is refused too, with the name that was probably meant: AWS ignores it, and the
/// person who wrote `routekey` wonders for an hour.
pub(crate) struct Fields {
    /// `createRouteInput`, or `createApiInput.corsConfiguration` inside.
    path: String,
    members: Map<String, Value>,
    known: Vec<&'static str>,
    faults: Faults,
}

/// What a text member may be.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    pub(crate) chars_min: usize,
    pub(crate) chars_max: usize,
    /// A pattern to show, and the check that stands for it.
    pub(crate) pattern: Option<Pattern>,
}

type Pattern = (&'static str, fn(&str) -> bool);

/// A map of texts.
pub(crate) type Texts = BTreeMap<String, String>;

impl Text {
    /// `StringWithLengthBetween{min}And{max}` of the service model.
    pub(crate) const fn chars(chars_min: usize, chars_max: usize) -> Self {
        Self { chars_min, chars_max, pattern: None }
    }

    pub(crate) const fn matching(self, pattern: &'static str, check: fn(&str) -> bool) -> Self {
        Self { pattern: Some((pattern, check)), ..self }
    }

    /// The rules that `text` breaks, as constraints are worded: "have length …".
    pub(crate) fn broken_by(&self, text: &str) -> Vec<String> {
        let mut broken = Vec::new();
        let chars = text.chars().count();
        if chars < self.chars_min {
            broken.push(format!("have length greater than or equal to {}", self.chars_min));
        } else if chars > self.chars_max {
            broken.push(format!("have length less than or equal to {}", self.chars_max));
        }
        if let Some((pattern, matches)) = self.pattern
            && !matches(text)
        {
            broken.push(format!("satisfy regular expression pattern: {pattern}"));
        }
        broken
    }
}

impl Fields {
    /// Reads `body` as the members of `shape`: what `read` takes, and nothing else.
    ///
    /// # Errors
    /// SerializationException for what is no such JSON, else BadRequestException.
    pub(crate) fn parse<T>(
        shape: &str,
        body: &[u8],
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let value = if body.is_empty() { Value::Object(Map::new()) } else { json::read(body)? };
        Self::parse_value(shape, value, read)
    }

    /// The same for JSON that is already read.
    pub(crate) fn parse_value<T>(
        shape: &str,
        value: Value,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut faults = Faults::default();
        let input = within(shape.to_owned(), value, &mut faults, read)?;
        faults.into_result()?;
        Ok(input)
    }

    /// Notes a fault if the member is not there. To be asked before the member is taken.
    pub(crate) fn require(&mut self, name: &str) {
        if self.members.get(name).is_none_or(Value::is_null) {
            let at = self.at(name);
            self.faults.missing(&at);
        }
    }

    /// A text, if given.
    pub(crate) fn text(&mut self, name: &'static str, rule: Text) -> Result<Option<String>, Error> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let at = self.at(name);
        let text = string(&at, value)?;
        self.check(&at, &text, rule);
        Ok(Some(text))
    }

    /// A text of an update: an empty one takes the value away ("" is what Terraform sends).
    pub(crate) fn clearable(
        &mut self,
        name: &'static str,
        rule: Text,
    ) -> Result<Option<Option<String>>, Error> {
        if self.members.get(name) == Some(&Value::String(String::new())) {
            self.take(name);
            return Ok(Some(None));
        }
        Ok(self.text(name, rule)?.map(Some))
    }

    /// A text that must be given.
    pub(crate) fn required_text(
        &mut self,
        name: &'static str,
        rule: Text,
    ) -> Result<String, Error> {
        self.require(name);
        Ok(self.text(name, rule)?.unwrap_or_default())
    }

    /// A boolean, if given.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(other) => Err(wrong_type(&self.at(name), &other, "Boolean")),
        }
    }

    /// A whole number within `range`, if given.
    pub(crate) fn integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<i64>, Error> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let at = self.at(name);
        let number = value.as_i64().ok_or_else(|| wrong_type(&at, &value, "Integer"))?;
        if number < *range.start() {
            let rule = format!("have value greater than or equal to {}", range.start());
            self.faults.violation(&at, &number.to_string(), &rule);
        } else if number > *range.end() {
            let rule = format!("have value less than or equal to {}", range.end());
            self.faults.violation(&at, &number.to_string(), &rule);
        }
        Ok(Some(number))
    }

    /// One of the named values, if given.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        values: &[(&str, T)],
    ) -> Result<Option<T>, Error> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let at = self.at(name);
        let text = string(&at, value)?;
        let found = values.iter().find(|(known, _)| *known == text).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<&str> = values.iter().map(|(known, _)| *known).collect();
            self.faults.violation(
                &at,
                &text,
                &format!("satisfy enum value set: [{}]", names.join(", ")),
            );
        }
        Ok(found)
    }

    /// One of these texts, if given.
    pub(crate) fn one_of(
        &mut self,
        name: &'static str,
        values: &[&'static str],
    ) -> Result<Option<String>, Error> {
        let values: Vec<(&str, &str)> = values.iter().map(|value| (*value, *value)).collect();
        Ok(self.choice(name, &values)?.map(str::to_owned))
    }

    /// A list of texts, if given.
    pub(crate) fn texts(
        &mut self,
        name: &'static str,
        rule: Text,
    ) -> Result<Option<Vec<String>>, Error> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let at = self.at(name);
        let Value::Array(items) = value else { return Err(wrong_type(&at, &value, "List")) };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            let text = string(&at, item)?;
            self.check(&at, &text, rule);
            texts.push(text);
        }
        Ok(Some(texts))
    }

    /// A map of texts, if given.
    pub(crate) fn map(
        &mut self,
        name: &'static str,
        key_rule: Text,
        value_rule: Text,
    ) -> Result<Option<Texts>, Error> {
        let Some(value) = self.take(name) else { return Ok(None) };
        self.texts_of(&self.at(name), value, key_rule, value_rule).map(Some)
    }

    fn texts_of(
        &mut self,
        at: &str,
        value: Value,
        key_rule: Text,
        value_rule: Text,
    ) -> Result<Texts, Error> {
        let mut map = BTreeMap::new();
        for (key, value) in object(at, value)? {
            let text = string(at, value)?;
            self.check(at, &key, key_rule);
            self.check(&format!("{at}.{key}"), &text, value_rule);
            map.insert(key, text);
        }
        Ok(map)
    }

    /// A map of maps of texts, if given.
    pub(crate) fn maps(
        &mut self,
        name: &'static str,
        key_rule: Text,
        value_rule: Text,
    ) -> Result<Option<BTreeMap<String, Texts>>, Error> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let at = self.at(name);
        let mut maps = BTreeMap::new();
        for (key, value) in object(&at, value)? {
            self.check(&at, &key, key_rule);
            let inner = self.texts_of(&format!("{at}.{key}"), value, key_rule, value_rule)?;
            maps.insert(key, inner);
        }
        Ok(Some(maps))
    }

    /// A structure, if given.
    pub(crate) fn structure<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let Some(value) = self.take(name) else { return Ok(None) };
        within(self.at(name), value, &mut self.faults, read).map(Some)
    }

    /// A map of structures, if given; `read` is told each one's key.
    pub(crate) fn structures<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&mut Self, &str) -> Result<T, Error>,
    ) -> Result<Option<BTreeMap<String, T>>, Error> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let at = self.at(name);
        let mut map = BTreeMap::new();
        for (key, value) in object(&at, value)? {
            let path = format!("{at}.{key}");
            let inner = within(path, value, &mut self.faults, |fields| read(fields, &key))?;
            map.insert(key, inner);
        }
        Ok(Some(map))
    }

    /// A list of structures, if given.
    pub(crate) fn list<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<Vec<T>>, Error> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let at = self.at(name);
        let Value::Array(items) = value else { return Err(wrong_type(&at, &value, "List")) };
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let path = format!("{at}.{}.member", index + 1);
            list.push(within(path, item, &mut self.faults, &read)?);
        }
        Ok(Some(list))
    }

    /// Members of the service model that are for the other protocol, or say what this one cannot
    /// be. Harmless only while they say nothing: null, false, "", an empty list or object.
    pub(crate) fn refuse(&mut self, names: &[&'static str], why: &str) {
        for &name in names {
            let Some(value) = self.take(name) else { continue };
            let says_nothing = match &value {
                Value::Null | Value::Bool(false) => true,
                Value::String(text) => text.is_empty(),
                Value::Array(items) => items.is_empty(),
                Value::Object(members) => members.is_empty(),
                Value::Bool(true) | Value::Number(_) => false,
            };
            if !says_nothing {
                let at = self.at(name);
                self.faults.refused(&at, why);
            }
        }
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.members.remove(name).filter(|value| !value.is_null())
    }

    fn at(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    fn check(&mut self, at: &str, text: &str, rule: Text) {
        for broken in rule.broken_by(text) {
            self.faults.violation(at, text, &broken);
        }
    }

    fn refuse_the_rest(&mut self) {
        for name in self.members.keys() {
            self.faults.unknown(&self.path, name, &self.known);
        }
    }
}

fn within<T>(
    path: String,
    value: Value,
    faults: &mut Faults,
    read: impl FnOnce(&mut Fields) -> Result<T, Error>,
) -> Result<T, Error> {
    let members = object(&path, value)?;
    let known = Vec::new();
    let mut fields = Fields { path, members, known, faults: std::mem::take(faults) };
    let result = read(&mut fields);
    fields.refuse_the_rest();
    *faults = fields.faults;
    result
}

fn string(at: &str, value: Value) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(wrong_type(at, &other, "String")),
    }
}

fn object(at: &str, value: Value) -> Result<Map<String, Value>, Error> {
    match value {
        Value::Object(members) => Ok(members),
        other => Err(wrong_type(at, &other, "Map")),
    }
}

/// AWS's words, down to the Java, and where it is.
fn wrong_type(at: &str, value: &Value, wanted: &str) -> Error {
    let class = match value {
        Value::Null => "java.lang.Object",
        Value::Bool(_) => "java.lang.Boolean",
        Value::Number(number) if number.is_f64() => "java.lang.Double",
        Value::Number(_) => "java.lang.Integer",
        Value::String(_) => "java.lang.String",
        Value::Array(_) => "java.util.ArrayList",
        Value::Object(_) => "java.util.LinkedHashMap",
    };
    let words = format!("class {class} can not be converted to an {wanted} ('{}')", echo(at));
    Error::new(Code::Serialization, words)
}
