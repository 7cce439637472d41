//! Parameter mappings as the control plane checks them (spec sections 1.6 and 2.4; the guide,
//! "Transforming API requests and responses" and "Set up data mapping for WebSocket APIs").

use std::collections::BTreeMap;

use ringgate_mapping::Scope;

use crate::Error;
use crate::faults::echo;

/// One entry of `requestParameters` of an HTTP API.
pub(crate) fn check_http_request(key: &str, value: &str) -> Result<(), Error> {
    check_http(key, value, Scope::Request)
}

/// `responseParameters` of an HTTP API, for one status code.
pub(crate) fn check_http_response(
    status: &str,
    parameters: &BTreeMap<String, String>,
) -> Result<(), Error> {
    ringgate_mapping::check_status_code(status).map_err(|error| bad(&error.to_string()))?;
    parameters.iter().try_for_each(|(key, value)| check_http(key, value, Scope::Response))
}

/// The value of a service action's parameter.
pub(crate) fn check_value(value: &str) -> Result<(), Error> {
    let parsed = ringgate_mapping::parse(value, Scope::Request);
    parsed.map(drop).map_err(|error| bad(&error.to_string()))
}

fn check_http(key: &str, value: &str, scope: Scope) -> Result<(), Error> {
    ringgate_mapping::check(key, value, scope).map_err(|error| bad(&error.to_string()))
}

/// `requestParameters` of a WebSocket integration.
pub(crate) fn check_websocket_request(map: &BTreeMap<String, String>) -> Result<(), Error> {
    check_all(map, &["integration.request."], &["route.request.", "method.request."])
}

/// `responseParameters` of a WebSocket integration response.
pub(crate) fn check_websocket_response(map: &BTreeMap<String, String>) -> Result<(), Error> {
    check_all(map, &["route.response.", "method.response."], &["integration.response."])
}

/// Names of parameters that a route or a route response asks for.
pub(crate) fn check_names<'k>(
    mut keys: impl Iterator<Item = &'k String>,
    beginnings: &[&str],
) -> Result<(), Error> {
    match keys.find(|key| !is_named(key, beginnings)) {
        None => Ok(()),
        Some(key) => Err(bad_key(key)),
    }
}

fn check_all(map: &BTreeMap<String, String>, keys: &[&str], values: &[&str]) -> Result<(), Error> {
    check_names(map.keys(), keys)?;
    let is_static =
        |value: &str| value.len() >= 2 && value.starts_with('\'') && value.ends_with('\'');
    let legal = |value: &str| {
        is_static(value)
            || values.iter().any(|beginning| value.starts_with(beginning))
            || is_variable(value)
    };
    match map.values().find(|value| !legal(value)) {
        None => Ok(()),
        Some(value) => Err(bad(&format!("Invalid mapping expression specified: {}", echo(value)))),
    }
}

fn is_variable(value: &str) -> bool {
    ["context.", "stageVariables.", "$"].iter().any(|beginning| value.starts_with(beginning))
}

/// `{beginning}{place}.{name}`
fn is_named(key: &str, beginnings: &[&str]) -> bool {
    let rest = beginnings.iter().find_map(|beginning| key.strip_prefix(beginning));
    rest.and_then(|rest| rest.split_once('.')).is_some_and(|(place, name)| {
        let known = ["header", "querystring", "path", "multivalueheader", "multivaluequerystring"];
        known.contains(&place) && !name.is_empty()
    })
}

fn bad_key(key: &str) -> Error {
    bad(&format!("Invalid mapping expression parameter specified: {}", echo(key)))
}

/// AWS's words (spec section 1.6).
fn bad(error: &str) -> Error {
    Error::bad_request(format!(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [{error}]"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_apis_hear_what_is_wrong_in_words_of_aws() {
        assert_eq!(check_http_request("overwrite:path", "/x/${request.path.id}"), Ok(()));
        for (key, value, words) in [
            ("append:path", "x", "Invalid Request Actioned Parameter destination specified: "),
            ("append:header.via", "x", "Operations on header via are restricted]"),
            ("append:header.x", "$context.x", "Invalid mapping expression specified: $context.x"),
        ] {
            let error = check_http_request(key, value).unwrap_err().message;
            let start = "Invalid mapping expression specified: Validation Result: warnings : [], \
                         errors : [";
            assert!(error.starts_with(&format!("{start}{words}")), "{error}");
        }
        let map = |key: &str, value: &str| [(key.to_owned(), value.to_owned())].into();
        let response = map("overwrite:statuscode", "403");
        assert_eq!(check_http_response("500", &response), Ok(()));
        assert!(check_http_response("100", &response).is_err());
        assert!(check_http_response("500", &map("overwrite:path", "/")).is_err());
    }

    #[test]
    fn websocket_apis_map_names_to_expressions() {
        let map = |key: &str, value: &str| [(key.to_owned(), value.to_owned())].into();
        let key = "integration.request.header.x";
        for value in ["'static'", "route.request.querystring.q", "context.connectionId"] {
            assert_eq!(check_websocket_request(&map(key, value)), Ok(()), "{value}");
        }
        let error = check_websocket_request(&map(key, "true")).unwrap_err();
        assert_eq!(
            error.message,
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : \
             [Invalid mapping expression specified: true]"
        );
        assert!(check_websocket_request(&map("integration.request.x", "'1'")).is_err());
        let key = "route.response.header.x";
        let value = "integration.response.body.a";
        assert_eq!(check_websocket_response(&map(key, value)), Ok(()));
        assert!(check_websocket_response(&map("integration.response.header.x", value)).is_err());
    }
}
