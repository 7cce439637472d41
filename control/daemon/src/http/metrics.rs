use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use ringgate_admin::Store;
use ringgate_ipc::Stats;

use super::server::App;

/// The counters of this process and of every attached data plane, as Prometheus reads them.
pub(super) async fn text(app: &App) -> String {
    let control = &app.control;
    let mut out = Exposition(String::with_capacity(4096));
    let counters = &control.counters;
    out.gauge("control_uptime_seconds", control.started.elapsed().as_secs());
    out.gauge("control_store_revision", control.store.revision());
    out.gauge("control_generation", control.publisher.generation());
    out.gauge("control_apis", control.publisher.api_count() as u64);
    out.gauge("control_data_planes", control.publisher.attached_count() as u64);
    out.family("control_answers_total", "counter");
    for (class, count) in [
        ("ok", &counters.answers_ok),
        ("4xx", &counters.answers_4xx),
        ("5xx", &counters.answers_5xx),
    ] {
        out.sample("control_answers_total", &format!("class=\"{class}\""), read(count));
    }
    out.counter("control_signatures_refused_total", read(&counters.signatures_refused));
    out.counter("control_changes_total", read(&counters.changes));
    out.counter("control_changes_live_total", read(&counters.changes_live));
    out.counter("control_changes_refused_total", read(&counters.changes_refused));
    out.counter("control_changes_live_micros_total", read(&counters.live_micros));
    data_planes(app, &mut out).await;
    out.0
}

/// The name of a counter and how to read it.
type Figure = (&'static str, fn(&Stats) -> u64);

const FIGURES: [Figure; 12] = [
    ("generation", |stats| stats.generation),
    ("live_generations", |stats| stats.live_generations),
    ("connections", |stats| stats.connections),
    ("connections_total", |stats| stats.connections_total),
    ("requests_total", |stats| stats.requests_total),
    ("responses_5xx_total", |stats| stats.responses_5xx_total),
    ("upstream_connections", |stats| stats.upstream_connections),
    ("log_records_dropped_total", |stats| stats.log_records_dropped_total),
    ("shed_total", |stats| stats.shed_total),
    ("table_bytes", |stats| stats.table_bytes),
    ("resident_bytes", |stats| stats.resident_bytes),
    ("uptime_ms", |stats| stats.uptime_ms),
];

/// Each counter once, with a sample per data plane.
async fn data_planes(app: &App, out: &mut Exposition) {
    let attached = app.control.publisher.attached().await;
    if attached.iter().all(|plane| plane.stats.is_none()) {
        return;
    }
    for (name, figure) in FIGURES {
        out.family(name, if name.ends_with("_total") { "counter" } else { "gauge" });
        for plane in &attached {
            if let Some(stats) = &plane.stats {
                out.sample(name, &format!("pid=\"{}\"", plane.hello.pid), figure(stats));
            }
        }
    }
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// Prometheus' text format, version 0.0.4. Writing to a String cannot fail.
struct Exposition(String);

impl Exposition {
    fn gauge(&mut self, name: &str, value: u64) {
        self.family(name, "gauge");
        let _ = writeln!(self.0, "ringgate_{name} {value}");
    }

    fn counter(&mut self, name: &str, value: u64) {
        self.family(name, "counter");
        let _ = writeln!(self.0, "ringgate_{name} {value}");
    }

    fn family(&mut self, name: &str, kind: &str) {
        let _ = writeln!(self.0, "# TYPE ringgate_{name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &str, value: u64) {
        let _ = writeln!(self.0, "ringgate_{name}{{{labels}}} {value}");
    }
}
