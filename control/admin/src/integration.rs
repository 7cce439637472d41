use ringgate_model::limits::{
    DESCRIPTION_CHARS_MAX, INTEGRATION_TIMEOUT_MS_MAX, INTEGRATION_TIMEOUT_MS_MIN,
    INTEGRATION_URI_CHARS_MAX,
};
use ringgate_model::{Integration, IntegrationType, RouteMethod, UriTemplate, new_id};

use crate::Error;
use crate::api::set;
use crate::fields::{Fields, Text};
use crate::operation::Request;
use crate::paging::page;
use crate::reply::Reply;
use crate::session::Session;
use crate::shelf::{Resource, resource};
use crate::workspace::{Workspace, record};

const INTEGRATION_ID_CHARS: usize = 7;
const ARN_CHARS_MAX: usize = 2048;
/// A role, or `arn:aws:iam::*:user/*` for the caller's own identity (spec section 2.5).
pub(crate) const ARN: Text =
    Text::chars(1, ARN_CHARS_MAX).matching("^arn:aws[a-z-]*:iam::.+$", |text| {
        let rest = text.strip_prefix("arn:aws").unwrap_or_default();
        rest.split_once(":iam::").is_some_and(|(partition, role)| {
            !role.is_empty() && partition.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        })
    });
const URI: Text = Text::chars(1, INTEGRATION_URI_CHARS_MAX);
const TYPES: &[(&str, IntegrationType)] = &[
    ("AWS", IntegrationType::Aws),
    ("HTTP", IntegrationType::Http),
    ("MOCK", IntegrationType::Mock),
    ("HTTP_PROXY", IntegrationType::HttpProxy),
    ("AWS_PROXY", IntegrationType::AwsProxy),
];

/// CreateIntegration.
pub(crate) fn create(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let made = Fields::parse("createIntegrationInput", request.body, |fields| {
        fields.require("integrationType");
        let mut integration = Integration { integration_uri: None, ..http_proxy(String::new()) };
        read(fields)?.apply_to(&mut integration);
        Ok(integration)
    })?;
    let id = add(&mut workspace, session, made)?;
    let outcome = workspace.commit(session)?;
    Ok(Reply::of(workspace.integrations.find(&id)?)?.with(outcome))
}

/// GetIntegration.
pub(crate) fn get(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let (api_id, id) = (request.label("apiId"), request.label("integrationId"));
    record(session.store, session.scope, api_id)?;
    let found: Option<Integration> = resource(session.store, api_id, id)?;
    Reply::of(&found.ok_or_else(|| Integration::missing(id))?)
}

/// GetIntegrations.
pub(crate) fn list(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    record(session.store, session.scope, request.label("apiId"))?;
    Reply::of(&page::<Integration>(session, request)?)
}

/// UpdateIntegration. An integration that quick create made can be updated too, as on AWS.
pub(crate) fn update(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let mut integration = workspace.integrations.find(request.label("integrationId"))?.clone();
    Fields::parse("updateIntegrationInput", request.body, read)?.apply_to(&mut integration);
    check(&integration)?;
    workspace.integrations.put(integration.clone());
    let outcome = workspace.commit(session)?;
    Ok(Reply::of(&integration)?.with(outcome))
}

/// DeleteIntegration.
pub(crate) fn delete(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let id = request.label("integrationId");
    let integration = workspace.integrations.find(id)?;
    if integration.api_gateway_managed == Some(true) {
        // "You can update a managed integration, but you can't delete it" (service model).
        let words = "An integration that quick create made can be updated, not deleted";
        return Err(Error::bad_request(words));
    }
    let users = workspace.routes.iter().filter(|route| route.integration_id() == Some(id));
    let users: Vec<&str> = users.map(|route| route.route_id.as_str()).collect();
    if !users.is_empty() {
        // AWS's words (milliHQ/terraform-aws-next-js#247).
        return Err(Error::conflict(format!(
            "Cannot delete Integration because it is referenced by the following Routes with \
             Ids: [{}]",
            users.join(", ")
        )));
    }
    workspace.integrations.remove(id)?;
    Ok(Reply::done(workspace.commit(session)?))
}

/// An integration with AWS's defaults for HTTP_PROXY (spec section 1.7).
pub(crate) fn http_proxy(uri: String) -> Integration {
    Integration {
        connection_type: Some("INTERNET".to_owned()),
        integration_method: Some(RouteMethod::Any.as_str().to_owned()),
        integration_type: IntegrationType::HttpProxy,
        integration_uri: Some(uri),
        payload_format_version: Some("1.0".to_owned()),
        timeout_in_millis: Some(INTEGRATION_TIMEOUT_MS_MAX),
        ..Integration::default()
    }
}

