use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// An API as apigatewayv2 shows it (`Api` of the service model).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Api {
    /// The URL clients call; filled in when shown, empty in the store.
    #[serde(default)]
    pub api_endpoint: String,
    /// True for an API that another service made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_gateway_managed: Option<bool>,
    /// Ten lower-case alphanumerics, unique in this store.
    pub api_id: String,
    /// Where the API key of a request stands.
    pub api_key_selection_expression: String,
    /// Present when the gateway itself answers CORS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_configuration: Option<Cors>,
    /// When the API was made.
    pub created_date: Timestamp,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// WebSocket APIs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_schema_validation: Option<bool>,
    /// True: the `{id}.execute-api.*` host answers 404.
    #[serde(default)]
    pub disable_execute_api_endpoint: bool,
    /// `ipv4` or `dualstack`.
    pub ip_address_type: String,
    /// What people call it.
    pub name: String,
    /// HTTP or WEBSOCKET.
    pub protocol_type: ProtocolType,
    /// `$request.method $request.path` for HTTP.
    pub route_selection_expression: String,
    /// Tags of the API.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The version its owner gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// The protocol an API speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ProtocolType {
    /// An HTTP API.
    #[default]
    Http,
    /// A WebSocket API.
    Websocket,
}

/// The CORS answers of an HTTP API (`Cors` of the service model; spec section 2.15).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cors {
    /// `access-control-allow-credentials: true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_credentials: Option<bool>,
    /// `access-control-allow-headers`, in the caller's case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_headers: Option<Vec<String>>,
    /// `access-control-allow-methods`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_methods: Option<Vec<String>>,
    /// Exact origins, `*`, `https://*` or `http://*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_origins: Option<Vec<String>>,
    /// `access-control-expose-headers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expose_headers: Option<Vec<String>>,
    /// `access-control-max-age`, seconds, -1 to 86,400.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i32>,
}
