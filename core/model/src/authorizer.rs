use serde::{Deserialize, Serialize};

/// An authorizer of an API (`Authorizer` of the service model).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorizer {
    /// The role that calls the function; REQUEST only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_credentials_arn: Option<String>,
    /// Six lower-case alphanumerics.
    pub authorizer_id: String,
    /// `1.0` or `2.0`; REQUEST authorizers of HTTP APIs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_payload_format_version: Option<String>,
    /// How long a decision is kept, 0 to 3,600 s; REQUEST authorizers of HTTP APIs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_result_ttl_in_seconds: Option<u32>,
    /// What decides.
    pub authorizer_type: AuthorizerType,
    /// The function that decides; REQUEST only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_uri: Option<String>,
    /// The function answers yes or no instead of a policy; REQUEST authorizers of HTTP APIs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_simple_responses: Option<bool>,
    /// Where the credentials of a request stand; absent when empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_source: Option<Vec<String>>,
    /// AWS: "This parameter is not used."
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_validation_expression: Option<String>,
    /// Whose tokens are good; JWT only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt_configuration: Option<JwtConfiguration>,
    /// What people call it; unique within the API.
    pub name: String,
}

/// The kinds of authorizer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AuthorizerType {
    /// A Lambda function that sees the request.
    #[default]
    Request,
    /// JSON Web Tokens of one issuer; HTTP APIs only.
    Jwt,
}

/// Whose tokens are good, and for whom (`JWTConfiguration` of the service model).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JwtConfiguration {
    /// A token must be meant for one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<Vec<String>>,
    /// The `iss` of the tokens, and the base of the issuer's discovery document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}
