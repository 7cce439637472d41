use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use ringgate_settings::ClientArgs;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::arguments::Output;
use crate::client::Client;
use crate::commands::{cell, named};
use crate::failure::Failure;
use crate::say::try_say;
use crate::table;

/// How often, and how many times.
pub(crate) struct Looks {
    /// Seconds from one look to the next.
    pub(crate) interval: u32,
    /// 0: without end.
    pub(crate) count: u32,
}

/// What a stage or a route has done, as the control process tells it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meter {
    api_id: String,
    stage: String,
    route_key: Option<String>,
    requests: u64,
    client_errors: u64,
    server_errors: u64,
    data_processed_bytes: u64,
    latency_us: Vec<(u64, u64)>,
    integration_latency_us: Vec<(u64, u64)>,
}

pub(crate) async fn top(
    api: Option<&str>,
    looks: &Looks,
    settings: &ClientArgs,
    output: Output,
) -> Result<(), Failure> {
    let client = Client::new(settings);
    let interval = Duration::from_secs(looks.interval.into());
    let (mut before, mut at) = (meters(&client).await?, Instant::now());
    for look in 1.. {
        tokio::time::sleep(interval).await;
        let names = names(&client, api).await?;
        let (now, then) = (meters(&client).await?, std::mem::replace(&mut at, Instant::now()));
        let seconds = at.duration_since(then).as_secs_f64();
        let mut seen: Vec<_> = now
            .iter()
            .filter(|(key, _)| names.contains_key(&key.0))
            .map(|(key, meter)| meter.since(before.get(key)))
            .collect();
        seen.sort_by(|a, b| b.requests.cmp(&a.requests));
        let shown = match output {
            Output::Json => {
                let meters: Vec<Value> = seen.iter().map(|meter| meter.json(seconds)).collect();
                json!({ "seconds": seconds, "meters": meters }).to_string()
            }
            Output::Table => lines(&seen, &names, seconds),
        };
        // A reader that went away has seen enough.
        if try_say(shown).is_err() || look == looks.count {
            break;
        }
        before = now;
    }
    Ok(())
}

type Key = (String, String, Option<String>);

async fn meters(client: &Client) -> Result<BTreeMap<Key, Meter>, Failure> {
    let mut answer = client.get("/ringgate/v1/meters").await?.body;
    let meters = answer.get_mut("meters").map(Value::take).unwrap_or_default();
    let meters: Vec<Meter> = serde_json::from_value(meters)
        .map_err(|error| Failure::new(format!("the control process told no meters: {error}")))?;
    let keyed = meters.into_iter().map(|meter| {
        let key = (meter.api_id.clone(), meter.stage.clone(), meter.route_key.clone());
        (key, meter)
    });
    Ok(keyed.collect())
}

/// The names of the APIs that are wanted, by their ids.
async fn names(client: &Client, api: Option<&str>) -> Result<BTreeMap<String, String>, Failure> {
    let apis = named(client, api).await?;
    Ok(apis.iter().map(|api| (cell(api, "apiId"), cell(api, "name"))).collect())
}

fn lines(seen: &[Meter], names: &BTreeMap<String, String>, seconds: f64) -> String {
    // Home, and what was there before away (ECMA-48: CUP, ED).
    let clear = if std::io::stdout().is_terminal() { "\x1b[H\x1b[2J" } else { "" };
    let rows: Vec<Vec<String>> = seen
        .iter()
        .map(|meter| {
            let per_second = |n: u64| format!("{:.1}", n as f64 / seconds);
            vec![
                meter.api_id.clone(),
                names.get(&meter.api_id).cloned().unwrap_or_default(),
                meter.stage.clone(),
                meter.route_key.clone().unwrap_or_default(),
                per_second(meter.requests),
                per_second(meter.client_errors),
                per_second(meter.server_errors),
                ms(quantile(&meter.latency_us, 0.5)),
                ms(quantile(&meter.latency_us, 0.99)),
                ms(quantile(&meter.integration_latency_us, 0.99)),
                format!("{:.1}", meter.data_processed_bytes as f64 / 1024.0 / seconds),
            ]
        })
        .collect();
    let headings = [
        "API",
        "NAME",
        "STAGE",
        "ROUTE",
        "REQ/S",
        "4XX/S",
        "5XX/S",
        "P50 MS",
        "P99 MS",
        "BACKEND P99 MS",
        "KIB/S",
    ];
    format!("{clear}{}", table::lines(&headings, &rows))
}

