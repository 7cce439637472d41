//! The lines that AWS writes into the log of a function.

use std::time::Duration;

use crate::function::Version;

/// What is told at the end of an invocation.
pub(super) struct Report<'r> {
    pub(super) id: &'r str,
    pub(super) duration: Duration,
    pub(super) memory_kb: u64,
    pub(super) init: Option<Duration>,
    pub(super) error: Option<String>,
}

impl Report<'_> {
    pub(super) fn line(&self, version: &Version) -> String {
        let Self { id, duration, memory_kb, init, error } = self;
        let duration_ms = ms(*duration);
        let billed_ms = duration_ms.ceil().max(1.0);
        let used_mb = memory_kb.div_ceil(1024);
        let mut line = format!(
            "REPORT RequestId: {id}\tDuration: {duration_ms:.2} ms\tBilled Duration: \
             {billed_ms:.0} ms\tMemory Size: {} MB\tMax Memory Used: {used_mb} MB\t",
            version.memory_mb
        );
        if let Some(init) = init {
            line.push_str(&format!("Init Duration: {:.2} ms\t", ms(*init)));
        }
        if let Some(kind) = error {
            line.push_str(&format!("Status: error\tError Type: {kind}"));
        }
        line
    }
}

/// `Task timed out after 3.00 seconds`
pub(super) fn timed_out(after: Duration) -> String {
    format!("Task timed out after {:.2} seconds", after.as_secs_f64())
}

/// Of a start that failed.
pub(super) fn init(duration: Duration, kind: &str) -> String {
    let ms = ms(duration);
    format!("INIT_REPORT Init Duration: {ms:.2} ms\tPhase: init\tStatus: error\tError Type: {kind}")
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_as_that_of_aws() {
        let version = crate::store::tests::function("f").latest;
        let (duration, init) = (Duration::from_micros(1234), Some(Duration::from_millis(90)));
        let report = Report { id: "i", duration, memory_kb: 2049, init, error: None };
        assert_eq!(
            report.line(&version),
            "REPORT RequestId: i\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t\
             Max Memory Used: 3 MB\tInit Duration: 90.00 ms\t"
        );
        assert_eq!(timed_out(Duration::from_secs(3)), "Task timed out after 3.00 seconds");
    }
}
