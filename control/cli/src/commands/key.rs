use serde_json::{Value, json};

use crate::arguments::{Key, Output};
use crate::client::Client;
use crate::commands::{cell, print_json};
use crate::failure::Failure;
use crate::say::{say, tell};
use crate::up::Brief;

pub(crate) async fn key(action: &Key, output: Output) -> Result<(), Failure> {
    let Key::New { account, client: settings } = action;
    let body = account.as_ref().map_or(json!({}), |account| json!({ "accountId": account }));
    let client = Client::new(settings);
    // A gateway that may not start before it has a real key must be able to get one.
    let brief = if client.is_there().await { None } else { Some(Brief::start(settings).await?) };
    let made = client.post("/ringgate/v1/keys", &body).await;
    if let Some(brief) = brief {
        brief.stop().await;
    }
    let made = made?.body;
    match output {
        Output::Json => print_json(&made),
        Output::Table => print_key(&made),
    }
    Ok(())
}

fn print_key(made: &Value) {
    say(format_args!("export AWS_ACCESS_KEY_ID={}", cell(made, "accessKeyId")));
    say(format_args!("export AWS_SECRET_ACCESS_KEY={}", cell(made, "secretAccessKey")));
    let replaced = made.get("replaced").and_then(Value::as_array).into_iter().flatten();
    let replaced: Vec<&str> = replaced.filter_map(Value::as_str).collect();
    tell("the secret is not shown again");
    if !replaced.is_empty() {
        tell(format_args!("no longer valid: {}", replaced.join(", ")));
    }
}
