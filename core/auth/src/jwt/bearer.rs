use super::refusal::Refusal;

/// The token in the value of an identity source: all of it, or what follows `Bearer`, whose case
/// does not matter (RFC 9110 section 11.1).
///
/// # Errors
/// [`Refusal::Missing`] when there is no value, or nothing in it; [`Refusal::Malformed`] when it
/// is not ASCII, as every token is.
pub fn bearer(value: Option<&[u8]>) -> Result<&str, Refusal> {
    let value = value.unwrap_or_default().trim_ascii();
    let token = match value.split_at_checked("bearer".len()) {
        Some((scheme, rest))
            if scheme.eq_ignore_ascii_case(b"bearer")
                && rest.first().is_none_or(u8::is_ascii_whitespace) =>
        {
            rest.trim_ascii_start()
        }
        _ => value,
    };
    match str::from_utf8(token) {
        Ok("") => Err(Refusal::Missing),
        Ok(token) if token.is_ascii() => Ok(token),
        _ => Err(Refusal::Malformed("the token is not ASCII")),
    }
}
