//! Members read into a resource: what is given replaces what is there, the rest stays as it is.

use std::ops::RangeInclusive;

use ringgate_model::Timestamp;
use serde_json::Value;

use super::{Fields, Text, Texts, wrong_type};
use crate::Error;

impl Fields {
    /// A text that is always there.
    pub(crate) fn text_into(
        &mut self,
        name: &'static str,
        rule: Text,
        target: &mut String,
    ) -> Result<(), Error> {
        set(target, self.text(name, rule)?);
        Ok(())
    }

    /// A text that may be absent: an empty one takes it away ("" is what Terraform sends).
    pub(crate) fn optional_into(
        &mut self,
        name: &'static str,
        rule: Text,
        target: &mut Option<String>,
    ) -> Result<(), Error> {
        set(target, self.clearable(name, rule)?);
        Ok(())
    }

    /// A boolean.
    pub(crate) fn flag_into(
        &mut self,
        name: &'static str,
        target: &mut Option<bool>,
    ) -> Result<(), Error> {
        set(target, self.flag(name)?.map(Some));
        Ok(())
    }

    /// A whole number within `range`.
    pub(crate) fn number_into(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u32>,
        target: &mut Option<u32>,
    ) -> Result<(), Error> {
        let range = i64::from(*range.start())..=i64::from(*range.end());
        let given = self.integer(name, range)?;
        set(target, given.and_then(|number| u32::try_from(number).ok()).map(Some));
        Ok(())
    }

    /// A number that may have a fraction, not below zero.
    pub(crate) fn rate_into(
        &mut self,
        name: &'static str,
        target: &mut Option<f64>,
    ) -> Result<(), Error> {
        let Some(value) = self.take(name) else { return Ok(()) };
        let at = self.at(name);
        let rate = value.as_f64().ok_or_else(|| wrong_type(&at, &value, "Double"))?;
        if rate < 0.0 {
            self.faults.violation(&at, &rate.to_string(), "have value greater than or equal to 0");
        }
        *target = Some(rate);
        Ok(())
    }

    /// A point in time: `2024-05-01T12:00:00Z`, as SDKs write it.
    pub(crate) fn time_into(
        &mut self,
        name: &'static str,
        target: &mut Option<Timestamp>,
    ) -> Result<(), Error> {
        let Some(text) = self.text(name, Text::chars(1, 64))? else { return Ok(()) };
        let at = self.at(name);
        // Fractions of a second are dropped: nothing here is shown finer.
        let parts = text.strip_suffix('Z').and_then(|text| text.split_once('.'));
        let whole = parts.filter(|(_, part)| part.bytes().all(|b| b.is_ascii_digit()));
        match whole.map_or(text.clone(), |(whole, _)| format!("{whole}Z")).parse() {
            Ok(time) => *target = Some(time),
            Err(wanted) => self.faults.violation(&at, &text, &format!("be {wanted}")),
        }
        Ok(())
    }

    /// One of the named values.
    pub(crate) fn choice_into<T: Copy>(
        &mut self,
        name: &'static str,
        values: &[(&str, T)],
        target: &mut T,
    ) -> Result<(), Error> {
        set(target, self.choice(name, values)?);
        Ok(())
    }

    /// One of these texts.
    pub(crate) fn one_of_into(
        &mut self,
        name: &'static str,
        values: &[&'static str],
        target: &mut Option<String>,
    ) -> Result<(), Error> {
        set(target, self.one_of(name, values)?.map(Some));
        Ok(())
    }

    /// A list of texts; an empty one takes it away.
    pub(crate) fn texts_into(
        &mut self,
        name: &'static str,
        rule: Text,
        target: &mut Option<Vec<String>>,
    ) -> Result<(), Error> {
        set(target, self.texts(name, rule)?.map(|texts| Some(texts).filter(|it| !it.is_empty())));
        Ok(())
    }

    /// A map of texts that is replaced as a whole; an empty one takes it away.
    pub(crate) fn map_into(
        &mut self,
        name: &'static str,
        rules: (Text, Text),
        target: &mut Option<Texts>,
    ) -> Result<(), Error> {
        let given = self.map(name, rules.0, rules.1)?;
        set(target, given.map(|map| Some(map).filter(|it| !it.is_empty())));
        Ok(())
    }

    /// A map of texts that is merged: an empty value takes its key away (that is how Terraform
    /// takes away parameters and stage variables).
    pub(crate) fn merge_into(
        &mut self,
        name: &'static str,
        rules: (Text, Text),
        target: &mut Option<Texts>,
    ) -> Result<(), Error> {
        let value_rule = Text { chars_min: 0, ..rules.1 };
        if let Some(given) = self.map(name, rules.0, value_rule)? {
            merge(target, given);
        }
        Ok(())
    }

    /// True when `name` is given and says something, empty or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(|value| *value != Value::Null)
    }
}

/// Writes a value that was given.
pub(crate) fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

/// Writes the default of what was not given.
pub(crate) fn fill(target: &mut Option<String>, default: &str) {
    target.get_or_insert_with(|| default.to_owned());
}

/// Puts `given` over `target`; empty values take their keys away, and no key takes the map away.
///
/// A mapping's `remove:` needs no value, and templates give it none: it stays then, unless one that
/// had a value is taken away.
pub(crate) fn merge(target: &mut Option<Texts>, given: Texts) {
    let mut merged = target.take().unwrap_or_default();
    for (key, value) in given {
        let had_value = merged.get(&key).is_some_and(|value| !value.is_empty());
        if value.is_empty() && (had_value || !key.starts_with("remove:")) {
            merged.remove(&key);
        } else {
            merged.insert(key, value);
        }
    }
    *target = Some(merged).filter(|it| !it.is_empty());
}
