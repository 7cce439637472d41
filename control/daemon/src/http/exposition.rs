use std::fmt::Write;

/// Upper bounds of the buckets of a latency, in microseconds and as Prometheus shows them.
const BOUNDS: [(u64, &str); 15] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (2_500_000, "2.5"),
    (5_000_000, "5"),
    (10_000_000, "10"),
    (30_000_000, "30"),
];

/// Prometheus' text format, version 0.0.4. Writing to a String cannot fail.
#[derive(Debug, Default)]
pub(super) struct Exposition(String);

impl Exposition {
    /// What was written.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// A counter, where the name ends in `_total` as the house rules of Prometheus say, or a gauge;
    /// one sample of it.
    pub(super) fn one(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, help);
        let _ = writeln!(self.0, "ringgate_{name} {value}");
    }

    /// What the samples that follow are.
    pub(super) fn family(&mut self, name: &str, help: &str) {
        let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
        self.typed(name, help, kind);
    }

    pub(super) fn sample(&mut self, name: &str, labels: &str, value: u64) {
        let _ = writeln!(self.0, "ringgate_{name}{{{labels}}} {value}");
    }

    /// The samples that follow are histograms.
    pub(super) fn histograms(&mut self, name: &str, help: &str) {
        self.typed(name, help, "histogram");
    }

    /// One histogram in seconds, of how many things took so many microseconds, in ascending order,
    /// and of the sum of all.
    pub(super) fn histogram(
        &mut self,
        name: &str,
        labels: &str,
        times: &[(u64, u64)],
        sum_us: u64,
    ) {
        let (mut seen, mut times) = (0u64, times.iter().peekable());
        for (bound_us, bound) in BOUNDS {
            while let Some((_, count)) = times.next_if(|(us, _)| *us <= bound_us) {
                seen = seen.saturating_add(*count);
            }
            self.sample(&format!("{name}_bucket"), &format!("{labels},le=\"{bound}\""), seen);
        }
        let all = times.fold(seen, |all, (_, count)| all.saturating_add(*count));
        self.sample(&format!("{name}_bucket"), &format!("{labels},le=\"+Inf\""), all);
        let (s, us) = (sum_us / 1_000_000, sum_us % 1_000_000);
        let _ = writeln!(self.0, "ringgate_{name}_sum{{{labels}}} {s}.{us:06}");
        self.sample(&format!("{name}_count"), labels, all);
    }

    fn typed(&mut self, name: &str, help: &str, kind: &str) {
        let _ = writeln!(self.0, "# HELP ringgate_{name} {help}");
        let _ = writeln!(self.0, "# TYPE ringgate_{name} {kind}");
    }
}

/// A label's value, as it may stand between quotes.
pub(super) fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_counts_up() {
        let mut out = Exposition::default();
        out.histogram("x", "a=\"b\"", &[(400, 2), (501, 1), (31_000_000, 4)], 125_000_501);
        let text = out.into_text();
        let has = |line: &str| assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        has("ringgate_x_bucket{a=\"b\",le=\"0.0005\"} 2");
        has("ringgate_x_bucket{a=\"b\",le=\"0.001\"} 3");
        has("ringgate_x_bucket{a=\"b\",le=\"30\"} 3");
        has("ringgate_x_bucket{a=\"b\",le=\"+Inf\"} 7");
        has("ringgate_x_sum{a=\"b\"} 125.000501");
        has("ringgate_x_count{a=\"b\"} 7");
    }

    #[test]
    fn labels_cannot_end_their_quotes() {
        assert_eq!(escaped("GET /\"\\\n"), "GET /\\\"\\\\\\n");
    }
}
