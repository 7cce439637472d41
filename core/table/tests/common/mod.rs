//! Small APIs for tests.
#![allow(dead_code, clippy::unwrap_used)] // each test file uses some of it

use std::sync::Arc;

use ringgate_model::{Api, Definition, Integration, Route, Scope, Stage};
use ringgate_table::{
    ApiImage, ApiInput, CompileError, Root, Snapshot, StageInput, Table, compile,
};

pub(crate) const STORE: [u8; 16] = [7; 16];

/// A route whose id is `r0`, `r1`, … and whose integration, if any, is `i0`.
pub(crate) fn route(at: usize, key: &str, target: Option<&str>) -> Route {
    Route {
        route_id: format!("r{at}"),
        route_key: key.to_owned(),
        target: target.map(|id| format!("integrations/{id}")),
        ..Route::default()
    }
}

pub(crate) fn integration(id: &str, uri: &str) -> Integration {
    Integration {
        integration_id: id.to_owned(),
        integration_method: Some("ANY".to_owned()),
        integration_uri: Some(uri.to_owned()),
        ..Integration::default()
    }
}

/// Routes with these keys, all to the integration `i0` at `uri`.
pub(crate) fn definition(keys: &[&str], uri: &str) -> Definition {
    let routes = keys.iter().enumerate().map(|(at, key)| route(at, key, Some("i0")));
    Definition {
        routes: routes.collect(),
        integrations: vec![integration("i0", uri)],
        ..Definition::default()
    }
}

pub(crate) fn stage(name: &str) -> Stage {
    Stage { stage_name: name.to_owned(), deployment_id: Some("d1".to_owned()), ..Stage::default() }
}

pub(crate) fn api(id: &str) -> Api {
    Api { api_id: id.to_owned(), ..Api::default() }
}

/// An API whose stages all serve the same definition.
pub(crate) fn try_image(
    api_id: &str,
    stages: &[&str],
    definition: &Definition,
) -> Result<ApiImage, CompileError> {
    let stages: Vec<_> = stages.iter().map(|name| stage(name)).collect();
    let stages: Vec<_> =
        stages.iter().map(|stage| StageInput::new(stage, Some(definition))).collect();
    let scope = Scope::new("us-east-1", "000000000000");
    compile(&ApiInput { scope: &scope, api: &api(api_id), stages: &stages, vpc_links: &[] })
}

/// An API with one `$default` stage that has routes with these keys.
pub(crate) fn image(api_id: &str, keys: &[&str]) -> ApiImage {
    try_image(api_id, &["$default"], &definition(keys, "http://127.0.0.1:9000")).unwrap()
}

pub(crate) fn snapshot(apis: Vec<ApiImage>, default_api: Option<&str>) -> Snapshot {
    Snapshot {
        store_id: STORE,
        generation: 1,
        root: Root { default_api: default_api.map(str::to_owned), ..Root::default() },
        apis: apis.into_iter().map(Arc::new).collect(),
        parts: Vec::new(),
    }
}

pub(crate) fn table(apis: Vec<ApiImage>, default_api: Option<&str>) -> Table {
    Table::from_snapshot(snapshot(apis, default_api)).unwrap()
}