impl Meter {
    /// What happened since `before`; everything where there was no such meter, or where another
    /// process counts now.
    fn since(&self, before: Option<&Self>) -> Self {
        let Some(before) = before.filter(|before| before.requests <= self.requests) else {
            return self.clone();
        };
        let less = |now: u64, then: u64| now.saturating_sub(then);
        Self {
            requests: less(self.requests, before.requests),
            client_errors: less(self.client_errors, before.client_errors),
            server_errors: less(self.server_errors, before.server_errors),
            data_processed_bytes: less(self.data_processed_bytes, before.data_processed_bytes),
            latency_us: newer(&self.latency_us, &before.latency_us),
            integration_latency_us: newer(
                &self.integration_latency_us,
                &before.integration_latency_us,
            ),
            ..self.clone()
        }
    }

    fn json(&self, seconds: f64) -> Value {
        json!({
            "apiId": self.api_id,
            "stage": self.stage,
            "routeKey": self.route_key,
            "requestsPerSecond": self.requests as f64 / seconds,
            "requests": self.requests,
            "clientErrors": self.client_errors,
            "serverErrors": self.server_errors,
            "dataProcessedBytes": self.data_processed_bytes,
            "latencyP50Us": quantile(&self.latency_us, 0.5),
            "latencyP99Us": quantile(&self.latency_us, 0.99),
            "integrationLatencyP99Us": quantile(&self.integration_latency_us, 0.99),
        })
    }
}

/// The counts of `now` less those of `then`, both in ascending order of their times.
fn newer(now: &[(u64, u64)], then: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let then: BTreeMap<u64, u64> = then.iter().copied().collect();
    let less = |&(us, count): &(u64, u64)| {
        (us, count.saturating_sub(then.get(&us).copied().unwrap_or_default()))
    };
    now.iter().map(less).filter(|(_, count)| *count > 0).collect()
}

/// The time within which this share of all was done; none where nothing was.
fn quantile(times: &[(u64, u64)], share: f64) -> Option<u64> {
    let all: u64 = times.iter().map(|(_, count)| count).sum();
    let wanted = (all as f64 * share).ceil() as u64;
    let mut seen = 0;
    let reached = times.iter().find(|(_, count)| {
        seen += count;
        seen >= wanted
    });
    reached.map(|(us, _)| *us)
}

fn ms(us: Option<u64>) -> String {
    us.map(|us| format!("{:.1}", us as f64 / 1000.0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_has_its_own_quantiles() {
        let before = Meter { requests: 3, latency_us: vec![(10, 2), (50, 1)], ..Meter::default() };
        let times = vec![(10, 2), (20, 98), (50, 2), (9_000, 1)];
        let now = Meter { requests: 103, latency_us: times, ..Meter::default() };
        let since = now.since(Some(&before));
        assert_eq!(since.requests, 100);
        assert_eq!(since.latency_us, [(20, 98), (50, 1), (9_000, 1)]);
        assert_eq!(quantile(&since.latency_us, 0.5), Some(20));
        assert_eq!(quantile(&since.latency_us, 0.99), Some(50));
        assert_eq!(quantile(&since.latency_us, 1.0), Some(9_000));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn a_process_that_began_anew_is_no_negative_rate() {
        let before = Meter { requests: 1000, ..Meter::default() };
        let now = Meter { requests: 7, ..Meter::default() };
        assert_eq!(now.since(Some(&before)).requests, 7);
    }
}
