use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An integration of an API (`Integration` of the service model).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    /// True for the integration that quick create made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_gateway_managed: Option<bool>,
    /// The VPC link, for `connectionType` VPC_LINK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// INTERNET or VPC_LINK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_type: Option<String>,
    /// WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_handling_strategy: Option<String>,
    /// The role that calls AWS services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials_arn: Option<String>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Seven lower-case alphanumerics.
    pub integration_id: String,
    /// The method of the upstream request; `ANY` passes the client's on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_method: Option<String>,
    /// WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_response_selection_expression: Option<String>,
    /// The AWS service action of an AWS_PROXY integration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_subtype: Option<String>,
    /// What is called.
    pub integration_type: IntegrationType,
    /// Where it is: a URL, or an ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_uri: Option<String>,
    /// WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passthrough_behavior: Option<String>,
    /// `1.0` or `2.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_format_version: Option<String>,
    /// Request parameter mapping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_parameters: Option<BTreeMap<String, String>>,
    /// WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_templates: Option<BTreeMap<String, String>>,
    /// Response parameter mapping, by status code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_parameters: Option<BTreeMap<String, BTreeMap<String, String>>>,
    /// WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_selection_expression: Option<String>,
    /// The whole wait for the integration, 50 to 30,000 ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_in_millis: Option<u32>,
    /// TLS towards a private integration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_config: Option<TlsConfig>,
}

impl Integration {
    /// True where it goes through a VPC link.
    pub fn is_private(&self) -> bool {
        self.connection_type.as_deref() == Some("VPC_LINK")
    }
}

/// The kinds of integration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IntegrationType {
    /// An AWS service, with mapping.
    Aws,
    /// HTTP, with mapping.
    Http,
    /// No backend.
    Mock,
    /// HTTP, passed through.
    #[default]
    HttpProxy,
    /// Lambda, or an AWS service by its subtype.
    AwsProxy,
}

/// TLS towards a private integration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsConfig {
    /// The name the backend's certificate must carry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name_to_verify: Option<String>,
}
