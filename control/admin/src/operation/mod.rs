//! Which operation a method and a path name: one table, read from top to bottom.

mod not_yet;
mod v1;

use ringgate_model::{
    ApiMapping, Authorizer, DomainName, Integration, IntegrationResponse, Model, Route,
    RouteResponse, RoutingRule, VpcLink,
};

use crate::faults::echo;
use crate::reply::Reply;
use crate::session::Session;
use crate::{
    Code, Error, api, authorizer, child, cors, deployment, export, import, owned, query, route,
    routing_rule, schema_model, stage, tags,
};

/// An operation that is built.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    method: &'static str,
    /// `/v2/apis/{apiId}`: literal labels, `{x}` for one label, `{x+}` for the rest of the path.
    template: &'static str,
    /// The status of success.
    pub(crate) status: u16,
    /// The query parameters it takes.
    query: &'static [&'static str],
    pub(crate) run: Run,
}

type Run = fn(&mut Session<'_>, &Request<'_>) -> Result<Reply, Error>;

/// Method, path template and name of an operation that is refused by name.
type Unsupported = (&'static str, &'static str, &'static str);

/// What a call says, taken apart.
pub(crate) struct Request<'a> {
    labels: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: &'a [u8],
}

impl Request<'_> {
    /// A decoded label of the path; the table of operations says which there are.
    pub(crate) fn label(&self, name: &str) -> &str {
        let found = self.labels.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The first query parameter of that name.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first query parameter of that name, `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Error> {
        match self.query(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(Error::bad_request(format!(
                "Invalid {name} '{}'. Must be one of [true, false]",
                echo(other)
            ))),
        }
    }
}

const PAGE: &[&str] = &["maxResults", "nextToken"];
const IMPORT: &[&str] = &["basepath", "failOnWarnings"];
const EXPORT: &[&str] = &["exportVersion", "includeExtensions", "outputType", "stageName"];
const DOMAIN_ID: &[&str] = &["domainNameId"];
const RULES_PAGE: &[&str] = &["domainNameId", "maxResults", "nextToken"];

const ROUTE_RESPONSES: &str = "/v2/apis/{apiId}/routes/{routeId}/routeresponses";
const ROUTE_RESPONSE: &str = "/v2/apis/{apiId}/routes/{routeId}/routeresponses/{routeResponseId}";
const INTEGRATIONS: &str = "/v2/apis/{apiId}/integrations";
const INTEGRATION: &str = "/v2/apis/{apiId}/integrations/{integrationId}";
const AUTHORIZERS: &str = "/v2/apis/{apiId}/authorizers";
const AUTHORIZER: &str = "/v2/apis/{apiId}/authorizers/{authorizerId}";
const INTEGRATION_RESPONSES: &str =
    "/v2/apis/{apiId}/integrations/{integrationId}/integrationresponses";
const INTEGRATION_RESPONSE: &str =
    "/v2/apis/{apiId}/integrations/{integrationId}/integrationresponses/{integrationResponseId}";
const API_MAPPINGS: &str = "/v2/domainnames/{domainName}/apimappings";
const API_MAPPING: &str = "/v2/domainnames/{domainName}/apimappings/{apiMappingId}";
const ROUTING_RULES: &str = "/v2/domainnames/{domainName}/routingrules";
const ROUTING_RULE: &str = "/v2/domainnames/{domainName}/routingrules/{routingRuleId}";

const fn op(
    name: &'static str,
    method: &'static str,
    template: &'static str,
    status: u16,
    query: &'static [&'static str],
    run: Run,
) -> Operation {
    Operation { name, method, template, status, query, run }
}

/// The operations of apigatewayv2 that are built (its service model, 2018-11-29).
#[rustfmt::skip]
const OPERATIONS: &[Operation] = &[
    op("CreateApi", "POST", "/v2/apis", 201, &[], api::create),
    op("ImportApi", "PUT", "/v2/apis", 201, IMPORT, import::import),
    op("GetApis", "GET", "/v2/apis", 200, PAGE, api::list),
    op("GetApi", "GET", "/v2/apis/{apiId}", 200, &[], api::get),
    op("UpdateApi", "PATCH", "/v2/apis/{apiId}", 200, &[], api::update),
    op("ReimportApi", "PUT", "/v2/apis/{apiId}", 201, IMPORT, import::reimport),
    op("DeleteApi", "DELETE", "/v2/apis/{apiId}", 204, &[], api::delete),
    op("DeleteCorsConfiguration", "DELETE", "/v2/apis/{apiId}/cors", 204, &[], cors::delete),
    op("ExportApi", "GET", "/v2/apis/{apiId}/exports/{specification}", 200, EXPORT, export::get),

    op("CreateRoute", "POST", "/v2/apis/{apiId}/routes", 201, &[], child::create::<Route>),
    op("GetRoutes", "GET", "/v2/apis/{apiId}/routes", 200, PAGE, child::list::<Route>),
    op("GetRoute", "GET", "/v2/apis/{apiId}/routes/{routeId}", 200, &[], child::get::<Route>),
    // The model says 200, AWS answers 201 (spec section 7, quirk 39).
    op("UpdateRoute", "PATCH", "/v2/apis/{apiId}/routes/{routeId}", 201, &[],
        child::update::<Route>),
    op("DeleteRoute", "DELETE", "/v2/apis/{apiId}/routes/{routeId}", 204, &[],
        child::delete::<Route>),
    op("DeleteRouteRequestParameter", "DELETE",
        "/v2/apis/{apiId}/routes/{routeId}/requestparameters/{requestParameterKey}", 204,
        &[], route::delete_request_parameter),

    op("CreateRouteResponse", "POST", ROUTE_RESPONSES, 201, &[], child::create::<RouteResponse>),
    op("GetRouteResponses", "GET", ROUTE_RESPONSES, 200, PAGE, child::list::<RouteResponse>),
    op("GetRouteResponse", "GET", ROUTE_RESPONSE, 200, &[], child::get::<RouteResponse>),
    op("UpdateRouteResponse", "PATCH", ROUTE_RESPONSE, 200, &[], child::update::<RouteResponse>),
    op("DeleteRouteResponse", "DELETE", ROUTE_RESPONSE, 204, &[], child::delete::<RouteResponse>),

    op("CreateIntegration", "POST", INTEGRATIONS, 201, &[], child::create::<Integration>),
    op("GetIntegrations", "GET", INTEGRATIONS, 200, PAGE, child::list::<Integration>),
    op("GetIntegration", "GET", INTEGRATION, 200, &[], child::get::<Integration>),
    op("UpdateIntegration", "PATCH", INTEGRATION, 200, &[], child::update::<Integration>),
    op("DeleteIntegration", "DELETE", INTEGRATION, 204, &[], child::delete::<Integration>),

    op("CreateIntegrationResponse", "POST", INTEGRATION_RESPONSES, 201, &[],
        child::create::<IntegrationResponse>),
    op("GetIntegrationResponses", "GET", INTEGRATION_RESPONSES, 200, PAGE,
        child::list::<IntegrationResponse>),
    op("GetIntegrationResponse", "GET", INTEGRATION_RESPONSE, 200, &[],
        child::get::<IntegrationResponse>),
    op("UpdateIntegrationResponse", "PATCH", INTEGRATION_RESPONSE, 200, &[],
        child::update::<IntegrationResponse>),
    op("DeleteIntegrationResponse", "DELETE", INTEGRATION_RESPONSE, 204, &[],
        child::delete::<IntegrationResponse>),

    op("CreateAuthorizer", "POST", AUTHORIZERS, 201, &[], child::create::<Authorizer>),
    op("GetAuthorizers", "GET", AUTHORIZERS, 200, PAGE, child::list::<Authorizer>),
    op("GetAuthorizer", "GET", AUTHORIZER, 200, &[], child::get::<Authorizer>),
    op("UpdateAuthorizer", "PATCH", AUTHORIZER, 200, &[], child::update::<Authorizer>),
    op("DeleteAuthorizer", "DELETE", AUTHORIZER, 204, &[], child::delete::<Authorizer>),

    op("CreateModel", "POST", "/v2/apis/{apiId}/models", 201, &[], child::create::<Model>),
    op("GetModels", "GET", "/v2/apis/{apiId}/models", 200, PAGE, child::list::<Model>),
    op("GetModel", "GET", "/v2/apis/{apiId}/models/{modelId}", 200, &[], child::get::<Model>),
    op("UpdateModel", "PATCH", "/v2/apis/{apiId}/models/{modelId}", 200, &[],
        child::update::<Model>),
    op("DeleteModel", "DELETE", "/v2/apis/{apiId}/models/{modelId}", 204, &[],
        child::delete::<Model>),
    op("GetModelTemplate", "GET", "/v2/apis/{apiId}/models/{modelId}/template", 200, &[],
        schema_model::template),

    op("CreateStage", "POST", "/v2/apis/{apiId}/stages", 201, &[], stage::create),
    op("GetStages", "GET", "/v2/apis/{apiId}/stages", 200, PAGE, stage::list),
    op("GetStage", "GET", "/v2/apis/{apiId}/stages/{stageName}", 200, &[], stage::get),
    op("UpdateStage", "PATCH", "/v2/apis/{apiId}/stages/{stageName}", 200, &[], stage::update),
    op("DeleteStage", "DELETE", "/v2/apis/{apiId}/stages/{stageName}", 204, &[], stage::delete),
    op("DeleteRouteSettings", "DELETE",
        "/v2/apis/{apiId}/stages/{stageName}/routesettings/{routeKey}", 204, &[],
        stage::delete_route_settings),
    op("DeleteAccessLogSettings", "DELETE",
        "/v2/apis/{apiId}/stages/{stageName}/accesslogsettings", 204, &[],
        stage::delete_access_log_settings),
    op("ResetAuthorizersCache", "DELETE",
        "/v2/apis/{apiId}/stages/{stageName}/cache/authorizers", 204, &[],
        authorizer::reset_cache),

    op("CreateDeployment", "POST", "/v2/apis/{apiId}/deployments", 201, &[], deployment::create),
    op("GetDeployments", "GET", "/v2/apis/{apiId}/deployments", 200, PAGE, deployment::list),
    op("GetDeployment", "GET", "/v2/apis/{apiId}/deployments/{deploymentId}", 200, &[],
        deployment::get),
    op("UpdateDeployment", "PATCH", "/v2/apis/{apiId}/deployments/{deploymentId}", 200, &[],
        deployment::update),
    op("DeleteDeployment", "DELETE", "/v2/apis/{apiId}/deployments/{deploymentId}", 204, &[],
        deployment::delete),

    op("CreateDomainName", "POST", "/v2/domainnames", 201, &[], owned::create::<DomainName>),
    op("GetDomainNames", "GET", "/v2/domainnames", 200, PAGE, owned::list::<DomainName>),
    op("GetDomainName", "GET", "/v2/domainnames/{domainName}", 200, &[], owned::get::<DomainName>),
    op("UpdateDomainName", "PATCH", "/v2/domainnames/{domainName}", 200, &[],
        owned::update::<DomainName>),
    op("DeleteDomainName", "DELETE", "/v2/domainnames/{domainName}", 204, &[],
        owned::delete::<DomainName>),

    op("CreateApiMapping", "POST", API_MAPPINGS, 201, &[], owned::create::<ApiMapping>),
    op("GetApiMappings", "GET", API_MAPPINGS, 200, PAGE, owned::list::<ApiMapping>),
    op("GetApiMapping", "GET", API_MAPPING, 200, &[], owned::get::<ApiMapping>),
    op("UpdateApiMapping", "PATCH", API_MAPPING, 200, &[], owned::update::<ApiMapping>),
    op("DeleteApiMapping", "DELETE", API_MAPPING, 204, &[], owned::delete::<ApiMapping>),

    op("CreateRoutingRule", "POST", ROUTING_RULES, 201, DOMAIN_ID, owned::create::<RoutingRule>),
    op("ListRoutingRules", "GET", ROUTING_RULES, 200, RULES_PAGE, routing_rule::list),
    op("GetRoutingRule", "GET", ROUTING_RULE, 200, DOMAIN_ID, owned::get::<RoutingRule>),
    op("PutRoutingRule", "PUT", ROUTING_RULE, 200, DOMAIN_ID, routing_rule::put),
    op("DeleteRoutingRule", "DELETE", ROUTING_RULE, 204, DOMAIN_ID, owned::delete::<RoutingRule>),

    op("CreateVpcLink", "POST", "/v2/vpclinks", 201, &[], owned::create::<VpcLink>),
    op("GetVpcLinks", "GET", "/v2/vpclinks", 200, PAGE, owned::list::<VpcLink>),
    op("GetVpcLink", "GET", "/v2/vpclinks/{vpcLinkId}", 200, &[], owned::get::<VpcLink>),
    op("UpdateVpcLink", "PATCH", "/v2/vpclinks/{vpcLinkId}", 200, &[], owned::update::<VpcLink>),
    op("DeleteVpcLink", "DELETE", "/v2/vpclinks/{vpcLinkId}", 202, &[], owned::delete::<VpcLink>),

    // An ARN holds slashes: SDKs escape them, people with curl do not.
    op("GetTags", "GET", "/v2/tags/{arn+}", 200, &[], tags::get),
    op("TagResource", "POST", "/v2/tags/{arn+}", 201, &[], tags::tag),
    op("UntagResource", "DELETE", "/v2/tags/{arn+}", 204, &["tagKeys"], tags::untag),
];

/// The operation that `method` and `path` name, and what the call says to it.
///
/// # Errors
/// A BadRequestException by name for an operation that is not built. For a path that names none
/// AWS answers 403 "Missing Authentication Token" on this host too, signed or not, never 404:
/// scripts that probe for it find the same here.
pub(crate) fn find<'a>(
    method: &str,
    path: &str,
    raw_query: Option<&str>,
    body: &'a [u8],
) -> Result<(&'static Operation, Request<'a>), Error> {
    for operation in OPERATIONS.iter().filter(|operation| operation.method == method) {
        let Some(raw_labels) = labels(operation.template, path) else { continue };
        let decoded = raw_labels
            .into_iter()
            .map(|(name, raw)| Ok((name, query::decode_label(raw)?)))
            .collect::<Result<_, Error>>()?;
        let query = query::parse(raw_query, operation.query)?;
        return Ok((operation, Request { labels: decoded, query, body }));
    }
    let is_named = |row: &&Unsupported| row.0 == method && labels(row.1, path).is_some();
    let v2 = not_yet::NOT_YET.iter().find(is_named).map(|row| (row.2, ""));
    let v1 = || v1::V1.iter().find(is_named).map(|row| (row.2, " (API Gateway V1, REST APIs)"));
    Err(match v2.or_else(v1) {
        Some((name, kind)) => {
            Error::bad_request(format!("ringgate does not support {name}{kind} yet"))
        }
        None => Error::new(Code::MissingAuthenticationToken, "Missing Authentication Token"),
    })
}

/// What a method and a path name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// `CreateApi`
    pub name: &'static str,
    /// The labels of the path, decoded where that can be done.
    pub labels: Vec<(&'static str, String)>,
}

/// The operation that a method and a path name, built or not; `None` when they name none.
pub fn named(method: &str, path: &str) -> Option<Named> {
    let built = OPERATIONS.iter().map(|row| (row.method, row.template, row.name));
    let others = not_yet::NOT_YET.iter().chain(v1::V1).copied();
    let mut rows = built.chain(others).filter(|row| row.0 == method);
    rows.find_map(|(_, template, name)| {
        let decoded = |raw: &str| query::decode_label(raw).unwrap_or_else(|_| raw.to_owned());
        let raw = labels(template, path)?;
        let labels = raw.into_iter().map(|(label, raw)| (label, decoded(raw))).collect();
        Some(Named { name, labels })
    })
}

/// The raw labels of `path` where `template` has names; `None` when it is another path.
fn labels<'p>(template: &'static str, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
    let mut found = Vec::new();
    let mut rest = path.strip_prefix('/')?;
    let mut wanted = template.strip_prefix('/')?.split('/').peekable();
    while let Some(part) = wanted.next() {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        if let Some(name) = name.and_then(|name| name.strip_suffix('+')) {
            found.push((name, rest));
            return (!rest.is_empty()).then_some(found);
        }
        let last = wanted.peek().is_none();
        let (label, after) = match rest.split_once('/') {
            Some((label, after)) if !last => (label, after),
            None if last => (rest, ""),
            _ => return None,
        };
        match name {
            Some(name) if !label.is_empty() => found.push((name, label)),
            None if part == label => {}
            _ => return None,
        }
        rest = after;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(method: &str, path: &str) -> Error {
        find(method, path, None, b"").err().unwrap()
    }

    #[test]
    fn every_operation_of_both_models_is_known() {
        assert_eq!(OPERATIONS.len() + not_yet::NOT_YET.len(), 103);
        // ImportApiKeys and ImportRestApi share their rows.
        assert_eq!(v1::V1.len(), 122);
    }

    #[test]
    fn an_operation_has_the_name_of_its_model() {
        let names: Vec<&str> = OPERATIONS.iter().map(|row| row.name).collect();
        let distinct: std::collections::BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(distinct.len(), names.len());
        let named = named("GET", "/v2/apis/a%2Fb/routes").unwrap();
        assert_eq!((named.name, named.labels), ("GetRoutes", vec![("apiId", "a/b".to_owned())]));
        assert_eq!(super::named("GET", "/restapis").unwrap().name, "GetRestApis");
        assert_eq!(super::named("GET", "/nowhere"), None);
    }

    #[test]
    fn labels_are_found_and_decoded() {
        let path = "/v2/apis/a1/stages/$default/routesettings/GET%20%2Fpets";
        let (operation, request) = find("DELETE", path, None, b"").ok().unwrap();
        assert_eq!(operation.status, 204);
        assert_eq!(request.label("apiId"), "a1");
        assert_eq!(request.label("routeKey"), "GET /pets");
        for arn in ["arn%3Aaws%3Aapigateway%3Ar%3A%3A%2Fapis%2Fa", "arn:aws:apigateway:r::/apis/a"]
        {
            let (_, request) = find("GET", &format!("/v2/tags/{arn}"), None, b"").ok().unwrap();
            assert_eq!(request.label("arn"), "arn:aws:apigateway:r::/apis/a");
        }
    }

    #[test]
    fn what_is_not_built_is_refused_by_name() {
        for (method, path, name) in [
            ("POST", "/v2/portals/a/publish", "PublishPortal"),
            ("GET", "/restapis/a/resources/b/methods/GET", "GetMethod"),
            ("PUT", "/tags/arn:aws:apigateway:r::/restapis/a", "TagResource"),
        ] {
            let error = refusal(method, path);
            assert_eq!(error.code, Code::BadRequest, "{path}");
            assert!(error.message.contains(&format!("support {name}")), "{error}");
        }
    }

    #[test]
    fn other_paths_name_no_operation() {
        for (method, path) in [
            ("GET", "/"),
            ("GET", ""),
            ("GET", "/v2"),
            ("GET", "/v2/apis/"),
            ("GET", "/v2/apis/a/"),
            ("GET", "/v2/apis//routes"),
            ("GET", "/v2/tags/"),
            ("POST", "/v2/apis/a"),
            ("get", "/v2/apis"),
            ("GET", "/v2/apis/a/routes/b/c"),
        ] {
            assert_eq!(refusal(method, path).code, Code::MissingAuthenticationToken, "{path}");
        }
    }
}
