//! An HTTP API as an OpenAPI 3.0 document, in the form in which AWS exports one: what
//! [`crate::openapi`] reads to the same API again.

mod integration;
mod operation;
mod paths;
mod security;
mod yaml;

use ringgate_model::{Api, Definition};
use serde_json::{Map, Value, json};

use crate::openapi::extensions::{CORS, ENDPOINT_CONFIGURATION, INTEGRATIONS, TAG_VALUE, VERSION};

use integration::Integrations;
use security::Schemes;

/// The version of OpenAPI that AWS writes.
const OPENAPI: &str = "3.0.1";

/// What is exported.
#[derive(Clone, Copy, Debug)]
pub struct Exported<'a> {
    /// The API, with the URL that its clients call.
    pub api: &'a Api,
    /// What of it is exported: as it is, or what a deployment froze.
    pub definition: &'a Definition,
    /// The stage that serves it; none: no stage in particular.
    pub stage_name: Option<&'a str>,
    /// With `x-amazon-apigateway-*`: only then the document is the whole API.
    pub include_extensions: bool,
}

/// A document, its members in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Document(Value);

impl Document {
    /// The document as JSON, indented.
    pub fn to_json(&self) -> String {
        format!("{:#}\n", self.0)
    }

    /// The document as YAML.
    pub fn to_yaml(&self) -> String {
        yaml::write(&self.0)
    }
}

/// Writes the document. The same API gives the same document: paths are sorted, methods and members
/// stand in one order.
pub fn export(exported: &Exported<'_>) -> Document {
    let Exported { api, definition, include_extensions, .. } = *exported;
    let integrations = Integrations::of(definition);
    let schemes = Schemes::of(definition);
    let mut document = Map::new();
    put(&mut document, "openapi", json!(OPENAPI));
    put(&mut document, "info", info(api));
    put(&mut document, "servers", servers(exported));
    if include_extensions && !api.tags.is_empty() {
        let tags = api.tags.iter().map(|(name, value)| json!({ "name": name, TAG_VALUE: value }));
        put(&mut document, "tags", tags.collect());
    }
    let parts = paths::Parts { integrations: &integrations, schemes: &schemes, include_extensions };
    put(&mut document, "paths", paths::paths(definition, &parts));
    let mut components = Map::new();
    let shown = schemes.shown(include_extensions);
    if !shown.is_empty() {
        put(&mut components, "securitySchemes", shown.into());
    }
    if include_extensions && integrations.any_shared() {
        put(&mut components, INTEGRATIONS, integrations.shared().into());
    }
    if !components.is_empty() {
        put(&mut document, "components", components.into());
    }
    if include_extensions {
        extensions(&mut document, exported);
    }
    Document(document.into())
}

fn info(api: &Api) -> Value {
    let mut info = Map::new();
    put(&mut info, "title", json!(api.name));
    if let Some(description) = &api.description {
        put(&mut info, "description", json!(description));
    }
    // OpenAPI wants one. AWS writes the day the API was made where it has none, and an API that is
    // imported from that has a version that nobody gave it; an empty one says what is true.
    put(&mut info, "version", json!(api.version.as_deref().unwrap_or_default()));
    info.into()
}

/// The variable `basePath` holds the stage, as AWS writes it.
fn servers(exported: &Exported<'_>) -> Value {
    let url = &exported.api.api_endpoint;
    match exported.stage_name {
        None | Some("$default") => json!([{ "url": url }]),
        Some(stage) => json!([{
            "url": format!("{}/{{basePath}}", url.trim_end_matches('/')),
            "variables": { "basePath": { "default": stage } },
        }]),
    }
}

/// The extensions of the document itself.
fn extensions(document: &mut Map<String, Value>, exported: &Exported<'_>) {
    let Exported { api, definition, .. } = *exported;
    if let Some(cors) = &definition.cors {
        put(document, CORS, json!(cors));
    }
    let mut endpoint = Map::new();
    if definition.disable_execute_api_endpoint {
        put(&mut endpoint, "disableExecuteApiEndpoint", json!(true));
    }
    // The other kind is the default.
    if api.ip_address_type == "dualstack" {
        put(&mut endpoint, "ipAddressType", json!(api.ip_address_type));
    }
    if !endpoint.is_empty() {
        put(document, ENDPOINT_CONFIGURATION, endpoint.into());
    }
    put(document, VERSION, json!("1.0"));
}

/// An object of the members that have a value, in this order.
fn present<const N: usize>(members: [(&str, Value); N]) -> Value {
    let mut object = Map::new();
    for (name, value) in members.into_iter().filter(|(_, value)| !value.is_null()) {
        put(&mut object, name, value);
    }
    object.into()
}

fn put(members: &mut Map<String, Value>, name: &str, value: Value) {
    members.insert(name.to_owned(), value);
}
