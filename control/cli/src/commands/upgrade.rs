use ringgate_settings::ClientArgs;
use serde_json::Value;

use crate::arguments::Output;
use crate::client::Client;
use crate::commands::{cell, print_json};
use crate::failure::Failure;
use crate::say::say;

pub(crate) async fn upgrade(settings: &ClientArgs, output: Output) -> Result<(), Failure> {
    let answer = Client::new(settings).upgrade().await?;
    let planes = answer.get("dataPlanes").and_then(Value::as_array).map(Vec::as_slice);
    let planes = planes.unwrap_or_default();
    if output == Output::Json {
        print_json(&answer);
    } else {
        for plane in planes.iter().filter(|plane| plane.get("successor").is_some()) {
            let (pid, successor) = (cell(plane, "pid"), cell(plane, "successor"));
            say(format_args!("ringgated {successor} has taken over from {pid}"));
        }
    }
    if planes.is_empty() {
        return Err(Failure::new("no data plane is attached to the control process").hint(
            "start ringgated on the same data directory, or send SIGUSR2 to the one there is",
        ));
    }
    let failed = planes.iter().filter(|plane| plane.get("error").is_some());
    let reasons: Vec<String> = failed
        .map(|plane| format!("ringgated {} goes on: {}", cell(plane, "pid"), cell(plane, "error")))
        .collect();
    if reasons.is_empty() { Ok(()) } else { Err(Failure::new(reasons.join("; "))) }
}
