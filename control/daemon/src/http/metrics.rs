use std::sync::atomic::{AtomicU64, Ordering};

use ringgate_admin::Store;
use ringgate_ipc::Stats;

use super::api_metrics;
use super::exposition::Exposition;
use super::server::App;
use crate::publisher::Attached;

/// The counters of this process and of every attached data plane, as Prometheus reads them.
pub(super) async fn text(app: &App) -> String {
    let mut out = Exposition::default();
    control(app, &mut out);
    let (planes, readings) =
        tokio::join!(app.control.publisher.attached(), app.control.publisher.meters());
    data_planes(&planes, &mut out);
    api_metrics::write(&readings, &mut out);
    out.into_text()
}

fn control(app: &App, out: &mut Exposition) {
    let control = &app.control;
    let counters = &control.counters;
    let uptime_s = control.started.elapsed().as_secs();
    out.one("control_uptime_seconds", "Since the control process started.", uptime_s);
    let revision = control.store.revision();
    out.one("control_store_revision", "Transactions in the store.", revision);
    let generation = control.publisher.generation();
    out.one("control_generation", "The generation that data planes are to serve.", generation);
    let apis = control.publisher.api_count() as u64;
    out.one("control_apis", "APIs in the table.", apis);
    let attached = control.publisher.attached_count() as u64;
    out.one("control_data_planes", "Data planes attached.", attached);
    let name = "control_answers_total";
    out.family(name, "Answers on the management port and the control socket.");
    for (class, count) in [
        ("ok", &counters.answers_ok),
        ("4xx", &counters.answers_4xx),
        ("5xx", &counters.answers_5xx),
    ] {
        out.sample(name, &format!("class=\"{class}\""), read(count));
    }
    for (name, help, counter) in [
        (
            "control_signatures_refused_total",
            "Management requests refused for want of a valid signature.",
            &counters.signatures_refused,
        ),
        ("control_changes_total", "Changes committed.", &counters.changes),
        (
            "control_changes_live_total",
            "Changes that were live when they were answered.",
            &counters.changes_live,
        ),
        (
            "control_changes_refused_total",
            "Changes that a data plane refused.",
            &counters.changes_refused,
        ),
        (
            "control_changes_live_micros_total",
            "Microseconds from durable to live, of the changes that were.",
            &counters.live_micros,
        ),
    ] {
        out.one(name, help, read(counter));
    }
}

/// The name of a counter, what it counts, and how to read it.
type Figure = (&'static str, &'static str, fn(&Stats) -> u64);

const FIGURES: [Figure; 24] = [
    ("generation", "The generation served.", |s| s.generation),
    ("live_generations", "Tables in memory, retired ones included.", |s| s.live_generations),
    ("connections", "Client connections open.", |s| s.connections),
    ("connections_total", "Client connections accepted.", |s| s.connections_total),
    ("over_address_limit_total", "Connections closed at once: too many of one address.", |s| {
        s.over_address_limit_total
    }),
    ("tls_handshakes_total", "TLS handshakes with clients completed.", |s| s.tls_handshakes_total),
    ("tls_failures_total", "TLS handshakes with clients that failed or took too long.", |s| {
        s.tls_failures_total
    }),
    ("requests_total", "Requests answered.", |s| s.requests_total),
    ("responses_4xx_total", "Answers with a status of 400 to 499.", |s| s.responses_4xx_total),
    ("responses_5xx_total", "Answers with a status of 500 or more.", |s| s.responses_5xx_total),
    ("refused_total", "Requests refused before they could be routed.", |s| s.refused_total),
    ("shed_total", "Requests answered 503, and connections refused: memory was short.", |s| {
        s.shed_total
    }),
    ("websockets", "WebSockets open.", |s| s.websockets),
    ("websockets_total", "WebSockets ever opened.", |s| s.websockets_total),
    ("websocket_messages_total", "Messages of WebSockets, in either direction.", |s| {
        s.websocket_messages_total
    }),
    ("upstream_connections", "Connections to backends open, idle ones too.", |s| {
        s.upstream_connections
    }),
    ("upstream_connections_total", "Connections to backends ever made.", |s| {
        s.upstream_connections_total
    }),
    ("upstream_retries_total", "Requests sent again on a fresh connection.", |s| {
        s.upstream_retries_total
    }),
    ("upstream_ejections_total", "Times an address of a backend was left alone: it failed.", |s| {
        s.upstream_ejections_total
    }),
    ("log_records_dropped_total", "Access-log records lost: the disk was behind.", |s| {
        s.log_records_dropped_total
    }),
    ("panics_total", "Connections ended by a panic.", |s| s.panics_total),
    ("table_bytes", "Heap memory of the table served.", |s| s.table_bytes),
    ("resident_bytes", "Resident memory of the process.", |s| s.resident_bytes),
    ("uptime_ms", "Milliseconds since the process started.", |s| s.uptime_ms),
];

/// Each counter once, with a sample per data plane.
fn data_planes(attached: &[Attached], out: &mut Exposition) {
    if attached.iter().all(|plane| plane.stats.is_none()) {
        return;
    }
    for (name, help, figure) in FIGURES {
        out.family(name, help);
        for plane in attached {
            if let Some(stats) = &plane.stats {
                out.sample(name, &format!("pid=\"{}\"", plane.hello.pid), figure(stats));
            }
        }
    }
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_a_data_plane_is_shown_under_its_own_name() {
        let zeros = serde_json::to_value(Stats::default()).unwrap();
        assert_eq!(zeros.as_object().unwrap().len(), FIGURES.len());
        let mut names: Vec<_> = FIGURES.iter().map(|(name, ..)| name.replace('_', "")).collect();
        names.sort();
        let members = zeros.as_object().unwrap().keys();
        let mut members: Vec<_> = members.map(|member| member.to_lowercase()).collect();
        members.sort();
        assert_eq!(names, members);
    }
}