/// Puts a new integration on its shelf; gives its id.
pub(crate) fn add(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    mut integration: Integration,
) -> Result<String, Error> {
    check(&integration)?;
    let mut id = new_id(session.entropy, INTEGRATION_ID_CHARS);
    while workspace.integrations.get(&id).is_some() {
        id = new_id(session.entropy, INTEGRATION_ID_CHARS);
    }
    integration.integration_id.clone_from(&id);
    workspace.integrations.put(integration);
    Ok(id)
}

/// The rules that concern several members, or the kind.
pub(crate) fn check(integration: &Integration) -> Result<(), Error> {
    match integration.integration_type {
        IntegrationType::HttpProxy => {}
        IntegrationType::AwsProxy => {
            return Err(Error::bad_request(
                "ringgate does not support integrationType AWS_PROXY yet",
            ));
        }
        _ => {
            // AWS's words (spec section 1.6).
            return Err(Error::bad_request(
                "Currently, an API with a protocol type of HTTP may only be associated with \
                 proxy integrations (AWS_PROXY, HTTP_PROXY)",
            ));
        }
    }
    check_uri(integration.integration_uri.as_deref().unwrap_or_default())?;
    let method = integration.integration_method.as_deref().unwrap_or_default();
    if RouteMethod::parse(method).is_none() {
        let all: Vec<&str> = RouteMethod::ALL.iter().map(|method| method.as_str()).collect();
        return Err(Error::bad_request(format!(
            "Invalid integrationMethod '{method}'. Must be one of [{}]",
            all.join(", ")
        )));
    }
    if integration.payload_format_version.as_deref() != Some("1.0") {
        let words = "payloadFormatVersion must be 1.0 for an HTTP_PROXY integration";
        return Err(Error::bad_request(words));
    }
    Ok(())
}

/// Checks what can be known before the stage variables are.
fn check_uri(uri: &str) -> Result<(), Error> {
    if uri.starts_with("arn:") {
        return Err(Error::bad_request(
            "ringgate does not support ARNs as integration URI yet (AWS_PROXY, private \
             integrations): only 'http://…', 'https://…', and 'h2c://…' and 'h2://…' for HTTP/2",
        ));
    }
    UriTemplate::parse(uri).map(drop).map_err(|error| Error::bad_request(error.to_string()))
}

/// What may change. The outer `Option` says whether, the inner one to what.
pub(crate) struct Change {
    credentials_arn: Option<Option<String>>,
    description: Option<Option<String>>,
    integration_method: Option<String>,
    integration_type: Option<IntegrationType>,
    integration_uri: Option<String>,
    payload_format_version: Option<String>,
    timeout_in_millis: Option<u32>,
}

pub(crate) fn read(fields: &mut Fields) -> Result<Change, Error> {
    fields.unsupported(
        &[
            "contentHandlingStrategy",
            "passthroughBehavior",
            "requestTemplates",
            "templateSelectionExpression",
        ],
        "is for WebSocket APIs only",
    );
    fields.unsupported(
        &[
            "connectionId",
            "integrationSubtype",
            "requestParameters",
            "responseParameters",
            "tlsConfig",
        ],
        "is not supported by ringgate yet",
    );
    // INTERNET is the default, and all there is without VPC links.
    if fields.choice("connectionType", &[("INTERNET", false), ("VPC_LINK", true)])? == Some(true) {
        let words = "ringgate does not support connectionType VPC_LINK yet";
        return Err(Error::bad_request(words));
    }
    let (min, max) = (INTEGRATION_TIMEOUT_MS_MIN, INTEGRATION_TIMEOUT_MS_MAX);
    let timeout = fields.integer("timeoutInMillis", i64::from(min)..=i64::from(max))?;
    Ok(Change {
        credentials_arn: fields.clearable("credentialsArn", ARN)?,
        description: fields.clearable("description", Text::chars(0, DESCRIPTION_CHARS_MAX))?,
        integration_method: fields.text("integrationMethod", Text::chars(1, 64))?,
        integration_type: fields.choice("integrationType", TYPES)?,
        integration_uri: fields.text("integrationUri", URI)?,
        payload_format_version: fields.text("payloadFormatVersion", Text::chars(1, 64))?,
        timeout_in_millis: timeout.and_then(|ms| u32::try_from(ms).ok()),
    })
}

impl Change {
    pub(crate) fn apply_to(self, integration: &mut Integration) {
        set(&mut integration.credentials_arn, self.credentials_arn);
        set(&mut integration.description, self.description);
        set(&mut integration.integration_method, self.integration_method.map(Some));
        set(&mut integration.integration_type, self.integration_type);
        set(&mut integration.integration_uri, self.integration_uri.map(Some));
        set(&mut integration.payload_format_version, self.payload_format_version.map(Some));
        set(&mut integration.timeout_in_millis, self.timeout_in_millis.map(Some));
    }
}
