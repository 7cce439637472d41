use std::fmt::Write as _;

use super::refusal::Refusal;
use super::rules::Issuer;
use crate::json::{Members, Value};

/// The claims of a token that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// All names and values, one behind the other: one piece of memory for a token.
    text: String,
    /// Where each name and its value end.
    ends: Vec<(usize, usize)>,
    scopes: Vec<String>,
    expires_s: u64,
}

impl Claims {
    /// Checks the claims of a token of this issuer, whose signature is good (RFC 7519 section 4.1;
    /// the JWT authorizer page of the API Gateway guide). `size` is about that of their text.
    pub(super) fn check(
        members: &Members<'_>,
        size: usize,
        issuer: &Issuer,
        leeway_s: u32,
        now_s: u64,
    ) -> Result<Self, Refusal> {
        let (now, leeway) = (now_s as f64, f64::from(leeway_s));
        // A token without an end could never be taken back.
        let expires = date(members, "exp", "the token's 'exp' is no date")?
            .ok_or(Refusal::Claim("the token has no 'exp'"))?;
        if expires <= now {
            return Err(Refusal::Expired);
        }
        let not_before = date(members, "nbf", "the token's 'nbf' is no date")?;
        if not_before.is_some_and(|date| date > now + leeway) {
            return Err(Refusal::NotYetValid);
        }
        let issued = date(members, "iat", "the token's 'iat' is no date")?;
        if issued.is_some_and(|date| date > now + leeway) {
            return Err(Refusal::IssuedLater);
        }
        if !is_for(members, &issuer.audiences) {
            return Err(Refusal::Audience);
        }
        check_additional(members, issuer)?;
        let (mut text, mut ends) = (String::with_capacity(size), Vec::with_capacity(members.len()));
        for (name, value) in members.iter() {
            text.push_str(name);
            let name_end = text.len();
            write(value, &mut text);
            ends.push((name_end, text.len()));
        }
        // A date past the end of u64 is as good as its end.
        let expires_s = expires as u64;
        Ok(Self { text, ends, scopes: scopes(members), expires_s })
    }

    /// Names and values in the token's order, as events and `$context` show them: texts as they
    /// are, numbers as they stand in the token, lists as `[a b]` and, in the same manner (it is
    /// Go's), objects as `map[a:b]` and null as `<nil>`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        starts.zip(&self.ends).map(|(start, &(name_end, end))| {
            let part = |range| self.text.get(range).unwrap_or_default();
            (part(start..name_end), part(name_end..end))
        })
    }

    /// The value of a claim, in the form of [`iter`](Self::iter).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// What the token is good for: the words of `scope` and `scp`.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// When the token ends, in seconds since the epoch; at that second it is no longer good.
    pub fn expires_s(&self) -> u64 {
        self.expires_s
    }

    /// Checks that the token has one of the route's scopes, if the route has any.
    ///
    /// # Errors
    /// [`Refusal::Scope`]
    pub fn check_scopes<S: AsRef<str>>(&self, wanted: &[S]) -> Result<(), Refusal> {
        let has = |scope: &S| self.scopes.iter().any(|own| own == scope.as_ref());
        if wanted.is_empty() || wanted.iter().any(has) { Ok(()) } else { Err(Refusal::Scope) }
    }
}

/// A NumericDate (RFC 7519 section 2): seconds since the epoch, perhaps with a fraction.
fn date(members: &Members<'_>, name: &str, wrong: &'static str) -> Result<Option<f64>, Refusal> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::Number(text)) => match text.parse::<f64>() {
            Ok(date) if date.is_finite() => Ok(Some(date)),
            _ => Err(Refusal::Claim(wrong)),
        },
        Some(_) => Err(Refusal::Claim(wrong)),
    }
}

/// `client_id` counts only where there is no `aud` at all.
fn is_for(members: &Members<'_>, audiences: &[String]) -> bool {
    let is_one = |value: &Value<'_>| {
        value.text().is_some_and(|text| audiences.iter().any(|audience| audience == text))
    };
    match members.get("aud") {
        Some(Value::List(values)) => values.iter().any(is_one),
        Some(value) => is_one(value),
        None => members.get("client_id").is_some_and(is_one),
    }
}

fn check_additional(members: &Members<'_>, issuer: &Issuer) -> Result<(), Refusal> {
    for wanted in &issuer.additional_claims {
        match members.get(&wanted.name) {
            None if wanted.required => {
                return Err(Refusal::Claim("the token lacks a claim that is required"));
            }
            None => {}
            Some(Value::Text(text))
                if wanted.expected_values.is_empty()
                    || wanted.expected_values.iter().any(|value| value == text) => {}
            Some(_) => return Err(Refusal::Claim("a claim of the token is not as expected")),
        }
    }
    Ok(())
}

/// The words of `scope` and of `scp`, each a text of words or a list of texts.
fn scopes(members: &Members<'_>) -> Vec<String> {
    let mut scopes = Vec::new();
    let mut add = |value: &Value<'_>| {
        let words = value.text().unwrap_or_default().split(' ').filter(|word| !word.is_empty());
        scopes.extend(words.map(str::to_owned));
    };
    for value in ["scope", "scp"].iter().filter_map(|name| members.get(name)) {
        match value {
            Value::List(values) => values.iter().for_each(&mut add),
            value => add(value),
        }
    }
    scopes
}

/// Writes a value as events show it. Recursion ends with the JSON's bounded depth.
fn write(value: &Value<'_>, out: &mut String) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        Value::Number(text) => out.push_str(text),
        Value::Text(text) => out.push_str(text),
        Value::List(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                write(value, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            out.push_str("map[");
            for (at, (name, value)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                out.push_str(name);
                out.push(':');
                write(value, out);
            }
            out.push(']');
        }
    }
}
