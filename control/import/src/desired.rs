use std::collections::BTreeMap;

use ringgate_model::{AuthorizationType, Authorizer, Cors, Integration};
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
    /// `x-amazon-apigateway-endpoint-configuration.ipAddressType`; none: as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address_type: Option<String>,
    /// `tags` that carry an `x-amazon-apigateway-tag-value`
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Security schemes with an `x-amazon-apigateway-authorizer`, `authorizerId` empty, each name
    /// once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorizers: Vec<Authorizer>,
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
    /// Who may call; none: the document does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_type: Option<AuthorizationType>,
    /// The name of the authorizer that is asked, for the types that ask one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorizer_name: Option<String>,
    /// Scopes a JWT must carry one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_scopes: Option<Vec<String>>,
    /// What is called, `integrationId` empty; none: the route answers 500, as on AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<Integration>,
    /// The name of the integration in `components`: routes with the same one share it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_integration: Option<String>,
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
