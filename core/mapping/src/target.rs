use serde::{Deserialize, Serialize};

use crate::encode::is_control;
use crate::error::MappingError;
use crate::expression::is_token;
use crate::limits::{STATUS_MAX, STATUS_MIN};
use crate::{Scope, Source, expression, is_reserved};

/// What is done. Where several mappings name one target, `remove` comes first and `append` last,
/// in whatever order they are written: AWS does not say, and a map has no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Action {
    /// What is there goes.
    Remove,
    /// What is there goes, and the value comes.
    Overwrite,
    /// The value comes behind what is there.
    Append,
}

/// What it is done to. `T` as in [`Source`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target<T> {
    /// The header fields of this name, in any case.
    Header(T),
    /// The query parameters of this name; case matters.
    Querystring(T),
    /// The path of the request to the integration; overwritten only.
    Path,
    /// The status of the answer; overwritten only.
    StatusCode,
}

impl<T> Target<T> {
    /// The same target with its name kept otherwise.
    ///
    /// # Errors
    /// Those of `keep`.
    pub fn keep<U, E>(self, keep: impl FnOnce(T) -> Result<U, E>) -> Result<Target<U>, E> {
        Ok(match self {
            Self::Header(name) => Target::Header(keep(name)?),
            Self::Querystring(name) => Target::Querystring(keep(name)?),
            Self::Path => Target::Path,
            Self::StatusCode => Target::StatusCode,
        })
    }
}

impl<'k> Target<&'k str> {
    /// Reads a mapping's key: `append:header.x`.
    ///
    /// # Errors
    /// A key that says nothing that can be done, or a header field that is out of reach.
    pub fn parse(key: &'k str, scope: Scope) -> Result<(Action, Self), MappingError> {
        let (action, target) = split(key, scope).ok_or_else(|| match scope {
            Scope::Request => MappingError::RequestKey(key.to_owned()),
            Scope::Response => MappingError::ResponseKey(key.to_owned()),
        })?;
        match target {
            Self::Header(name) if is_reserved(name) => Err(MappingError::Reserved(name.to_owned())),
            Self::Header(name) if is_host(name) && action != Action::Overwrite => {
                Err(MappingError::Host(key.to_owned()))
            }
            _ => Ok((action, target)),
        }
    }
}

fn split(key: &str, scope: Scope) -> Option<(Action, Target<&str>)> {
    let (action, target) = key.split_once(':')?;
    let action = match action {
        "append" => Action::Append,
        "overwrite" => Action::Overwrite,
        "remove" => Action::Remove,
        _ => return None,
    };
    let target = match (target.split_once('.'), scope) {
        (Some(("header", name)), _) if is_token(name) => Target::Header(name),
        (Some(("querystring", name)), Scope::Request)
            if !name.is_empty() && !name.bytes().any(is_control) =>
        {
            Target::Querystring(name)
        }
        (None, Scope::Request) if target == "path" => Target::Path,
        (None, Scope::Response) if target == "statuscode" => Target::StatusCode,
        _ => return None,
    };
    let whole = matches!(target, Target::Path | Target::StatusCode);
    (!whole || action == Action::Overwrite).then_some((action, target))
}

fn is_host(name: &str) -> bool {
    name.eq_ignore_ascii_case("host")
}

/// Checks one mapping as it is made: its key, its value, and that text in it may stand where it
/// goes.
///
/// # Errors
/// [`MappingError`]
pub fn check(key: &str, value: &str, scope: Scope) -> Result<(), MappingError> {
    let (action, target) = Target::parse(key, scope)?;
    if action == Action::Remove {
        // Its value is not looked at: `''` and nothing are what people write.
        return Ok(());
    }
    let sources = expression::parse(value, scope)?;
    let mut texts = sources.iter().filter_map(|source| match source {
        Source::Static(text) => Some(*text),
        _ => None,
    });
    match target {
        Target::Header(_) if texts.any(|text| text.bytes().any(is_control)) => {
            Err(MappingError::expression(value, "a header field holds no control character"))
        }
        Target::StatusCode if sources.iter().all(|source| matches!(source, Source::Static(_))) => {
            match status_code(texts.collect::<String>().as_bytes()) {
                Some(_) => Ok(()),
                None => Err(MappingError::StatusCode(value.to_owned())),
            }
        }
        _ => Ok(()),
    }
}

