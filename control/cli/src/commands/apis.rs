use ringgate_settings::ClientArgs;
use serde_json::Value;

use crate::arguments::Output;
use crate::client::Client;
use crate::commands::{cell, print_json};
use crate::failure::Failure;
use crate::table;

pub(crate) async fn apis(settings: &ClientArgs, output: Output) -> Result<(), Failure> {
    let apis = Client::new(settings).list("/v2/apis").await?;
    if output == Output::Json {
        print_json(&Value::Array(apis));
        return Ok(());
    }
    let columns = ["apiId", "name", "protocolType", "apiEndpoint", "createdDate"];
    let rows: Vec<Vec<String>> =
        apis.iter().map(|api| columns.iter().map(|name| cell(api, name)).collect()).collect();
    table::print(&["ID", "NAME", "PROTOCOL", "ENDPOINT", "CREATED"], &rows);
    Ok(())
}

/// The APIs that `name` means: the one with that id, else those with that name; all without it.
pub(crate) async fn named(client: &Client, name: Option<&str>) -> Result<Vec<Value>, Failure> {
    let mut apis = client.list("/v2/apis").await?;
    let Some(name) = name else { return Ok(apis) };
    let by_id = apis.iter().any(|api| cell(api, "apiId") == name);
    let member = if by_id { "apiId" } else { "name" };
    let names: Vec<String> = apis.iter().map(|api| cell(api, "name")).collect();
    apis.retain(|api| cell(api, member) == name);
    if apis.is_empty() {
        let failure = Failure::new(format!("there is no API with the id or the name '{name}'"));
        return Err(match ringgate_model::closest(name, names.iter().map(String::as_str)) {
            Some(meant) => failure.hint(format!("did you mean '{meant}'?")),
            None => failure.hint("ringgate apis lists them"),
        });
    }
    Ok(apis)
}
