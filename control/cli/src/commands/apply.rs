use ringgate_import::{DesiredStage, Diff, openapi};
use ringgate_settings::ClientArgs;
use serde_json::{Value, json};

use crate::arguments::{ApplyArgs, Output};
use crate::client::Client;
use crate::commands::validate::{options, read_file, show, summary};
use crate::commands::{cell, print_json};
use crate::failure::Failure;
use crate::say::say;

pub(crate) async fn apply(
    what: &ApplyArgs,
    settings: &ClientArgs,
    output: Output,
) -> Result<(), Failure> {
    let limits = &what.limits.limits;
    let (name, text) = read_file(&what.file, limits)?;
    let mut reading = openapi::read(&text, &name, options(limits)).map_err(|problems| {
        if output == Output::Table {
            show("error", &problems, &text);
        }
        summary(problems)
    })?;
    reading.desired.api_id.clone_from(&what.api_id);
    reading.desired.stage = DesiredStage {
        stage_name: what.stage.clone(),
        stage_variables: what.variables.iter().cloned().collect(),
    };
    let desired = serde_json::to_value(&reading.desired)
        .map_err(|error| Failure::new(format!("{name}: {error}")))?;
    let client = Client::new(settings);

    let plan = client.post("/ringgate/v1/apply?dryRun=true", &desired).await?.body;
    if output == Output::Table {
        show("note", &reading.notes, &text);
        print_plan(&plan);
    }
    if what.dry_run {
        if output == Output::Json {
            print_json(&plan);
        }
        return Ok(());
    }
    let done = client.post("/ringgate/v1/apply?dryRun=false", &desired).await?.body;
    match output {
        Output::Json => print_json(&done),
        Output::Table => print_done(&done),
    }
    Ok(())
}

fn print_plan(plan: &Value) {
    let diff = plan.get("diff").cloned().unwrap_or(json!({ "changes": [] }));
    match serde_json::from_value::<Diff>(diff) {
        Ok(diff) if diff.is_empty() => say("nothing changes"),
        Ok(diff) => say(diff.to_string().trim_end()),
        // A control process of another version may tell it differently.
        Err(_) => print_json(plan),
    }
}

fn print_done(done: &Value) {
    let verb = match done.get("created").and_then(Value::as_bool) {
        Some(true) => "created",
        _ => "applied",
    };
    let mut line = format!("{verb} {}", cell(done, "apiId"));
    match cell(done, "live") {
        live if live.is_empty() => {}
        live if live.starts_with(|c: char| c.is_ascii_digit()) => {
            line.push_str(&format!(", live after {live}"));
        }
        live => line.push_str(&format!(", {live}")),
    }
    say(line);
}
