use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A response of a WebSocket route (`RouteResponse` of the service model). Its route is known by
/// where it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteResponse {
    /// Which model a response is checked with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_selection_expression: Option<String>,
    /// Names of models, by content type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_models: Option<BTreeMap<String, String>>,
    /// What a response must carry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_parameters: Option<BTreeMap<String, ParameterConstraints>>,
    /// Six lower-case alphanumerics.
    pub route_response_id: String,
    /// `$default`: AWS knows no other.
    pub route_response_key: String,
}

/// A response of a WebSocket integration (`IntegrationResponse` of the service model). Its
/// integration is known by where it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationResponse {
    /// CONVERT_TO_BINARY or CONVERT_TO_TEXT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_handling_strategy: Option<String>,
    /// Six lower-case alphanumerics.
    pub integration_response_id: String,
    /// `$default`, a status code, or `/a pattern/`.
    pub integration_response_key: String,
    /// Response parameter mapping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_parameters: Option<BTreeMap<String, String>>,
    /// Templates, by the key that the expression selects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_templates: Option<BTreeMap<String, String>>,
    /// Which template is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_selection_expression: Option<String>,
}

/// What is asked of a parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterConstraints {
    /// It must be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
}
