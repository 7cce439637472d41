use ringgate_observe::Variable;

use crate::error::MappingError;
use crate::{Source, json_path};

/// What an expression may refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `$request`, `$context`, `$stageVariables`.
    Request,
    /// `$response`, `$context`, `$stageVariables`.
    Response,
}

/// Takes the value of a mapping apart.
///
/// One that begins with `$` and no brace is a reference to its end. In any other `${…}` is a
/// reference and the rest text, in which `\$` stands for `$`. Text is taken as it is, quotes too;
/// `''` alone is the empty text that consoles and templates write where a value is not used.
///
/// # Errors
/// [`MappingError::Expression`]
pub fn parse(value: &str, scope: Scope) -> Result<Vec<Source<&str>>, MappingError> {
    let refuse = |reason: String| MappingError::expression(value, reason);
    if value == "''" {
        return Ok(Vec::new());
    }
    if value.starts_with('$') && !value.starts_with("${") {
        let name = value.get(1..).unwrap_or_default();
        return Ok(vec![reference(name, scope).map_err(refuse)?]);
    }
    let mut sources = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find("${") {
        let (text, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        if let Some(text) = text.strip_suffix('\\') {
            push_text(&mut sources, text);
            // The dollar sign alone; what follows is text.
            let (dollar, after) = from.split_at_checked(1).unwrap_or((from, ""));
            sources.push(Source::Static(dollar));
            rest = after;
            continue;
        }
        push_text(&mut sources, text);
        let inner = from.get(2..).unwrap_or_default();
        let (name, after) = inner.split_once('}').ok_or_else(|| {
            refuse("a reference in braces, as ${request.path}, has no closing brace".to_owned())
        })?;
        sources.push(reference(name, scope).map_err(refuse)?);
        rest = after;
    }
    push_text(&mut sources, rest);
    Ok(sources)
}

/// Text between references, less the backslashes before its dollar signs.
fn push_text<'e>(sources: &mut Vec<Source<&'e str>>, text: &'e str) {
    for (at, part) in text.split("\\$").enumerate() {
        if at > 0 {
            sources.push(Source::Static("$"));
        }
        if !part.is_empty() {
            sources.push(Source::Static(part));
        }
    }
}

/// A reference by its name, which had `$` before it, or `${` and a brace behind.
fn reference(name: &str, scope: Scope) -> Result<Source<&str>, String> {
    let (root, rest) = match name.find(['.', '[']) {
        Some(at) => name.split_at_checked(at).unwrap_or((name, "")),
        None => (name, ""),
    };
    match (root, rest.strip_prefix('.')) {
        ("context", Some(name)) => context(name),
        ("stageVariables", Some(name)) if is_word(name) => Ok(Source::StageVariable(name)),
        ("request", Some(part)) if scope == Scope::Request => {
            message(part, true).unwrap_or_else(|| Err(unknown(name, scope)))
        }
        ("response", Some(part)) if scope == Scope::Response => {
            message(part, false).unwrap_or_else(|| Err(unknown(name, scope)))
        }
        _ => Err(unknown(name, scope)),
    }
}

/// A part of a request or of an answer; none if there is no such.
fn message(part: &str, is_request: bool) -> Option<Result<Source<&str>, String>> {
    if let Some(path) = part.strip_prefix("body") {
        return match path {
            "" => Some(Ok(Source::Body)),
            _ if path.starts_with(['.', '[']) => {
                Some(json_path::check(path).map(|()| Source::BodyPath(path)))
            }
            _ => None,
        };
    }
    let (place, name) = match part.split_once('.') {
        Some((place, name)) => (place, Some(name).filter(|name| !name.is_empty())),
        None => (part, None),
    };
    Some(Ok(match (place, name) {
        ("header", Some(name)) if is_token(name) => Source::Header(name),
        ("querystring", Some(name)) if is_request => Source::Querystring(name),
        ("path", Some(name)) if is_request => Source::PathParameter(name),
        ("path", None) if is_request && part == "path" => Source::Path,
        _ => return None,
    }))
}

