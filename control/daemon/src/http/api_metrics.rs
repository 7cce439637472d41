//! What APIs did: AWS's metrics of HTTP APIs by stage, and by route where a stage asks for detailed
//! ones (AWS: "Work with metrics for HTTP APIs").

use ringgate_observe::{Counts, Metered, Reading, Readings};

use super::exposition::{Exposition, escaped};

/// The end of a counter's name, what it counts, and how to read it.
type Figure = (&'static str, &'static str, fn(&Counts) -> u64);

const FIGURES: [Figure; 4] = [
    ("requests_total", "Requests (Count).", |c| c.requests),
    ("responses_4xx_total", "Answers with a status of 400 to 499 (4xx).", |c| c.client_errors),
    ("responses_5xx_total", "Answers with a status of 500 or more (5xx).", |c| c.server_errors),
    ("data_processed_bytes_total", "Content of requests and answers (DataProcessed).", |c| {
        c.data_processed_bytes
    }),
];

/// Those of stages as `ringgate_api_`, those of routes as `ringgate_route_`: a sum over one kind
/// counts no request twice.
pub(super) fn write(readings: &Readings, out: &mut Exposition) {
    let all = || readings.iter().map(|(of, reading)| (labels(of), of, reading));
    let stages: Vec<_> = all().filter(|(_, of, _)| of.route_key.is_none()).collect();
    let routes: Vec<_> = all().filter(|(_, of, _)| of.route_key.is_some()).collect();
    for (kind, of_kind) in [("api", stages), ("route", routes)] {
        if of_kind.is_empty() {
            continue;
        }
        for (name, help, figure) in FIGURES {
            let name = format!("{kind}_{name}");
            out.family(&name, help);
            for (labels, _, reading) in &of_kind {
                out.sample(&name, labels, figure(&reading.counts));
            }
        }
        for (name, help, times) in HISTOGRAMS {
            let name = format!("{kind}_{name}");
            out.histograms(&name, help);
            for (labels, _, reading) in &of_kind {
                let (times, sum_us) = times(reading);
                out.histogram(&name, labels, times, sum_us);
            }
        }
    }
}

/// The end of a histogram's name, what it is of, and how to read it.
type Times = (&'static str, &'static str, fn(&Reading) -> (&[(u64, u64)], u64));

const HISTOGRAMS: [Times; 2] = [
    (
        "latency_seconds",
        "From the whole head of a request to the end of its answer (Latency).",
        |r| (&r.latency, r.counts.latency_us),
    ),
    (
        "integration_latency_seconds",
        "From the request to the integration to its response head (IntegrationLatency).",
        |r| (&r.integration_latency, r.counts.integration_latency_us),
    ),
];

fn labels(of: &Metered) -> String {
    let labels = format!("api=\"{}\",stage=\"{}\"", escaped(&of.api_id), escaped(&of.stage));
    match &of.route_key {
        Some(key) => format!("{labels},route=\"{}\"", escaped(key)),
        None => labels,
    }
}
