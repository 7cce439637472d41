use serde::{Deserialize, Serialize};

/// A routing rule of a domain name (`RoutingRule` of the service model). Its domain name is known
/// by where it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoutingRule {
    /// What is done with a request that meets the conditions: one action.
    pub actions: Vec<RoutingRuleAction>,
    /// All must hold; none: every request.
    pub conditions: Vec<RoutingRuleCondition>,
    /// 1 to 1,000,000, unique within the domain name; the lowest is looked at first.
    pub priority: u32,
    /// `arn:aws:apigateway:{region}:{account}:/domainnames/{name}/routingrules/{id}`
    pub routing_rule_arn: String,
    /// Six lower-case alphanumerics.
    pub routing_rule_id: String,
}

/// What a rule does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoutingRuleAction {
    /// The API that serves the request.
    pub invoke_api: InvokeApi,
}

/// The API that serves a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvokeApi {
    /// The API.
    pub api_id: String,
    /// The stage.
    pub stage: String,
    /// True: the API does not see the base path that matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strip_base_path: Option<bool>,
}

/// What a request must be like: base paths or header fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoutingRuleCondition {
    /// The path begins with one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_base_paths: Option<AnyOf<String>>,
    /// One of these fields is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_headers: Option<AnyOf<HeaderGlob>>,
}

/// One of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnyOf<T> {
    /// The list.
    pub any_of: Vec<T>,
}

/// A header field with a value like this.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeaderGlob {
    /// The field's name; case does not count.
    pub header: String,
    /// The value; `*` at its ends stands for anything; case counts.
    pub value_glob: String,
}
