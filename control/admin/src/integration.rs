use ringgate_model::limits::{
    INTEGRATION_TIMEOUT_MS_MIN, INTEGRATION_URI_CHARS_MAX, WEBSOCKET_TIMEOUT_MS_MAX,
};
use ringgate_model::{Integration, IntegrationType, Limits, ProtocolType, RouteMethod, TlsConfig};

use crate::child::Child;
use crate::fields::texts::{DESCRIPTION, EXPRESSION, NAME, PARAMETER, ROLE_ARN, TEMPLATE};
use crate::fields::{Fields, Text, fill, merge};
use crate::integration_check::check;
use crate::responses::CONTENT_HANDLING;
use crate::shelf::{Resource, Shelf};
use crate::workspace::Workspace;
use crate::{Error, lambda};

const URI: Text = Text::chars(1, INTEGRATION_URI_CHARS_MAX);
const CONNECTION_ID: Text = Text::chars(1, 1024);
const METHOD: Text = Text::chars(1, 64);
const VERSION: Text = Text::chars(1, 64);
const SERVER_NAME: Text = Text::chars(1, 512);
const TYPES: &[(&str, IntegrationType)] = &[
    ("AWS", IntegrationType::Aws),
    ("HTTP", IntegrationType::Http),
    ("MOCK", IntegrationType::Mock),
    ("HTTP_PROXY", IntegrationType::HttpProxy),
    ("AWS_PROXY", IntegrationType::AwsProxy),
];
const PASSTHROUGH: &[&str] = &["WHEN_NO_MATCH", "NEVER", "WHEN_NO_TEMPLATES"];

impl Resource for Integration {
    const FOLDER: &'static str = "integrations";

    fn id(&self) -> &str {
        &self.integration_id
    }

    fn missing(id: &str) -> Error {
        Error::not_found(format!("Invalid Integration identifier specified {id}"))
    }
}

impl Child for Integration {
    const NOUN: &'static str = "Integration";
    const LABEL: &'static str = "integrationId";
    const ID_CHARS: usize = 7;
    const REQUIRED: &'static [&'static str] = &["integrationType"];

    fn shelf<'w>(workspace: &'w Workspace<'_>) -> &'w Shelf<Self> {
        &workspace.integrations
    }

    fn shelf_mut<'w>(workspace: &'w mut Workspace<'_>) -> &'w mut Shelf<Self> {
        &mut workspace.integrations
    }

    fn set_id(&mut self, id: String) {
        self.integration_id = id;
    }

    fn read(
        &mut self,
        fields: &mut Fields,
        protocol: ProtocolType,
        limits: &Limits,
    ) -> Result<(), Error> {
        let timeout_max_ms = match protocol {
            ProtocolType::Http => {
                fields.refuse(
                    &[
                        "contentHandlingStrategy",
                        "passthroughBehavior",
                        "requestTemplates",
                        "templateSelectionExpression",
                    ],
                    "is for WebSocket APIs only",
                );
                limits.timeout_ms_max()
            }
            ProtocolType::Websocket => {
                let names = ["integrationSubtype", "responseParameters", "tlsConfig"];
                fields.refuse(&names, "is for HTTP APIs only");
                WEBSOCKET_TIMEOUT_MS_MAX
            }
        };
        let timeout = &mut self.timeout_in_millis;
        fields.number_into(
            "timeoutInMillis",
            INTEGRATION_TIMEOUT_MS_MIN..=timeout_max_ms,
            timeout,
        )?;
        fields.optional_into("credentialsArn", ROLE_ARN, &mut self.credentials_arn)?;
        fields.optional_into("description", DESCRIPTION, &mut self.description)?;
        fields.choice_into("integrationType", TYPES, &mut self.integration_type)?;
        fields.optional_into("integrationMethod", METHOD, &mut self.integration_method)?;
        fields.optional_into("integrationUri", URI, &mut self.integration_uri)?;
        fields.optional_into("integrationSubtype", NAME, &mut self.integration_subtype)?;
        fields.optional_into("payloadFormatVersion", VERSION, &mut self.payload_format_version)?;
        let kinds = &["INTERNET", "VPC_LINK"];
        fields.one_of_into("connectionType", kinds, &mut self.connection_type)?;
        fields.optional_into("connectionId", CONNECTION_ID, &mut self.connection_id)?;
        read_tls(self, fields)?;
        let parameters = &mut self.request_parameters;
        fields.merge_into("requestParameters", (EXPRESSION, PARAMETER), parameters)?;
        read_response_parameters(self, fields)?;
        read_templates(self, fields)
    }

    fn complete(&mut self, protocol: ProtocolType, limits: &Limits) {
        fill(&mut self.connection_type, "INTERNET");
        fill(&mut self.payload_format_version, "1.0");
        match protocol {
            ProtocolType::Http => {
                let method = match self.integration_type {
                    IntegrationType::AwsProxy => "POST",
                    _ => RouteMethod::Any.as_str(),
                };
                fill(&mut self.integration_method, method);
                self.timeout_in_millis.get_or_insert(limits.timeout_ms_default());
            }
            ProtocolType::Websocket => {
                fill(&mut self.passthrough_behavior, "WHEN_NO_MATCH");
                self.timeout_in_millis.get_or_insert(WEBSOCKET_TIMEOUT_MS_MAX);
                if matches!(self.integration_type, IntegrationType::Http | IntegrationType::Mock) {
                    let expression = &mut self.integration_response_selection_expression;
                    fill(expression, "${integration.response.statuscode}");
                }
            }
        }
    }

    fn check(&self, _: Option<&Self>, _: &str, workspace: &Workspace<'_>) -> Result<(), Error> {
        check(self, workspace)
    }

    fn removable(&self, workspace: &Workspace<'_>) -> Result<(), Error> {
        if self.api_gateway_managed == Some(true) {
            // "You can update a managed integration, but you can't delete it" (service model).
            let words = "An integration that quick create made can be updated, not deleted";
            return Err(Error::bad_request(words));
        }
        let id = Some(self.integration_id.as_str());
        let users = workspace.routes.iter().filter(|route| route.integration_id() == id);
        let users: Vec<&str> = users.map(|route| route.route_id.as_str()).collect();
        if users.is_empty() {
            return Ok(());
        }
        // AWS's words (milliHQ/terraform-aws-next-js#247).
        Err(Error::conflict(format!(
            "Cannot delete Integration because it is referenced by the following Routes with \
             Ids: [{}]",
            users.join(", ")
        )))
    }
}