fn context(name: &str) -> Result<Source<&str>, String> {
    match Variable::named(name) {
        Some(_) => Ok(Source::Context(name)),
        None => Err(match Variable::nearest(name) {
            Some(meant) => format!("there is no $context.{name}: did you mean $context.{meant}?"),
            None => format!("there is no $context.{name}"),
        }),
    }
}

fn unknown(name: &str, scope: Scope) -> String {
    let known = match scope {
        Scope::Request => {
            "$request.header.{name}, $request.querystring.{name}, $request.path, \
             $request.path.{name}, $request.body, $request.body.{path}"
        }
        Scope::Response => "$response.header.{name}, $response.body, $response.body.{path}",
    };
    format!(
        "no reference '{name}'; there are {known}, $context.{{name}} and $stageVariables.{{name}}"
    )
}

/// A name of a stage variable.
fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether it may be the name of a header field (RFC 9110 section 5.6.2).
pub fn is_token(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(legal)
}

#[cfg(test)]
mod tests {
    use Source as S;

    use super::*;

    #[test]
    fn every_form_of_a_request() {
        let cases: &[(&str, &[S<&str>])] = &[
            ("", &[]),
            ("''", &[]),
            ("403", &[S::Static("403")]),
            ("'x'", &[S::Static("'x'")]),
            ("$request.header.X-A", &[S::Header("X-A")]),
            ("${request.header.a.b}", &[S::Header("a.b")]),
            ("$request.querystring.q[]", &[S::Querystring("q[]")]),
            ("$request.path", &[S::Path]),
            ("$request.path.petId", &[S::PathParameter("petId")]),
            ("$request.body", &[S::Body]),
            ("$request.body.a.b[0]", &[S::BodyPath(".a.b[0]")]),
            ("$request.body['a b']", &[S::BodyPath("['a b']")]),
            ("$context.requestId", &[S::Context("requestId")]),
            ("$context.authorizer.claims.sub", &[S::Context("authorizer.claims.sub")]),
            ("$stageVariables.env", &[S::StageVariable("env")]),
            (
                "/${stageVariables.a}/x ${request.path.id}",
                &[S::Static("/"), S::StageVariable("a"), S::Static("/x "), S::PathParameter("id")],
            ),
            ("5 $ a", &[S::Static("5 $ a")]),
            (r"\${request.path}", &[S::Static("$"), S::Static("{request.path}")]),
            (r"a\$b", &[S::Static("a"), S::Static("$"), S::Static("b")]),
        ];
        for (value, sources) in cases {
            assert_eq!(parse(value, Scope::Request).as_deref(), Ok(*sources), "{value}");
        }
    }

    #[test]
    fn an_answer_has_less() {
        let parse = |value| parse(value, Scope::Response);
        assert_eq!(parse("$response.header.etag"), Ok(vec![S::Header("etag")]));
        assert_eq!(parse("$response.body.a"), Ok(vec![S::BodyPath(".a")]));
        for value in ["$request.path", "$response.path", "$response.querystring.q", "$response"] {
            assert!(parse(value).is_err(), "{value}");
        }
    }

    #[test]
    fn what_is_no_reference_says_so() {
        for (value, reason) in [
            ("$x", "no reference 'x'; there are $request.header.{name}"),
            ("$response.body", "no reference"),
            ("$request.header.", "no reference"),
            ("$request.header.a b", "no reference"),
            ("$request.path.", "no reference"),
            ("$request.bodyx", "no reference"),
            ("${request.path", "no closing brace"),
            ("$request.body..a", "recursive descent"),
            ("$request.body[?(@.a)]", "filter expressions"),
            ("$context.requestid", "did you mean $context.requestId?"),
            ("$stageVariables.a-b", "no reference"),
            ("$stageVariables", "no reference"),
        ] {
            let error = parse(value, Scope::Request).unwrap_err().to_string();
            assert!(error.contains(reason), "{value}: {error}");
            assert!(error.starts_with("Invalid mapping expression specified: "), "{error}");
        }
    }
}
