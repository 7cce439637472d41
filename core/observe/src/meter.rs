use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Digits that a latency is exact to: within a hundredth.
const DIGITS: u8 = 2;

/// What one worker has seen of a stage's or a route's requests: AWS's metrics of HTTP APIs (AWS:
/// "Work with metrics for HTTP APIs").
#[derive(Clone, Debug)]
pub struct Meter {
    counts: Counts,
    /// There always is one: `None` stands for what two digits cannot fail with.
    latency: Option<Histogram<u64>>,
    integration_latency: Option<Histogram<u64>>,
}

/// One request, for a meter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// Of the answer; 0 where the client was gone before there was any.
    pub status: u16,
    /// From the whole head to the end of the answer, microseconds.
    pub latency_us: u64,
    /// From the upstream request to its response head, microseconds.
    pub integration_latency_us: Option<u64>,
    /// Content bytes of the request and of the answer.
    pub data_processed_bytes: u64,
}

/// What is summed up. Totals since the process began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// `Count`: requests.
    pub requests: u64,
    /// `4xx`: answers with a status of 400 to 499.
    pub client_errors: u64,
    /// `5xx`: answers with a status of 500 or more.
    pub server_errors: u64,
    /// `DataProcessed`, in bytes.
    pub data_processed_bytes: u64,
    /// The sum of all `Latency`, in microseconds.
    pub latency_us: u64,
    /// The sum of all `IntegrationLatency`, in microseconds.
    pub integration_latency_us: u64,
}

/// What a meter says, or several together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The sums.
    pub counts: Counts,
    /// `Latency`: how many requests took so many microseconds, in ascending order.
    pub latency: Vec<(u64, u64)>,
    /// `IntegrationLatency`, likewise.
    pub integration_latency: Vec<(u64, u64)>,
}

impl Meter {
    /// One that has seen nothing.
    pub fn new() -> Self {
        let histogram = || Histogram::new(DIGITS).ok();
        Self { counts: Counts::default(), latency: histogram(), integration_latency: histogram() }
    }

    /// Adds a request.
    pub fn record(&mut self, sample: &Sample) {
        let counts = &mut self.counts;
        counts.requests += 1;
        match sample.status {
            400..=499 => counts.client_errors += 1,
            500.. => counts.server_errors += 1,
            _ => {}
        }
        let add = |to: &mut u64, n: u64| *to = to.saturating_add(n);
        add(&mut counts.data_processed_bytes, sample.data_processed_bytes);
        add(&mut counts.latency_us, sample.latency_us);
        record(&mut self.latency, sample.latency_us);
        if let Some(latency_us) = sample.integration_latency_us {
            add(&mut counts.integration_latency_us, latency_us);
            record(&mut self.integration_latency, latency_us);
        }
    }

    /// What it says now.
    pub fn reading(&self) -> Reading {
        let pairs = |histogram: &Option<Histogram<u64>>| {
            let values = histogram.iter().flat_map(Histogram::iter_recorded);
            values.map(|it| (it.value_iterated_to(), it.count_at_value())).collect()
        };
        Reading {
            counts: self.counts,
            latency: pairs(&self.latency),
            integration_latency: pairs(&self.integration_latency),
        }
    }
}

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

impl Reading {
    /// Adds what another worker, or another process, has seen.
    pub fn add(&mut self, other: &Self) {
        let (ours, theirs) = (&mut self.counts, &other.counts);
        for (to, n) in [
            (&mut ours.requests, theirs.requests),
            (&mut ours.client_errors, theirs.client_errors),
            (&mut ours.server_errors, theirs.server_errors),
            (&mut ours.data_processed_bytes, theirs.data_processed_bytes),
            (&mut ours.latency_us, theirs.latency_us),
            (&mut ours.integration_latency_us, theirs.integration_latency_us),
        ] {
            *to = to.saturating_add(n);
        }
        self.latency = merged(&self.latency, &other.latency);
        self.integration_latency = merged(&self.integration_latency, &other.integration_latency);
    }
}

fn record(histogram: &mut Option<Histogram<u64>>, value: u64) {
    // One that grows by itself takes every number.
    let _ = histogram.as_mut().map(|histogram| histogram.record(value));
}

/// Both lists as one, in ascending order.
fn merged(one: &[(u64, u64)], other: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut all: Vec<_> = one.iter().chain(other).copied().collect();
    all.sort_unstable();
    all.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = kept.1.saturating_add(next.1);
        }
        same
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(latencies_us: &[u64]) -> Meter {
        let mut meter = Meter::new();
        for &latency_us in latencies_us {
            meter.record(&Sample {
                status: 200,
                latency_us,
                integration_latency_us: latency_us.checked_sub(10),
                data_processed_bytes: 7,
            });
        }
        meter
    }

    #[test]
    fn a_meter_counts_and_sums() {
        let mut meter = meter(&[5, 20, 20]);
        for status in [404, 500, 503, 0] {
            meter.record(&Sample { status, ..Sample::default() });
        }
        let reading = meter.reading();
        assert_eq!(
            reading.counts,
            Counts {
                requests: 7,
                client_errors: 1,
                server_errors: 2,
                data_processed_bytes: 21,
                latency_us: 45,
                integration_latency_us: 20,
            }
        );
        assert_eq!(reading.latency, [(0, 4), (5, 1), (20, 2)]);
        assert_eq!(reading.integration_latency, [(10, 2)]);
    }

    #[test]
    fn two_readings_are_as_one_meter() {
        let (one, other) = ([1, 90, 100_000, 3], [3, 100_000, 7_777_777]);
        let mut sum = meter(&one).reading();
        sum.add(&meter(&other).reading());
        assert_eq!(sum, meter(&[one.as_slice(), &other].concat()).reading());
    }

    #[test]
    fn a_latency_is_exact_to_a_hundredth() {
        for latency_us in [1, 127, 999, 54_321, 3_600_000_000] {
            let (said, _) = meter(&[latency_us]).reading().latency[0];
            assert!(said.abs_diff(latency_us) <= latency_us / 100, "{latency_us}: {said}");
        }
    }
}
