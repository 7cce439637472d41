//! The rules of an integration that concern several members, its kind, or the rest of the API.

use ringgate_model::{
    Integration, IntegrationType, ProtocolType, RouteMethod, UriTemplate, VpcLink,
};

use crate::owned::Owned;
use crate::workspace::Workspace;
use crate::{Error, lambda, mapping_expression, service_action};

/// Checks an integration within its API.
pub(crate) fn check(integration: &Integration, workspace: &Workspace<'_>) -> Result<(), Error> {
    check_connection(integration, workspace)?;
    match workspace.api.protocol_type {
        ProtocolType::Http => check_http(integration),
        ProtocolType::Websocket => check_websocket(integration),
    }
}

/// Checks an integration of an HTTP API, the VPC link it may name aside.
pub(crate) fn check_http(integration: &Integration) -> Result<(), Error> {
    match integration.integration_type {
        IntegrationType::HttpProxy => check_http_proxy(integration)?,
        IntegrationType::AwsProxy => return check_aws_proxy(integration),
        _ => {
            // AWS's words (spec section 1.6).
            return Err(Error::bad_request(
                "Currently, an API with a protocol type of HTTP may only be associated with \
                 proxy integrations (AWS_PROXY, HTTP_PROXY)",
            ));
        }
    }
    check_request_parameters(integration)?;
    check_response_parameters(integration)
}

fn check_http_proxy(integration: &Integration) -> Result<(), Error> {
    if integration.integration_subtype.is_some() {
        let words = "integrationSubtype is for integrations of type AWS_PROXY only";
        return Err(Error::bad_request(words));
    }
    let uri = integration.integration_uri.as_deref().unwrap_or_default();
    if integration.is_private() {
        if !is_listener_or_service(uri) {
            // AWS's words (klothoplatform/klotho#347).
            return Err(Error::bad_request(
                "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a \
                 valid Cloud Map service ARN.",
            ));
        }
    } else {
        UriTemplate::parse(uri).map_err(|error| Error::bad_request(error.to_string()))?;
    }
    check_method(integration.integration_method.as_deref().unwrap_or_default())?;
    if integration.payload_format_version.as_deref() != Some("1.0") {
        let words = "payloadFormatVersion must be 1.0 for an HTTP_PROXY integration";
        return Err(Error::bad_request(words));
    }
    Ok(())
}

fn check_aws_proxy(integration: &Integration) -> Result<(), Error> {
    check_response_parameters(integration)?;
    let version = integration.payload_format_version.as_deref().unwrap_or_default();
    let versions: &[&str] = match (&integration.integration_subtype, &integration.integration_uri) {
        (Some(subtype), _) => {
            service_action::check(integration, subtype)?;
            &["1.0"]
        }
        (None, Some(uri)) if lambda::is_function(uri) || lambda::is_invocation(uri) => {
            &["1.0", "2.0"]
        }
        (None, Some(_)) => {
            return Err(Error::bad_request("Invalid function ARN or invalid uri"));
        }
        (None, None) => {
            return Err(Error::bad_request(
                "Either integrationSubtype or integrationUri must be specified",
            ));
        }
    };
    if !versions.contains(&version) {
        return Err(Error::bad_request(format!(
            "Invalid payloadFormatVersion '{version}'. Must be one of [{}]",
            versions.join(", ")
        )));
    }
    if integration.integration_subtype.is_none() {
        check_request_parameters(integration)?;
    }
    check_method(integration.integration_method.as_deref().unwrap_or_default())
}

