use ringgate_model::{Civil, Timestamp};

const MS_PER_S: i64 = 1000;
const MINUTE_S: i64 = 60;

/// Milliseconds since the epoch.
pub(super) fn from_seconds(seconds: u64) -> Option<i64> {
    i64::try_from(seconds).ok()?.checked_mul(MS_PER_S)
}

/// Reads a time from 1970 to 9999 in one of the forms of ISO 8601 that W3C's note "Date and Time
/// Formats" has (four digits are a year), or in seconds since 1970. Gives milliseconds.
pub(super) fn read(text: &str) -> Option<i64> {
    if text.len() != 4 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return from_seconds(text.parse().ok()?);
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let (month, day) = (parts.next(), parts.next());
    if parts.next().is_some() || (time.is_some() && day.is_none()) {
        return None;
    }
    let month = month.map_or(Some(1), |month| digits(month, 2))?;
    let day = day.map_or(Some(1), |day| digits(day, 2))?;
    let midnight = Civil { year, month, day, hour: 0, minute: 0, second: 0 };
    time.map_or_else(|| ms(midnight), |time| with_time(midnight, time))
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s`, then `Z`, `+hh:mm` or `-hh:mm`.
fn with_time(day: Civil, text: &str) -> Option<i64> {
    let (clock, offset_s) = match text.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => {
            let at = text.rfind(['+', '-'])?;
            let (clock, zone) = text.split_at_checked(at)?;
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
            let seconds = i64::try_from(hours * 60 + minutes).ok()? * MINUTE_S;
            let is_one = hours < 24 && minutes < 60;
            (clock, is_one.then_some(if zone.starts_with('-') { -seconds } else { seconds })?)
        }
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (second, fraction) = match parts.next() {
        None => ("00", None),
        Some(seconds) => match seconds.split_once('.') {
            Some((seconds, fraction)) => (seconds, Some(fraction)),
            None => (seconds, None),
        },
    };
    if parts.next().is_some() {
        return None;
    }
    let fraction_ms = fraction.map_or(Some(0), milliseconds)?;
    let time = ms(Civil { hour, minute, second: digits(second, 2)?, ..day })?;
    time.checked_add(fraction_ms)?.checked_sub(offset_s * MS_PER_S)
}

fn ms(civil: Civil) -> Option<i64> {
    let Timestamp(seconds) = civil.timestamp()?;
    from_seconds(seconds)
}

/// The first three digits of a fraction.
fn milliseconds(fraction: &str) -> Option<i64> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<3}").get(..3)?.parse().ok()
}

/// Exactly so many digits.
fn digits(text: &str, count: usize) -> Option<u64> {
    let is_one = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_one { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_note() {
        const DAY_MS: i64 = 86_400_000;
        for (text, wanted) in [
            ("1970", 0),
            ("1971", 365 * DAY_MS),
            ("1970-02", 31 * DAY_MS),
            ("1970-01-03", 2 * DAY_MS),
            ("1970-01-01T00:01Z", 60_000),
            ("1970-01-01T00:01:02Z", 62_000),
            ("1970-01-01T00:01:02.5Z", 62_500),
            ("1970-01-01T00:01:02.1239Z", 62_123),
            ("1970-01-01T01:00+01:00", 0),
            ("1970-01-01T00:00:00-01:30", 5_400_000),
            ("1970-01-01T00:00:00+01:00", -3_600_000),
            ("2020-01-01T00:00:01Z", 1_577_836_801_000),
            ("1577836801", 1_577_836_801_000),
            ("0", 0),
        ] {
            assert_eq!(read(text), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "-",
            "now",
            "-5",
            "1969",
            "70",
            "1970-1",
            "1970-01-1",
            "1970-02-30",
            "1970-01-01-01",
            "1970-01T00:00Z",
            "1970-01-01T00Z",
            "1970-01-01T00:00",
            "1970-01-01T00:00:00",
            "1970-01-01T24:00Z",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00.aZ",
            "1970-01-01T00:00:00:00Z",
            "1970-01-01T00:00+1:00",
            "1970-01-01T00:00+24:00",
            "1970-01-01T00:00+00:60",
            "1970-01-01T00:00é",
            "99999999999999999999",
            "9223372036854775807",
            "2024-*",
        ] {
            // Two digits are seconds.
            assert_eq!(read(text).filter(|_| text != "70"), None, "{text}");
        }
    }
}
