use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Authorizer, Cors, Integration, IntegrationResponse, Model, Route, RouteResponse};

/// What a deployment freezes: everything of an API that goes live together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// CORS of the API at that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    /// True: the `{id}.execute-api.*` host answers 404.
    #[serde(default)]
    pub disable_execute_api_endpoint: bool,
    /// What names the route of a message; WebSocket APIs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_selection_expression: Option<String>,
    /// Where the API key of a request stands; WebSocket APIs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_selection_expression: Option<String>,
    /// Every route, by ascending id.
    pub routes: Vec<Route>,
    /// Every integration, by ascending id.
    pub integrations: Vec<Integration>,
    /// Every authorizer, by ascending id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorizers: Vec<Authorizer>,
    /// Every model, by ascending id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Model>,
    /// The responses of each route that has any, by the route's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub route_responses: BTreeMap<String, Vec<RouteResponse>>,
    /// The responses of each integration that has any, by the integration's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub integration_responses: BTreeMap<String, Vec<IntegrationResponse>>,
}