fn check_websocket(integration: &Integration) -> Result<(), Error> {
    let kind = integration.integration_type;
    let uri = integration.integration_uri.as_deref();
    match kind {
        IntegrationType::Mock => {}
        IntegrationType::Http | IntegrationType::HttpProxy => {
            let uri = uri.unwrap_or_default();
            UriTemplate::parse(uri).map_err(|error| Error::bad_request(error.to_string()))?;
        }
        IntegrationType::AwsProxy if uri.is_some_and(lambda::is_invocation) => {}
        IntegrationType::AwsProxy => {
            return Err(Error::bad_request("Invalid function ARN or invalid uri"));
        }
        // `arn:aws:apigateway:{region}:{service}:path/…` or `:action/…` (spec section 2.5).
        IntegrationType::Aws => {
            let uri = uri.filter(|uri| uri.starts_with("arn:"));
            let uri =
                uri.ok_or_else(|| Error::bad_request("Invalid ARN specified in the request"))?;
            if ![":path/", ":action/"].iter().any(|form| uri.contains(form)) {
                let words = "AWS ARN for integration must contain path or action";
                return Err(Error::bad_request(words));
            }
        }
    }
    if integration.payload_format_version.as_deref() != Some("1.0") {
        let words = "payloadFormatVersion must be 1.0 for an integration of a WEBSOCKET API";
        return Err(Error::bad_request(words));
    }
    match integration.integration_method.as_deref() {
        Some(method) => check_method(method)?,
        None if matches!(kind, IntegrationType::Mock | IntegrationType::AwsProxy) => {}
        // AWS's words (spec section 1.6).
        None => {
            let words = "Enumeration value for HttpMethod must be non-empty";
            return Err(Error::bad_request(words));
        }
    }
    match &integration.request_parameters {
        Some(map) => mapping_expression::check_websocket_request(map),
        None => Ok(()),
    }
}

/// A private integration names a VPC link that is there, and only such a one does.
fn check_connection(integration: &Integration, workspace: &Workspace<'_>) -> Result<(), Error> {
    match (integration.is_private(), integration.connection_id.as_deref()) {
        (false, None) => {
            if integration.tls_config.is_some() {
                let words = "tlsConfig is for private integrations (connectionType VPC_LINK) only";
                return Err(Error::bad_request(words));
            }
            Ok(())
        }
        (false, Some(_)) => Err(Error::bad_request(
            "connectionId is for private integrations (connectionType VPC_LINK) only",
        )),
        (true, None) => {
            Err(Error::bad_request("connectionId is required for connectionType VPC_LINK"))
        }
        (true, Some(_)) if integration.integration_type == IntegrationType::AwsProxy => {
            let words = "connectionType VPC_LINK is not supported for integrationType AWS_PROXY";
            Err(Error::bad_request(words))
        }
        // A stage variable may name it, as on AWS.
        (true, Some(id)) if id.starts_with("${stageVariables.") => Ok(()),
        (true, Some(id)) => match workspace.vpc_link(id)? {
            Some(_) => Ok(()),
            None => Err(Error::bad_request(VpcLink::missing(id).message)),
        },
    }
}

fn check_request_parameters(integration: &Integration) -> Result<(), Error> {
    let mut entries = integration.request_parameters.iter().flatten();
    entries.try_for_each(|(key, value)| mapping_expression::check_http_request(key, value))
}

fn check_response_parameters(integration: &Integration) -> Result<(), Error> {
    let mut all = integration.response_parameters.iter().flatten();
    all.try_for_each(|(status, map)| mapping_expression::check_http_response(status, map))
}

fn check_method(method: &str) -> Result<(), Error> {
    if RouteMethod::parse(method).is_some() {
        return Ok(());
    }
    let all: Vec<&str> = RouteMethod::ALL.iter().map(|method| method.as_str()).collect();
    Err(Error::bad_request(format!(
        "Invalid integrationMethod '{method}'. Must be one of [{}]",
        all.join(", ")
    )))
}

/// `arn:aws:elasticloadbalancing:…:listener/…` or `arn:aws:servicediscovery:…:service/…`, which may
/// have query parameters.
fn is_listener_or_service(uri: &str) -> bool {
    let parts: Vec<&str> = uri.splitn(6, ':').collect();
    let ["arn", partition, service, _, _, resource] = parts.as_slice() else { return false };
    let begins = |kind: &str| resource.strip_prefix(kind).is_some_and(|rest| !rest.is_empty());
    partition.starts_with("aws")
        && match *service {
            "elasticloadbalancing" => begins("listener/"),
            "servicediscovery" => begins("service/"),
            _ => false,
        }
}
