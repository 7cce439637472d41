use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::context::{Context, Found};
use super::error::quoted;

/// `${aws:username}`, or with a default `${aws:PrincipalTag/team, 'company-wide'}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Variable {
    /// In lower case.
    key: Box<str>,
    default: Option<Box<str>>,
}

/// What stands between `${` and `}`.
pub(super) enum Reference {
    /// `${*}`, `${?}`, `${$}`: the character itself.
    Literal(char),
    Variable(Variable),
}

impl Variable {
    /// The value, or the default. A multivalued key cannot be a variable.
    pub(super) fn resolve<'c>(&'c self, context: &'c dyn Context) -> Option<Cow<'c, str>> {
        match context.get(&self.key) {
            Found::One(value) => Some(value.text()),
            _ => self.default.as_deref().map(Cow::Borrowed),
        }
    }
}

/// Reads what follows `${`; gives also the rest behind `}`.
pub(super) fn read(text: &str) -> Result<(Reference, &str), String> {
    for literal in ['*', '?', '$'] {
        if let Some(rest) = text.strip_prefix(literal).and_then(|rest| rest.strip_prefix('}')) {
            return Ok((Reference::Literal(literal), rest));
        }
    }
    let end = text.find(['}', ',']).ok_or_else(|| not_closed(text))?;
    let (key, rest) = text.split_at_checked(end).ok_or_else(|| not_closed(text))?;
    let key = key.trim();
    let parts = key.split_once(':');
    if !parts.is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty()) {
        let key = quoted(key);
        return Err(format!("'${{{key}}}' is no variable: expected one like ${{aws:username}}"));
    }
    let (default, rest) = match rest.strip_prefix(',') {
        None => (None, rest),
        Some(rest) => {
            let (default, rest) = read_default(rest).ok_or_else(|| {
                let key = quoted(key);
                format!("the default of '${{{key}, …}}' stands in single quotes before the '}}'")
            })?;
            (Some(default.into()), rest)
        }
    };
    let rest = rest.strip_prefix('}').ok_or_else(|| not_closed(text))?;
    Ok((Reference::Variable(Variable { key: key.to_lowercase().into(), default }), rest))
}

/// ` 'company-wide'`, up to the closing brace.
fn read_default(text: &str) -> Option<(&str, &str)> {
    let (default, rest) = text.trim_start().strip_prefix('\'')?.split_once('\'')?;
    let rest = rest.trim_start();
    rest.starts_with('}').then_some((default, rest))
}

fn not_closed(text: &str) -> String {
    format!("the variable '${{{}' has no closing brace", quoted(text))
}