/// Checks the status code by which a set of `responseParameters` is chosen.
///
/// # Errors
/// [`MappingError::StatusCode`]
pub fn check_status_code(key: &str) -> Result<u16, MappingError> {
    status_code(key.as_bytes()).ok_or_else(|| MappingError::StatusCode(key.to_owned()))
}

/// A status code of an answer, in three digits.
pub fn status_code(digits: &[u8]) -> Option<u16> {
    let is_number = digits.len() == 3 && digits.iter().all(u8::is_ascii_digit);
    let status: u16 = std::str::from_utf8(digits).ok().filter(|_| is_number)?.parse().ok()?;
    (STATUS_MIN..=STATUS_MAX).contains(&status).then_some(status)
}

#[cfg(test)]
mod tests {
    use Action::{Append, Overwrite, Remove};
    use Scope::{Request, Response};

    use super::*;

    #[test]
    fn keys_say_what_is_done_to_what() {
        for (key, scope, meant) in [
            ("append:header.x-a", Request, (Append, Target::Header("x-a"))),
            ("overwrite:header.Host", Request, (Overwrite, Target::Header("Host"))),
            ("remove:querystring.a.b", Request, (Remove, Target::Querystring("a.b"))),
            ("overwrite:path", Request, (Overwrite, Target::Path)),
            ("remove:header.etag", Response, (Remove, Target::Header("etag"))),
            ("overwrite:statuscode", Response, (Overwrite, Target::StatusCode)),
        ] {
            assert_eq!(Target::parse(key, scope), Ok(meant), "{key}");
        }
        for key in [
            "",
            "header.x",
            "append:path",
            "append:header.",
            "set:header.x",
            "append:body.x",
            "remove:path",
            "overwrite:path.x",
            "overwrite:statuscode",
            "append:header.a b",
            "append:header.a\r\nb",
            "append:querystring.",
            "append:querystring.a\r\nb",
        ] {
            let refused = Err(MappingError::RequestKey(key.to_owned()));
            assert_eq!(Target::parse(key, Request), refused, "{key}");
        }
        for key in
            ["overwrite:path", "append:querystring.x", "append:statuscode", "append:overwrite.x"]
        {
            let refused = Err(MappingError::ResponseKey(key.to_owned()));
            assert_eq!(Target::parse(key, Response), refused, "{key}");
        }
    }

    #[test]
    fn fields_out_of_reach_are_named() {
        for scope in [Request, Response] {
            let error = Target::parse("append:header.X-Forwarded-For", scope).unwrap_err();
            assert_eq!(error.to_string(), "Operations on header X-Forwarded-For are restricted");
        }
        assert!(matches!(Target::parse("remove:header.host", Request), Err(MappingError::Host(_))));
    }

    #[test]
    fn values_are_checked_for_their_target() {
        assert_eq!(check("overwrite:statuscode", "403", Response), Ok(()));
        assert_eq!(check("overwrite:statuscode", "$response.body.code", Response), Ok(()));
        for status in ["99", "199", "600", "abc", "", "0200", "+20"] {
            let error = check("overwrite:statuscode", status, Response);
            assert_eq!(error, Err(MappingError::StatusCode(status.to_owned())), "{status}");
        }
        assert!(check("append:header.x", "a\r\nb: c", Request).is_err());
        assert!(check("append:header.x", "a\0${request.path}", Request).is_err());
        assert_eq!(check("append:querystring.x", "a\nb", Request), Ok(()));
        assert_eq!(check("remove:header.x", "$nothing", Request), Ok(()));
        assert_eq!(check_status_code("404"), Ok(404));
        assert!(check_status_code("default").is_err());
    }
}
