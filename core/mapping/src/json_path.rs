//! JSON paths as mappings have them: names, indices and wildcards (AWS: "Recursive descent and
//! filter expressions aren't supported").

use crate::error::too_many_steps;
use crate::limits::JSON_PATH_STEPS_MAX;

/// One step down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'p> {
    /// `.name`, `['name']` or `["name"]`: the member of this name.
    Name(&'p str),
    /// `[2]`: the element at this place; `[-1]` counts from the end.
    Index(i64),
    /// `.*` or `[*]`: every member or element.
    Any,
}

/// Checks a path as it stands behind `$request.body`.
///
/// # Errors
/// What it may not have, for people.
pub(crate) fn check(path: &str) -> Result<(), String> {
    let mut steps = Steps::of(path);
    let count = steps.by_ref().count();
    match steps.fault {
        Some(fault) => Err(fault.to_owned()),
        None if count > JSON_PATH_STEPS_MAX => Err(too_many_steps()),
        None => Ok(()),
    }
}

/// The steps of a path, up to the first that is none.
#[derive(Clone, Debug)]
pub(crate) struct Steps<'p> {
    rest: &'p str,
    /// What is wrong with the path, once that is found.
    pub(crate) fault: Option<&'static str>,
}

impl<'p> Steps<'p> {
    pub(crate) fn of(path: &'p str) -> Self {
        Self { rest: path, fault: None }
    }

    fn step(&mut self) -> Result<Step<'p>, &'static str> {
        let after_dot = self.rest.strip_prefix('.');
        let (step, rest) = match (after_dot, self.rest.strip_prefix('[')) {
            (Some(after), _) => dotted(after)?,
            (None, Some(after)) => bracketed(after)?,
            (None, None) => return Err("a step of a JSON path begins with '.' or '['"),
        };
        self.rest = rest;
        Ok(step)
    }
}

impl<'p> Iterator for Steps<'p> {
    type Item = Step<'p>;

    fn next(&mut self) -> Option<Step<'p>> {
        if self.rest.is_empty() {
            return None;
        }
        match self.step() {
            Ok(step) => Some(step),
            Err(fault) => {
                (self.rest, self.fault) = ("", Some(fault));
                None
            }
        }
    }
}

/// The step behind a dot, and what follows it.
fn dotted(text: &str) -> Result<(Step<'_>, &str), &'static str> {
    if text.starts_with(['.', '[']) {
        return Err("recursive descent in a JSON path is not supported");
    }
    let (name, rest) = text.split_at(text.find(['.', '[']).unwrap_or(text.len()));
    match name {
        "" => Err("a JSON path has an empty name"),
        "*" => Ok((Step::Any, rest)),
        _ if name.contains([']', '(', ')', '\'', '"', '*', '@', '?']) => {
            Err("a name in a JSON path that has special characters stands as ['name']")
        }
        _ => Ok((Step::Name(name), rest)),
    }
}

/// The step behind an opening bracket, and what follows it.
fn bracketed(text: &str) -> Result<(Step<'_>, &str), &'static str> {
    if let Some(quote) = text.chars().next().filter(|first| matches!(first, '\'' | '"')) {
        let inner = text.strip_prefix(quote).unwrap_or_default();
        let (name, after) = inner.split_once(quote).ok_or("a name in a JSON path has no end")?;
        let rest =
            after.strip_prefix(']').ok_or("a name in brackets stands alone in a JSON path")?;
        return Ok((Step::Name(name), rest));
    }
    if text.starts_with(['?', '(']) {
        return Err("filter expressions in a JSON path are not supported");
    }
    let (inner, rest) = text.split_once(']').ok_or("a bracket in a JSON path has no end")?;
    if inner == "*" {
        return Ok((Step::Any, rest));
    }
    let digits = inner.strip_prefix('-').unwrap_or(inner);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("brackets in a JSON path hold a name in quotes, an index or *");
    }
    let index = inner.parse().map_err(|_| "an index in a JSON path is too large")?;
    Ok((Step::Index(index), rest))
}

#[cfg(test)]
mod tests {
    use Step::{Any, Index, Name};

    use super::*;

    #[test]
    fn steps_of_every_kind() {
        let cases: &[(&str, &[Step<'_>])] = &[
            (".a", &[Name("a")]),
            (".a.b-c_d", &[Name("a"), Name("b-c_d")]),
            (".a[0][-1]", &[Name("a"), Index(0), Index(-1)]),
            ("['a.b'][\"c'd\"]", &[Name("a.b"), Name("c'd")]),
            (".*.x[*]", &[Any, Name("x"), Any]),
            (".é", &[Name("é")]),
            ("['']", &[Name("")]),
            (".$", &[Name("$")]),
        ];
        for (path, steps) in cases {
            assert_eq!(check(path), Ok(()), "{path}");
            assert_eq!(Steps::of(path).collect::<Vec<_>>(), *steps, "{path}");
        }
    }

    #[test]
    fn what_is_no_path_says_why() {
        for (path, reason) in [
            ("..a", "recursive descent"),
            (".[0]", "recursive descent"),
            (".a..b", "recursive descent"),
            ("[?(@.a)]", "filter"),
            ("[(@.length-1)]", "filter"),
            (".a.", "empty name"),
            ("[0", "no end"),
            ("['a", "no end"),
            ("['a','b']", "stands alone"),
            ("[]", "an index"),
            ("[-]", "an index"),
            ("[0:2]", "an index"),
            ("[0,1]", "an index"),
            ("[99999999999999999999]", "too large"),
            (".a]", "special characters"),
            ("x", "begins with"),
        ] {
            assert!(check(path).is_err_and(|fault| fault.contains(reason)), "{path}");
        }
        assert_eq!(check(&".a".repeat(JSON_PATH_STEPS_MAX)), Ok(()));
        assert!(check(&".a".repeat(JSON_PATH_STEPS_MAX + 1)).is_err());
    }
}
