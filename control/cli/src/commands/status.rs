use ringgate_settings::ClientArgs;
use serde_json::Value;

use crate::arguments::Output;
use crate::client::Client;
use crate::commands::{cell, print_json};
use crate::failure::Failure;
use crate::table;

pub(crate) async fn status(settings: &ClientArgs, output: Output) -> Result<(), Failure> {
    let status = Client::new(settings).get("/ringgate/v1/status").await?.body;
    if output == Output::Json {
        print_json(&status);
        return Ok(());
    }
    let control = status.get("control").unwrap_or(&Value::Null);
    let mut rows = vec![
        row(
            "control",
            format!("version {}, pid {}", cell(control, "version"), cell(control, "pid")),
        ),
        row("up for", duration(control.get("uptimeMs"))),
        row("management", list(control, "management")),
        row("scope", format!("{}, {}", cell(control, "region"), cell(control, "accountId"))),
        row("revision", cell(control, "storeRevision")),
    ];
    let planes = status.get("dataPlanes").and_then(Value::as_array);
    for plane in planes.into_iter().flatten() {
        rows.extend(data_plane(plane));
    }
    if planes.is_none_or(Vec::is_empty) {
        rows.push(row("data plane", "none attached: traffic is not served".to_owned()));
    }
    table::print(&[], &rows);
    Ok(())
}

fn data_plane(plane: &Value) -> Vec<Vec<String>> {
    let stats = plane.get("stats").unwrap_or(&Value::Null);
    let acked = match cell(plane, "ackedGeneration") {
        acked if acked.is_empty() => cell(plane, "generation"),
        acked => acked,
    };
    let driver = match cell(plane, "driverReason") {
        reason if reason.is_empty() => cell(plane, "driver"),
        reason => format!("{} ({reason})", cell(plane, "driver")),
    };
    let ends = match plane.get("draining").and_then(Value::as_bool) {
        Some(true) => ", finishes its requests and ends",
        _ => "",
    };
    let mut rows = vec![
        row(
            "data plane",
            format!("version {}, pid {}{ends}", cell(plane, "version"), cell(plane, "pid")),
        ),
        row("  traffic", list(plane, "http")),
        row("  TLS traffic", list(plane, "https")),
        row("  workers", cell(plane, "workers")),
        row("  driver", driver),
        row("  generation", acked),
    ];
    for (name, member) in [
        ("  up for", "uptimeMs"),
        ("  generations live", "liveGenerations"),
        ("  connections", "connections"),
        ("  connections ever", "connectionsTotal"),
        ("  over an address's limit", "overAddressLimitTotal"),
        ("  TLS handshakes", "tlsHandshakesTotal"),
        ("  TLS failures", "tlsFailuresTotal"),
        ("  requests", "requestsTotal"),
        ("  refused requests", "refusedTotal"),
        ("  4xx answers", "responses4xxTotal"),
        ("  5xx answers", "responses5xxTotal"),
        ("  shed for want of memory", "shedTotal"),
        ("  WebSockets", "websockets"),
        ("  WebSockets ever", "websocketsTotal"),
        ("  WebSocket messages", "websocketMessagesTotal"),
        ("  backend connections", "upstreamConnections"),
        ("  backend connections ever", "upstreamConnectionsTotal"),
        ("  requests sent again", "upstreamRetriesTotal"),
        ("  ejections of backends", "upstreamEjectionsTotal"),
        ("  log records dropped", "logRecordsDroppedTotal"),
        ("  panics", "panicsTotal"),
        ("  table memory", "tableBytes"),
        ("  resident memory", "residentBytes"),
    ] {
        match stats.get(member) {
            None => {}
            Some(value) if member.ends_with("Bytes") => rows.push(row(name, bytes(value))),
            Some(value) if member.ends_with("Ms") => rows.push(row(name, duration(Some(value)))),
            Some(value) => rows.push(row(name, value.to_string())),
        }
    }
    rows
}

/// A list of texts, or one of them alone.
fn list(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::Array(texts)) => {
            texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        _ => cell(value, name),
    }
}

fn row(name: &str, value: String) -> Vec<String> {
    vec![name.to_owned(), value]
}

fn bytes(value: &Value) -> String {
    let bytes = value.as_u64().unwrap_or_default();
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{}.{} MiB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

fn duration(ms: Option<&Value>) -> String {
    let s = ms.and_then(Value::as_u64).unwrap_or_default() / 1000;
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        3600..86_400 => format!("{} h {} min", s / 3600, s / 60 % 60),
        _ => format!("{} d {} h", s / 86_400, s / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sizes_and_times_are_for_people() {
        assert_eq!(bytes(&json!(512)), "512 B");
        assert_eq!(bytes(&json!(20_000)), "19 KiB");
        assert_eq!(bytes(&json!(15 * 1_048_576 + 524_288)), "15.5 MiB");
        assert_eq!(duration(Some(&json!(90_061_000))), "1 d 1 h");
        assert_eq!(duration(Some(&json!(61_000))), "1 min 1 s");
    }
}