/// What quick create makes of a URL or of a function's ARN, with AWS's defaults (spec section 1.7).
///
/// A function gets payload format 2.0: people who wanted 1.0 had to override what quick create had
/// made (serverless/serverless#7477, adamchainz/apig-wsgi#149).
pub(crate) fn proxy(uri: String, limits: &Limits) -> Integration {
    let (integration_type, payload_format_version) = match lambda::is_function(&uri) {
        true => (IntegrationType::AwsProxy, Some("2.0".to_owned())),
        false => (IntegrationType::HttpProxy, None),
    };
    let mut made = Integration {
        integration_type,
        payload_format_version,
        integration_uri: Some(uri),
        ..Integration::default()
    };
    made.complete(ProtocolType::Http, limits);
    made
}

fn read_tls(integration: &mut Integration, fields: &mut Fields) -> Result<(), Error> {
    let mut tls = integration.tls_config.clone().unwrap_or_default();
    let given = fields.structure("tlsConfig", |fields| {
        fields.optional_into("serverNameToVerify", SERVER_NAME, &mut tls.server_name_to_verify)?;
        Ok(tls)
    })?;
    if let Some(tls) = given {
        integration.tls_config = Some(tls).filter(|tls| *tls != TlsConfig::default());
    }
    Ok(())
}

/// By status code; an empty map takes a status code away, as an empty value does a parameter.
fn read_response_parameters(
    integration: &mut Integration,
    fields: &mut Fields,
) -> Result<(), Error> {
    let rule = (EXPRESSION, Text { chars_min: 0, ..PARAMETER });
    let Some(given) = fields.maps("responseParameters", rule.0, rule.1)? else { return Ok(()) };
    let mut all = integration.response_parameters.take().unwrap_or_default();
    for (status, parameters) in given {
        let mut merged = all.remove(&status).filter(|_| !parameters.is_empty());
        merge(&mut merged, parameters);
        all.extend(merged.map(|merged| (status, merged)));
    }
    integration.response_parameters = Some(all).filter(|all| !all.is_empty());
    Ok(())
}

fn read_templates(integration: &mut Integration, fields: &mut Fields) -> Result<(), Error> {
    let strategy = &mut integration.content_handling_strategy;
    fields.one_of_into("contentHandlingStrategy", CONTENT_HANDLING, strategy)?;
    let behavior = &mut integration.passthrough_behavior;
    fields.one_of_into("passthroughBehavior", PASSTHROUGH, behavior)?;
    let templates = &mut integration.request_templates;
    fields.map_into("requestTemplates", (EXPRESSION, TEMPLATE), templates)?;
    let expression = &mut integration.template_selection_expression;
    fields.optional_into("templateSelectionExpression", EXPRESSION, expression)
}
