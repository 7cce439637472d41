use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A stage of an API (`Stage` of the service model).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// Where and how accesses are logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_log_settings: Option<AccessLogSettings>,
    /// True for the stage that quick create made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_gateway_managed: Option<bool>,
    /// True: every change of the API makes a deployment and this stage serves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_deploy: Option<bool>,
    /// WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_certificate_id: Option<String>,
    /// When the stage was made.
    pub created_date: Timestamp,
    /// Settings of every route without its own.
    #[serde(default)]
    pub default_route_settings: RouteSettings,
    /// The deployment this stage serves; none: it answers 404.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<String>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What became of the last deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_deployment_status_message: Option<String>,
    /// When it was last changed.
    pub last_updated_date: Timestamp,
    /// Settings by route key.
    #[serde(default)]
    pub route_settings: BTreeMap<String, RouteSettings>,
    /// `$default`, or `[A-Za-z0-9_-]` up to 128 characters.
    pub stage_name: String,
    /// Variables for integration URIs and mappings.
    #[serde(default)]
    pub stage_variables: BTreeMap<String, String>,
    /// Tags of the stage.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

impl Stage {
    /// True where every change of the API deploys by itself.
    pub fn deploys_itself(&self) -> bool {
        self.auto_deploy == Some(true)
    }
}

/// Settings of a route in a stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteSettings {
    /// WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_trace_enabled: Option<bool>,
    /// Metrics by route.
    #[serde(default)]
    pub detailed_metrics_enabled: bool,
    /// WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging_level: Option<String>,
    /// Token bucket size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttling_burst_limit: Option<u32>,
    /// Requests per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttling_rate_limit: Option<f64>,
}

/// Where accesses of a stage are logged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessLogSettings {
    /// A log-group ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_arn: Option<String>,
    /// One line of `$context` variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}
