use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ParameterConstraints;

/// A route of an API (`Route` of the service model).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// True for the route that quick create made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_gateway_managed: Option<bool>,
    /// WebSocket APIs only; always shown.
    #[serde(default)]
    pub api_key_required: bool,
    /// Scopes a JWT must carry one of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_scopes: Option<Vec<String>>,
    /// Who may call.
    #[serde(default)]
    pub authorization_type: AuthorizationType,
    /// The authorizer, where the type needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_id: Option<String>,
    /// WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_selection_expression: Option<String>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_name: Option<String>,
    /// WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_models: Option<BTreeMap<String, String>>,
    /// WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_parameters: Option<BTreeMap<String, ParameterConstraints>>,
    /// Seven lower-case alphanumerics.
    pub route_id: String,
    /// `GET /pets/{id}`, `ANY /{proxy+}` or `$default`.
    pub route_key: String,
    /// WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_response_selection_expression: Option<String>,
    /// `integrations/{integrationId}`; a route without one answers 500 on HTTP APIs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

impl Route {
    /// The id of the integration that `target` names, if it has that form.
    pub fn integration_id(&self) -> Option<&str> {
        self.target.as_deref()?.strip_prefix("integrations/")
    }
}

/// How a route decides who may call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthorizationType {
    /// Anyone.
    #[default]
    None,
    /// A SigV4 signature whose IAM policy allows it.
    AwsIam,
    /// A Lambda authorizer.
    Custom,
    /// A JWT authorizer.
    Jwt,
}
