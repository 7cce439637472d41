//! Names, paths and other texts, checked as the service model has them.

use crate::Error;
use crate::limits::{
    ARN_CHARS_MAX, DESCRIPTION_CHARS_MAX, ENTITY_NAME_CHARS_MAX, PATH_CHARS_MAX,
    POLICY_NAME_CHARS_MAX,
};
use crate::params::Params;

/// `UserName` or `RoleName`.
pub(crate) fn entity_name<'p>(params: &'p Params, member: &str) -> Result<&'p str, Error> {
    name(params, member, 1, ENTITY_NAME_CHARS_MAX)
}

/// `PolicyName`.
pub(crate) fn policy_name(params: &Params) -> Result<&str, Error> {
    name(params, "PolicyName", 1, POLICY_NAME_CHARS_MAX)
}

/// `RoleSessionName`.
pub(crate) fn session_name(params: &Params) -> Result<&str, Error> {
    name(params, "RoleSessionName", 2, ENTITY_NAME_CHARS_MAX)
}

fn name<'p>(params: &'p Params, member: &str, min: usize, max: usize) -> Result<&'p str, Error> {
    let text = params.required(member)?;
    length(text, member, min, max)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if text.chars().all(fits) {
        return Ok(text);
    }
    Err(Error::invalid(format!(
        "The specified value for {} is invalid. It must contain only alphanumeric characters \
         and/or the following: +=,.@_-",
        crate::error::lower_first(member)
    )))
}

/// `Path`, `/` where none is given.
pub(crate) fn path(params: &Params) -> Result<&str, Error> {
    Ok(path_in(params, "Path")?.unwrap_or("/"))
}

/// `NewPath`.
pub(crate) fn new_path(params: &Params) -> Result<Option<&str>, Error> {
    path_in(params, "NewPath")
}

fn path_in<'p>(params: &'p Params, member: &str) -> Result<Option<&'p str>, Error> {
    let Some(text) = params.text(member) else { return Ok(None) };
    length(text, member, 1, PATH_CHARS_MAX)?;
    let whole = text == "/" || (text.len() > 2 && text.starts_with('/') && text.ends_with('/'));
    if whole && text.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(Some(text));
    }
    Err(Error::invalid(format!(
        "The specified value for {} is invalid. It must begin and end with / and contain only \
         alphanumeric characters and/or / characters.",
        crate::error::lower_first(member)
    )))
}

/// `PathPrefix`, `/` where none is given.
pub(crate) fn path_prefix(params: &Params) -> Result<&str, Error> {
    let Some(text) = params.text("PathPrefix") else { return Ok("/") };
    length(text, "PathPrefix", 1, PATH_CHARS_MAX)?;
    if text.starts_with('/') && text.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(text);
    }
    Err(Error::invalid("The specified value for pathPrefix is invalid. It must begin with /."))
}

/// `Description`.
pub(crate) fn description(params: &Params) -> Result<Option<&str>, Error> {
    let Some(text) = params.text("Description") else { return Ok(None) };
    length(text, "Description", 0, DESCRIPTION_CHARS_MAX)?;
    Ok(Some(text))
}

/// An ARN of some kind; whether it names anything is seen later.
pub(crate) fn arn<'p>(params: &'p Params, member: &str) -> Result<&'p str, Error> {
    let text = params.required(member)?;
    length(text, member, 20, ARN_CHARS_MAX)?;
    if text.starts_with("arn:") && text.split(':').count() >= 6 {
        return Ok(text);
    }
    Err(Error::new(crate::Code::InvalidInput, format!("ARN {text} is not valid.")))
}

/// Refuses a text that is too short or too long.
pub(crate) fn length(text: &str, member: &str, min: usize, max: usize) -> Result<(), Error> {
    let chars = text.chars().count();
    if chars < min {
        let must = format!("have length greater than or equal to {min}");
        return Err(Error::constraint(Some(text), member, &must));
    }
    if chars > max {
        let must = format!("have length less than or equal to {max}");
        return Err(Error::constraint(Some(text), member, &must));
    }
    Ok(())
}
