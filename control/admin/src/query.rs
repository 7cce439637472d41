//! Percent-decoding of path labels and query strings.

use ringgate_model::{closest, percent};

use crate::Error;
use crate::faults::echo;

/// One label of a raw path, decoded.
///
/// # Errors
/// A bad escape, or what it gives is no UTF-8.
pub(crate) fn decode_label(raw: &str) -> Result<String, Error> {
    percent::decoded(raw).ok_or_else(|| bad(raw))
}

/// The decoded names and values of a raw query.
///
/// # Errors
/// A bad escape, or a name that `allowed` does not list. `X-Amz-…` is the signature's own.
pub(crate) fn parse(raw: Option<&str>, allowed: &[&str]) -> Result<Vec<(String, String)>, Error> {
    let mut pairs = Vec::new();
    for pair in raw.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |raw: &str| percent::form_decoded(raw).ok_or_else(|| bad(raw));
        let (name, value) = (decoded(name)?, decoded(value)?);
        if allowed.contains(&name.as_str()) {
            pairs.push((name, value));
        } else if !name.starts_with("X-Amz-") {
            let mut words = format!("Unknown query parameter '{}'", echo(&name));
            if let Some(meant) = closest(&name, allowed.iter().copied()) {
                words.push_str(&format!("; did you mean '{meant}'?"));
            }
            return Err(Error::bad_request(words));
        }
    }
    Ok(pairs)
}

fn bad(raw: &str) -> Error {
    Error::bad_request(format!("'{}' is not percent-encoded UTF-8", echo(raw)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_labels_and_queries() {
        assert_eq!(decode_label("GET%20%2Fpets+"), Ok("GET /pets+".to_owned()));
        assert!(decode_label("%2").is_err() && decode_label("%g0").is_err());
        assert!(decode_label("%ff").is_err());
        let pairs = parse(Some("tagKeys=a+b&&tagKeys=%2B&X-Amz-Date=1"), &["tagKeys"]);
        let wanted = vec![("tagKeys".into(), "a b".into()), ("tagKeys".into(), "+".into())];
        assert_eq!(pairs, Ok(wanted));
    }

    #[test]
    fn unknown_names_are_refused_by_name() {
        let error = parse(Some("maxresults=5"), &["maxResults", "nextToken"]).unwrap_err();
        assert_eq!(
            error.message,
            "Unknown query parameter 'maxresults'; did you mean 'maxResults'?"
        );
    }
}
