use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Civil;
use crate::civil::SECONDS_PER_DAY;

/// Whole seconds since the Unix epoch, shown as apigatewayv2 shows time: `2024-05-01T12:00:00Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub u64);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second } = Civil::from(*self);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl Timestamp {
    /// The time as a `Date` field shows it (IMF-fixdate, RFC 9110 section 5.6.7).
    pub fn http_date(self) -> String {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        let weekday =
            DAYS.get((self.0 / SECONDS_PER_DAY % 7) as usize).copied().unwrap_or_default();
        let civil = Civil::from(self);
        let month = civil.month_name();
        let Civil { year, day, hour, minute, second, .. } = civil;
        format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

/// The time as the Common Log Format shows it, and `$context.requestTime`:
/// `01/May/2024:12:00:00 +0000`.
#[derive(Clone, Copy, Debug)]
pub struct LogTime(pub Timestamp);

impl fmt::Display for LogTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = Civil::from(self.0);
        let month = civil.month_name();
        let Civil { year, day, hour, minute, second, .. } = civil;
        write!(f, "{day:02}/{month}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000")
    }
}

impl FromStr for Timestamp {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "a time like 2024-05-01T12:00:00Z";
        let number = |range| text.get(range).and_then(|digits: &str| digits.parse().ok());
        let read = || {
            let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
            let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
            Civil { year, month, day, hour, minute, second }.timestamp()
        };
        // The way back shows whether what stands between the numbers is right, and has no sign.
        read().filter(|timestamp: &Self| timestamp.to_string() == text).ok_or(WANTED)
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
        assert_eq!(LogTime(Timestamp(1_583_348_638)).to_string(), "04/Mar/2020:19:03:58 +0000");
        assert_eq!(LogTime(Timestamp(4_102_444_799)).to_string(), "31/Dec/2099:23:59:59 +0000");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2024-05-01",
            "2024-05-01T12:00:00",
            "2024-05-01 12:00:00Z",
            "2024-05-01T12:00:00+",
            "2024-05-01T12:00:00Z ",
            "2024-05-01T12.00.00Z",
            "2024-05-01T12:00:0\u{e9}",
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
