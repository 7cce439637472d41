//! What an HTTP API can ask of AWS services (guide, "Integration subtype reference"; spec section
//! 2.5).

use std::collections::BTreeMap;

use ringgate_model::Integration;
use ringgate_services::{Action, Parameter};

use crate::{Error, mapping_expression};

/// Checks an integration that names a service's action.
///
/// # Errors
/// An unknown action, a parameter that is missing or that it does not have, a value that is no
/// expression, no role to call with.
pub(crate) fn check(integration: &Integration, subtype: &str) -> Result<(), Error> {
    let Some(action) = Action::named(subtype) else {
        return Err(Error::bad_request(format!(
            "Invalid integrationSubtype '{subtype}'. Must be one of [{}]",
            Action::ALL.map(Action::subtype).join(", ")
        )));
    };
    if integration.integration_uri.is_some() {
        let words = "integrationUri cannot be set beside integrationSubtype";
        return Err(Error::bad_request(words));
    }
    if integration.credentials_arn.is_none() {
        let words = format!("credentialsArn is required for integrationSubtype {subtype}");
        return Err(Error::bad_request(words));
    }
    let none = BTreeMap::new();
    let given = integration.request_parameters.as_ref().unwrap_or(&none);
    check_parameters(action.parameters(), given, subtype)?;
    given.values().try_for_each(|value| mapping_expression::check_value(value))
}

fn check_parameters(
    parameters: &[Parameter],
    given: &BTreeMap<String, String>,
    subtype: &str,
) -> Result<(), Error> {
    let mut required = parameters.iter().filter(|parameter| parameter.is_required);
    if let Some(Parameter { name, .. }) = required.find(|it| !given.contains_key(it.name)) {
        return Err(Error::bad_request(format!(
            "Parameter: {name} is required in requestParameters of integrationSubtype {subtype}"
        )));
    }
    let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
    match given.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Error::bad_request(format!(
            "Parameter: {name} does not fit integrationSubtype {subtype}. It has [{}]",
            names.join(", ")
        ))),
    }
}
