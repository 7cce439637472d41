//! Parameters of queries, read in one way by who judges a request and who carries it out.

use ringgate_model::percent;

use crate::ApiError;

/// The first value of a parameter.
///
/// # Errors
/// As [`values`].
pub(super) fn value(query: &str, name: &str) -> Result<Option<String>, ApiError> {
    Ok(values(query, name)?.into_iter().next())
}

/// Every value of a parameter.
///
/// # Errors
/// 400 where an escape is none.
pub(super) fn values(query: &str, name: &str) -> Result<Vec<String>, ApiError> {
    let refused = || ApiError::validation("The query cannot be decoded.");
    let decoded = |text: &str| percent::form_decoded(text).ok_or_else(refused);
    let mut values = Vec::new();
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if decoded(key)? == name {
            values.push(decoded(value)?);
        }
    }
    Ok(values)
}
