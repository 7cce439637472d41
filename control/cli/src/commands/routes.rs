use std::collections::BTreeMap;

use ringgate_model::percent;
use ringgate_settings::ClientArgs;
use serde_json::{Value, json};

use crate::arguments::Output;
use crate::client::Client;
use crate::commands::{cell, named, print_json};
use crate::failure::Failure;
use crate::table;

pub(crate) async fn routes(
    api: Option<&str>,
    settings: &ClientArgs,
    output: Output,
) -> Result<(), Failure> {
    let client = Client::new(settings);
    let (mut rows, mut items) = (Vec::new(), Vec::new());
    for api in named(&client, api).await? {
        let api_id = cell(&api, "apiId");
        let path = format!("/v2/apis/{}", percent::encoded(&api_id));
        let integrations = client.list(&format!("{path}/integrations")).await?;
        let by_id: BTreeMap<String, Value> =
            integrations.into_iter().map(|i| (cell(&i, "integrationId"), i)).collect();
        let mut routes = client.list(&format!("{path}/routes")).await?;
        routes.sort_by_key(|route| sort_key(&cell(route, "routeKey")));
        for mut route in routes {
            let target = cell(&route, "target");
            let integration = target.strip_prefix("integrations/").and_then(|id| by_id.get(id));
            rows.push(vec![
                api_id.clone(),
                cell(&route, "routeKey"),
                integration.map_or_else(|| "(nothing: answers 500)".to_owned(), calls),
                integration.map(|i| cell(i, "timeoutInMillis")).unwrap_or_default(),
                cell(&route, "routeId"),
            ]);
            route["apiId"] = json!(api_id);
            route["integration"] = json!(integration);
            items.push(route);
        }
    }
    match output {
        Output::Json => print_json(&Value::Array(items)),
        Output::Table => table::print(&["API", "ROUTE", "CALLS", "TIMEOUT MS", "ID"], &rows),
    }
    Ok(())
}

/// By path first, then by method; `$default` last, as it is the last to be tried.
fn sort_key(route_key: &str) -> (bool, String, String) {
    match route_key.split_once(' ') {
        Some((method, path)) => (false, path.to_owned(), method.to_owned()),
        None => (true, route_key.to_owned(), String::new()),
    }
}

fn calls(integration: &Value) -> String {
    let method = cell(integration, "integrationMethod");
    let uri = cell(integration, "integrationUri");
    match integration.get("integrationType").and_then(Value::as_str) {
        Some("HTTP_PROXY") | None => format!("{method} {uri}").trim().to_owned(),
        Some(other) => format!("{other} {uri}").trim().to_owned(),
    }
}
