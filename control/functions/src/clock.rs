//! Times as Lambda shows them.

use std::time::{SystemTime, UNIX_EPOCH};

use ringgate_model::{Civil, Timestamp};

/// Milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(0)
}

/// `LastModified`: `2024-05-01T12:00:00.123+0000`
pub(crate) fn last_modified(ms: u64) -> String {
    format!("{}+0000", to_the_ms(ms))
}

/// The time in log lines: `2024-05-01T12:00:00.123Z`
pub(crate) fn log_time(ms: u64) -> String {
    format!("{}Z", to_the_ms(ms))
}

/// The day as it stands in the name of a log stream: `2024/05/01`
pub(crate) fn day(ms: u64) -> String {
    let Civil { year, month, day, .. } = Civil::from(Timestamp(ms / 1000));
    format!("{year:04}/{month:02}/{day:02}")
}

fn to_the_ms(ms: u64) -> String {
    let whole = Timestamp(ms / 1000).to_string();
    format!("{}.{:03}", whole.trim_end_matches('Z'), ms % 1000)
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_are_shown_to_the_millisecond() {
        assert_eq!(super::last_modified(1_714_564_800_007), "2024-05-01T12:00:00.007+0000");
        assert_eq!(super::log_time(1_714_564_800_123), "2024-05-01T12:00:00.123Z");
        assert_eq!(super::day(1_714_564_800_123), "2024/05/01");
    }
}
