use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A custom domain name (`DomainName` of the service model).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainName {
    /// `$request.basepath`.
    pub api_mapping_selection_expression: String,
    /// The name in lower case; its first label may be `*`.
    pub domain_name: String,
    /// `arn:aws:apigateway:{region}::/domainnames/{name}`
    pub domain_name_arn: String,
    /// One, as on AWS.
    pub domain_name_configurations: Vec<DomainNameConfiguration>,
    /// Present when clients must show a certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutual_tls_authentication: Option<MutualTlsAuthentication>,
    /// What finds the API of a request.
    pub routing_mode: RoutingMode,
    /// Tags of the domain name.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// How a domain name is served (`DomainNameConfiguration` of the service model).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainNameConfiguration {
    /// What a DNS record of the name points at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_gateway_domain_name: Option<String>,
    /// The certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_arn: Option<String>,
    /// What people call the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_name: Option<String>,
    /// When the certificate came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_upload_date: Option<Timestamp>,
    /// AVAILABLE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_name_status: Option<String>,
    /// More on the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_name_status_message: Option<String>,
    /// REGIONAL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_type: Option<String>,
    /// The DNS zone of `api_gateway_domain_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosted_zone_id: Option<String>,
    /// `ipv4` or `dualstack`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address_type: Option<String>,
    /// Proves who owns the name where mutual TLS is on and the certificate is imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership_verification_certificate_arn: Option<String>,
    /// TLS_1_0 or TLS_1_2: the oldest TLS that is spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_policy: Option<String>,
}

/// Whose certificates clients may show (`MutualTlsAuthentication` of the service model).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MutualTlsAuthentication {
    /// Where the certificates of the authorities lie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truststore_uri: Option<String>,
    /// Which version of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truststore_version: Option<String>,
    /// What is wrong with some of them: mutual TLS is on all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub truststore_warnings: Vec<String>,
}

/// What finds the API of a request to a domain name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RoutingMode {
    /// API mappings.
    #[default]
    ApiMappingOnly,
    /// Routing rules.
    RoutingRuleOnly,
    /// Routing rules, then API mappings.
    RoutingRuleThenApiMapping,
}

/// Which API serves which paths of a domain name (`ApiMapping` of the service model). Its domain
/// name is known by where it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiMapping {
    /// The API.
    pub api_id: String,
    /// Six lower-case alphanumerics.
    pub api_mapping_id: String,
    /// `orders/v1`: the path's beginning, one part or more; empty: every other path.
    #[serde(default)]
    pub api_mapping_key: String,
    /// The stage.
    pub stage: String,
}
