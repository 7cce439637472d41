use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ringgate_ipc::Kind;
use ringgate_settings::ClientArgs;
use serde_json::Value;
use tokio::sync::watch;

use super::child::{Phase, until};
use super::event::{self, Event, Ready};
use super::sockets::Sockets;
use crate::arguments::{Output, Up};
use crate::client::Client;
use crate::limits::{READY_POLL_MS, READY_WAIT_MS_MAX};

/// Waits until a data plane has acknowledged a table, then prints the URL of everything.
pub(super) fn announce(
    up: &Up,
    sockets: &Sockets,
    mut phases: watch::Receiver<Phase>,
    started: Instant,
    output: Output,
) -> impl Future<Output = ()> + use<> {
    let client = Client::new(&ClientArgs {
        data_dir: up.common.data_dir.clone(),
        runtime_dir: up.common.runtime_dir.clone(),
        scope: up.common.scope(),
    });
    let data_dir = std::path::absolute(&up.common.data_dir).unwrap_or_default();
    let mut ready = Ready {
        version: env!("CARGO_PKG_VERSION"),
        data_dir: data_dir.display().to_string(),
        http: sockets.addresses(Kind::Http).map(|address| url("http", address)).collect(),
        https: sockets.addresses(Kind::Https).map(|address| url("https", address)).collect(),
        management: url("http", &sockets.management_address),
        region: up.common.region.clone(),
        functions: sockets.functions_address.map(|address| url("http", &address)),
        target: up.common.target.clone(),
        ..Ready::default()
    };
    async move {
        let wait = Duration::from_millis(READY_WAIT_MS_MAX);
        let serving = tokio::select! {
            serving = tokio::time::timeout(wait, serving(&client)) => serving.ok(),
            () = until(&mut phases, &[Phase::Draining, Phase::Killing]) => return,
        };
        if serving.is_some() {
            ready.ready_ms = u64::try_from(started.elapsed().as_millis()).ok();
        }
        let control = serving.as_ref().and_then(|status| status.get("control"));
        if let Some(id) = control.and_then(|control| text(control, "targetApiId")) {
            let api = client.get(&format!("/v2/apis/{id}")).await.ok();
            ready.target_endpoint = api.and_then(|api| text(&api.body, "apiEndpoint"));
            ready.target_api_id = Some(id);
        }
        event::print(output, &Event::Ready(Box::new(ready)));
    }
}

/// The status, once a data plane serves.
async fn serving(client: &Client) -> Value {
    loop {
        if let Ok(status) = client.get("/ringgate/v1/status").await {
            let planes = status.body.get("dataPlanes").and_then(Value::as_array);
            let acked = |plane: &Value| {
                plane.get("ackedGeneration").or_else(|| plane.get("acked_generation")).cloned()
            };
            if planes.into_iter().flatten().filter_map(acked).any(|acked| acked.is_u64()) {
                return status.body;
            }
        }
        tokio::time::sleep(Duration::from_millis(READY_POLL_MS)).await;
    }
}

fn url(scheme: &str, address: &SocketAddr) -> String {
    // What listens everywhere is reached here.
    let mut address = *address;
    if address.ip().is_unspecified() {
        let local: std::net::IpAddr = match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        address.set_ip(local);
    }
    format!("{scheme}://{address}")
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}
