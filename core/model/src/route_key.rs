use std::fmt;

use crate::limits::{ROUTE_KEY_CHARS_MAX, ROUTE_PARTS_MAX};

/// A parsed route key of an HTTP API: `$default`, or a method and a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteKey {
    /// `$default`: whatever no other route takes.
    Default,
    /// `GET /pets/{id}`.
    Path {
        /// The verb, or ANY.
        method: RouteMethod,
        /// The parts between slashes; none for `/`.
        parts: Vec<PathPart>,
    },
}

/// The verb of a route key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteMethod {
    /// Every method, also those not in this list.
    Any,
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
    /// HEAD
    Head,
    /// OPTIONS
    Options,
}

impl RouteMethod {
    /// Every verb a route key can have.
    pub const ALL: [Self; 8] = [
        Self::Any,
        Self::Get,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Head,
        Self::Options,
    ];

    /// The verb as it stands in a route key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "ANY",
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
        }
    }

    /// The verb that `text` spells, upper-case only.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }
}

/// One part of a route's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPart {
    /// `pets`
    Literal(String),
    /// `{id}`: exactly one non-empty part.
    Param(String),
    /// `{proxy+}`: one or more parts; last only.
    Greedy(String),
}

/// Why a text is no route key. The words are AWS's where AWS's are known (spec section 1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteKeyError {
    /// Neither `$default` nor `METHOD /path`.
    Form,
    /// A method that HTTP APIs do not know.
    Method(String),
    /// A path part outside AWS's pattern.
    Part,
    /// `{name+}` before the end.
    GreedyNotLast,
    /// The same name twice.
    RepeatedParam(String),
    /// Over a limit of [`crate::limits`].
    TooLong,
}

impl fmt::Display for RouteKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => f.write_str(
                "The provided route key is not formatted properly for HTTP protocol. \
                 Format should be \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\"",
            ),
            Self::Method(method) => write!(
                f,
                "Invalid HTTP method '{method}' in route key. Valid methods are ANY, GET, POST, \
                 PUT, PATCH, DELETE, HEAD, OPTIONS"
            ),
            Self::Part => f.write_str(
                "One or more path parts appear to be invalid. Parts are validated against this \
                 regular expression: ^(\\{[\\w.:-]+\\+?\\}|[a-zA-Z0-9.:_-]+)$",
            ),
            Self::GreedyNotLast => {
                f.write_str("A greedy path variable must be the last part of a route's path")
            }
            Self::RepeatedParam(name) => {
                write!(f, "The path variable '{name}' stands twice in the route key")
            }
            Self::TooLong => write!(
                f,
                "A route key has at most {ROUTE_KEY_CHARS_MAX} characters and \
                 {ROUTE_PARTS_MAX} path parts"
            ),
        }
    }
}

impl RouteKey {
    /// Reads the route key of an HTTP API.
    ///
    /// # Errors
    /// [`RouteKeyError`] says which rule it breaks.
    pub fn parse(text: &str) -> Result<Self, RouteKeyError> {
        if text == "$default" {
            return Ok(Self::Default);
        }
        if text.len() > ROUTE_KEY_CHARS_MAX {
            return Err(RouteKeyError::TooLong);
        }
        let (method, path) = text.split_once(' ').ok_or(RouteKeyError::Form)?;
        let method =
            RouteMethod::parse(method).ok_or_else(|| RouteKeyError::Method(method.to_owned()))?;
        let path = path.strip_prefix('/').ok_or(RouteKeyError::Form)?;
        Ok(Self::Path { method, parts: parse_parts(path)? })
    }
}

fn parse_parts(path: &str) -> Result<Vec<PathPart>, RouteKeyError> {
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let parts = path.split('/').map(PathPart::parse).collect::<Result<Vec<_>, _>>()?;
    if parts.len() > ROUTE_PARTS_MAX {
        return Err(RouteKeyError::TooLong);
    }
    let all_but_last = parts.split_last().map_or(&[][..], |(_, rest)| rest);
    if all_but_last.iter().any(|part| matches!(part, PathPart::Greedy(_))) {
        return Err(RouteKeyError::GreedyNotLast);
    }
    for (at, part) in parts.iter().enumerate() {
        let Some(name) = part.name() else { continue };
        if parts.iter().skip(at + 1).any(|other| other.name() == Some(name)) {
            return Err(RouteKeyError::RepeatedParam(name.to_owned()));
        }
    }
    Ok(parts)
}

impl PathPart {
    fn parse(text: &str) -> Result<Self, RouteKeyError> {
        let Some(inner) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) else {
            let legal = !text.is_empty() && text.bytes().all(is_part_byte);
            return if legal {
                Ok(Self::Literal(text.to_owned()))
            } else {
                Err(RouteKeyError::Part)
            };
        };
        let (name, greedy) = inner.strip_suffix('+').map_or((inner, false), |name| (name, true));
        if name.is_empty() || !name.bytes().all(is_part_byte) {
            return Err(RouteKeyError::Part);
        }
        Ok(if greedy { Self::Greedy(name.to_owned()) } else { Self::Param(name.to_owned()) })
    }

    /// The variable's name, for a variable.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Literal(_) => None,
            Self::Param(name) | Self::Greedy(name) => Some(name),
        }
    }
}

fn is_part_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'_' | b'-')
}

impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Path { method, parts } = self else { return f.write_str("$default") };
        write!(f, "{} /", method.as_str())?;
        for (at, part) in parts.iter().enumerate() {
            let slash = if at == 0 { "" } else { "/" };
            match part {
                PathPart::Literal(text) => write!(f, "{slash}{text}")?,
                PathPart::Param(name) => write!(f, "{slash}{{{name}}}")?,
                PathPart::Greedy(name) => write!(f, "{slash}{{{name}+}}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_keys_come_back_as_they_were() {
        for key in [
            "$default",
            "GET /",
            "ANY /{proxy+}",
            "POST /pets/{id}/toys/{toy.name}",
            "DELETE /a:b/_c-d.e",
        ] {
            assert_eq!(RouteKey::parse(key).map(|k| k.to_string()), Ok(key.to_owned()));
        }
    }

    #[test]
    fn each_rule_is_named() {
        use RouteKeyError as E;
        for (key, error) in [
            ("", E::Form),
            ("GET", E::Form),
            ("GET pets", E::Form),
            ("get /pets", E::Method("get".into())),
            ("TRACE /pets", E::Method("TRACE".into())),
            ("GET /pets/", E::Part),
            ("GET //pets", E::Part),
            ("GET /@connections/{id}", E::Part),
            ("GET /{}", E::Part),
            ("GET /{proxy+}/x", E::GreedyNotLast),
            ("GET /{a}/{a}", E::RepeatedParam("a".into())),
        ] {
            assert_eq!(RouteKey::parse(key), Err(error), "{key}");
        }
    }
}
