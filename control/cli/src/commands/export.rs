use ringgate_model::percent;
use ringgate_settings::ClientArgs;
use serde_json::Value;

use crate::arguments::{ExportArgs, Output};
use crate::client::Client;
use crate::commands::{cell, named, print_json};
use crate::failure::Failure;
use crate::say::say;

pub(crate) async fn export(
    what: &ExportArgs,
    settings: &ClientArgs,
    output: Output,
) -> Result<(), Failure> {
    let client = Client::new(settings);
    let found = named(&client, Some(&what.api)).await?;
    let [api] = found.as_slice() else {
        let ids: Vec<String> = found.iter().map(|api| cell(api, "apiId")).collect();
        let message = format!("several APIs are named '{}'", what.api);
        return Err(Failure::new(message).hint(format!("say which by its id: {}", ids.join(", "))));
    };
    let kind = match output {
        Output::Json => "JSON",
        Output::Table => "YAML",
    };
    let mut path = format!(
        "/v2/apis/{}/exports/OAS30?outputType={kind}&includeExtensions={}",
        percent::encoded(&cell(api, "apiId")),
        !what.no_extensions
    );
    if let Some(stage) = &what.stage {
        path.push_str("&stageName=");
        path.push_str(&percent::encoded(stage));
    }
    match client.get(&path).await?.body {
        Value::String(yaml) => say(yaml.trim_end()),
        json => print_json(&json),
    }
    Ok(())
}
