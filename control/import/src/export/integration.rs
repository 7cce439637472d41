use std::collections::BTreeMap;

use ringgate_model::{Definition, Integration, IntegrationType, Route};
use serde_json::{Map, Value, json};

use crate::openapi::extensions::INTEGRATIONS;

use super::{present, put};

/// The integrations of an API by id. One that several routes share stands under `components`, so
/// that they share it again when the document is read.
pub(super) struct Integrations<'a> {
    by_id: BTreeMap<&'a str, &'a Integration>,
    /// The names of the shared ones, by id.
    names: BTreeMap<&'a str, String>,
}

impl<'a> Integrations<'a> {
    pub(super) fn of(definition: &'a Definition) -> Self {
        let all = definition.integrations.iter();
        let by_id = all.map(|one| (one.integration_id.as_str(), one)).collect();
        // Ids change from one API to the next; the order of the routes does not.
        let mut routes: Vec<&Route> = definition.routes.iter().collect();
        routes.sort_by(|one, other| one.route_key.cmp(&other.route_key));
        let mut users: BTreeMap<&str, usize> = BTreeMap::new();
        let mut names = BTreeMap::new();
        for id in routes.into_iter().filter_map(Route::integration_id) {
            let users = users.entry(id).or_default();
            *users += 1;
            if *users == 2 {
                names.insert(id, format!("integration{}", names.len() + 1));
            }
        }
        Self { by_id, names }
    }

    pub(super) fn any_shared(&self) -> bool {
        !self.names.is_empty()
    }

    /// `x-amazon-apigateway-integrations`
    pub(super) fn shared(&self) -> Map<String, Value> {
        let mut named: Vec<_> = self.names.iter().map(|(id, name)| (name, *id)).collect();
        named.sort_by_key(|(name, _)| (name.len(), name.as_str()));
        let mut shared = Map::new();
        for (name, id) in named {
            if let Some(integration) = self.by_id.get(id) {
                put(&mut shared, name, shown(integration));
            }
        }
        shared
    }

    /// `x-amazon-apigateway-integration` of a route.
    pub(super) fn of_route(&self, route: &Route) -> Option<Value> {
        let id = route.integration_id()?;
        let integration = self.by_id.get(id)?;
        Some(match self.names.get(id) {
            Some(name) => json!({ "$ref": format!("#/components/{INTEGRATIONS}/{name}") }),
            None => shown(integration),
        })
    }
}

fn shown(integration: &Integration) -> Value {
    let kind = match integration.integration_type {
        IntegrationType::HttpProxy => "http_proxy",
        IntegrationType::AwsProxy => "aws_proxy",
        IntegrationType::Http => "http",
        IntegrationType::Aws => "aws",
        IntegrationType::Mock => "mock",
    };
    present([
        ("type", json!(kind)),
        ("description", json!(integration.description)),
        ("integrationSubtype", json!(integration.integration_subtype)),
        ("httpMethod", json!(integration.integration_method)),
        ("uri", json!(integration.integration_uri)),
        ("credentials", json!(integration.credentials_arn)),
        ("connectionType", json!(integration.connection_type)),
        ("connectionId", json!(integration.connection_id)),
        ("tlsConfig", json!(integration.tls_config)),
        ("payloadFormatVersion", json!(integration.payload_format_version)),
        ("timeoutInMillis", json!(integration.timeout_in_millis)),
        ("requestParameters", json!(integration.request_parameters)),
        ("responseParameters", json!(integration.response_parameters)),
    ])
}
