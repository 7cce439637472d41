use crate::Refusal;
use crate::authority::is_authority;
use crate::syntax::{is_path_byte, is_query_byte, percents_are_whole};

/// The request target, split but not decoded (RFC 9112 section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'b> {
    /// How it was written.
    pub form: TargetForm,
    /// The path as it came, beginning with `/`; `*` for [`TargetForm::Asterisk`].
    pub path: &'b str,
    /// What follows the first `?`, which may be nothing.
    pub query: Option<&'b str>,
    /// `host[:port]` of an absolute-form target.
    pub authority: Option<&'b str>,
}

/// The forms of a request target that are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetForm {
    /// `/path?query`
    Origin,
    /// `http://host/path?query`
    Absolute,
    /// `*`, and `OPTIONS http://host` (RFC 9112 section 3.2.4).
    Asterisk,
}

/// Splits and checks a target.
#[inline]
pub(crate) fn parse_target<'b>(method: &str, raw: &'b str) -> Result<Target<'b>, Refusal> {
    if raw.starts_with('/') {
        let (path, query) = path_and_query(raw)?;
        return Ok(Target { form: TargetForm::Origin, path, query, authority: None });
    }
    if raw == "*" {
        return match method {
            "OPTIONS" => Ok(asterisk(None)),
            _ => Err(Refusal::Target),
        };
    }
    absolute(method, raw)
}

fn asterisk(authority: Option<&str>) -> Target<'_> {
    Target { form: TargetForm::Asterisk, path: "*", query: None, authority }
}

#[cold]
fn absolute<'b>(method: &str, raw: &'b str) -> Result<Target<'b>, Refusal> {
    let (scheme, rest) = raw.split_once("://").ok_or(Refusal::Target)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(Refusal::Target);
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end).ok_or(Refusal::Target)?;
    if !is_authority(authority.as_bytes()) {
        return Err(Refusal::Target);
    }
    if rest.is_empty() && method == "OPTIONS" {
        return Ok(asterisk(Some(authority)));
    }
    let (path, query) = path_and_query(rest)?;
    let path = if path.is_empty() { "/" } else { path };
    Ok(Target { form: TargetForm::Absolute, path, query, authority: Some(authority) })
}

/// Checks every byte, and splits at the first `?`.
#[inline]
fn path_and_query(raw: &str) -> Result<(&str, Option<&str>), Refusal> {
    let bytes = raw.as_bytes();
    let end = bytes.iter().position(|byte| !is_path_byte(*byte)).unwrap_or(bytes.len());
    let (path, rest) = raw.split_at_checked(end).ok_or(Refusal::TargetByte)?;
    // A path's escapes are decoded for routing, so they must be whole. Browsers leave a lone `%`
    // in a query as it is (WHATWG URL, query state), and nobody on the way decodes queries.
    if !percents_are_whole(path.as_bytes()) {
        return Err(Refusal::TargetByte);
    }
    if rest.is_empty() {
        return Ok((path, None));
    }
    let query = rest.strip_prefix('?').ok_or(Refusal::TargetByte)?;
    if !query.bytes().all(is_query_byte) {
        return Err(Refusal::TargetByte);
    }
    Ok((path, Some(query)))
}
