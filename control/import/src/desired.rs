use std::collections::BTreeMap;

use ringgate_model::{Cors, Integration};
use serde::{Deserialize, Serialize};

/// An API as a document wants it. Routes that are not here go away when it is applied.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Desired {
    /// The API to change; none: the one called `name`, made where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_id: Option<String>,
    /// `info.title`
    pub name: String,
    /// `info.description`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `info.version`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `x-amazon-apigateway-cors`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    /// `x-amazon-apigateway-endpoint-configuration.disableExecuteApiEndpoint`
    #[serde(default)]
    pub disable_execute_api_endpoint: bool,
    /// `tags` that carry an `x-amazon-apigateway-tag-value`
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Every route, each key once.
    pub routes: Vec<DesiredRoute>,
    /// The stage that serves it.
    #[serde(default)]
    pub stage: DesiredStage,
}

/// A route with its integration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DesiredRoute {
    /// `GET /pets/{id}`, `ANY /{proxy+}` or `$default`
    pub route_key: String,
    /// `operationId`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_name: Option<String>,
    /// What is called, `integrationId` empty; none: the route answers 500, as on AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<Integration>,
}

/// The stage that must be there after an apply. It is made, deploying by itself, where it is not;
/// a stage that is there keeps its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DesiredStage {
    /// `$default` unless asked otherwise; OpenAPI documents name no stage.
    pub stage_name: String,
    /// Variables to set on it; others of it stay.
    #[serde(default)]
    pub stage_variables: BTreeMap<String, String>,
}

impl Default for DesiredStage {
    fn default() -> Self {
        Self { stage_name: "$default".to_owned(), stage_variables: BTreeMap::new() }
    }
}
