use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Whole seconds since the Unix epoch, shown as apigatewayv2 shows time: `2024-05-01T12:00:00Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub u64);

const SECONDS_PER_DAY: u64 = 86_400;

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0 / SECONDS_PER_DAY);
        let s = self.0 % SECONDS_PER_DAY;
        write!(f, "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", s / 3600, s / 60 % 60, s % 60)
    }
}

impl Timestamp {
    /// The time as a `Date` field shows it (IMF-fixdate, RFC 9110 section 5.6.7).
    pub fn http_date(self) -> String {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        let days = self.0 / SECONDS_PER_DAY;
        let (year, month, day) = civil_from_days(days);
        let s = self.0 % SECONDS_PER_DAY;
        let weekday = DAYS.get((days % 7) as usize).copied().unwrap_or_default();
        let month = month_name(month);
        format!(
            "{weekday}, {day:02} {month} {year:04} {:02}:{:02}:{:02} GMT",
            s / 3600,
            s / 60 % 60,
            s % 60
        )
    }
}

/// The time as the Common Log Format shows it, and `$context.requestTime`:
/// `01/May/2024:12:00:00 +0000`.
#[derive(Clone, Copy, Debug)]
pub struct LogTime(pub Timestamp);

impl fmt::Display for LogTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.0;
        let (year, month, day) = civil_from_days(seconds / SECONDS_PER_DAY);
        let s = seconds % SECONDS_PER_DAY;
        let (month, hour, minute) = (month_name(month), s / 3600, s / 60 % 60);
        write!(f, "{day:02}/{month}/{year:04}:{hour:02}:{minute:02}:{:02} +0000", s % 60)
    }
}

fn month_name(month: u64) -> &'static str {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    MONTHS.get((month as usize).saturating_sub(1)).copied().unwrap_or_default()
}

impl FromStr for Timestamp {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "a time like 2024-05-01T12:00:00Z";
        let number =
            |range| text.get(range).and_then(|t: &str| t.parse::<u64>().ok()).ok_or(WANTED);
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
        if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(WANTED);
        }
        let days = days_from_civil(year, month, day);
        let time = Self(days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second);
        // Other separators, signs, an hour 24 or a February 30 do not come back as they went in.
        if time.to_string() == text { Ok(time) } else { Err(WANTED) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Days since the epoch to (year, month, day), by the 400-year cycle of the Gregorian calendar.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let year = year - u64::from(month <= 2);
    let era = year / 400;
    let year_of_era = year % 400;
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_days() {
        assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(Timestamp(1_709_208_000).to_string(), "2024-02-29T12:00:00Z");
        assert_eq!(Timestamp(4_102_444_799).to_string(), "2099-12-31T23:59:59Z");
        assert_eq!(LogTime(Timestamp(1_709_208_000)).to_string(), "29/Feb/2024:12:00:00 +0000");
        assert_eq!(LogTime(Timestamp(4_102_444_799)).to_string(), "31/Dec/2099:23:59:59 +0000");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2024-05-01",
            "2024-05-01 12:00:00Z",
            "2024-05-01T12:00:00+",
            "2024-05-01T12:00:00Z ",
            "2024-05-01T12:00:0é",
            "2024/05/01T12:00:00Z",
            "2024-+5-01T12:00:00Z",
            "2024-02-30T12:00:00Z",
            "2024-05-00T12:00:00Z",
            "2024-05-01T12:60:00Z",
            "2024-05-01T12:00:61Z",
            "2024-05-01T24:00:00Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_example_of_rfc_9110() {
        assert_eq!(Timestamp(784_111_777).http_date(), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    proptest! {
        #[test]
        fn text_and_back(seconds in 0u64..253_402_300_799) {
            prop_assert_eq!(Timestamp(seconds).to_string().parse(), Ok(Timestamp(seconds)));
        }
    }
}
