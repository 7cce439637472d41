use ringgate_model::{Civil, Timestamp};

use super::refusal::Refusal;
use super::{CLOCK_SKEW_S_MAX, RequestParts};

/// The moment a request says it was signed.
#[derive(Clone, Debug)]
pub(super) struct SignedAt {
    /// ISO 8601 basic form, as the string to sign holds it: `20150830T123600Z`.
    pub(super) basic: String,
    /// Seconds since the epoch.
    pub(super) seconds: u64,
}

impl SignedAt {
    /// Reads `X-Amz-Date`, or `Date` where that is absent (both forms of either are in use).
    pub(super) fn read(request: &RequestParts<'_>) -> Result<Self, Refusal> {
        for name in ["x-amz-date", "date"] {
            let mut values = request.values(name);
            let Some(value) = values.next() else { continue };
            if values.next().is_some() {
                return Err(Refusal::incomplete(format!("The header '{name}' is there twice.")));
            }
            let text = std::str::from_utf8(value).unwrap_or_default().trim();
            let seconds = parse_basic(text).or_else(|| parse_http_date(text));
            let seconds = seconds.ok_or_else(|| no_date(text))?;
            return Ok(Self { basic: format_basic(seconds), seconds });
        }
        Err(Refusal::incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        ))
    }

    /// Reads `X-Amz-Date` of a query.
    pub(super) fn of(text: &str) -> Result<Self, Refusal> {
        let seconds = parse_basic(text).ok_or_else(|| no_date(text))?;
        Ok(Self { basic: text.to_owned(), seconds })
    }

    /// The day, as a credential scope names it: `20150830`.
    pub(super) fn day(&self) -> &str {
        self.basic.get(..8).unwrap_or_default()
    }

    /// Refuses a time too far from `now_s`, in AWS's words; one that says how long it is good for
    /// is that old at most.
    pub(super) fn check(&self, now_s: u64, expires_s: Option<u64>) -> Result<(), Refusal> {
        let minutes = CLOCK_SKEW_S_MAX / 60;
        let (signed, now) = (&self.basic, format_basic(now_s));
        let age_s = expires_s.unwrap_or(CLOCK_SKEW_S_MAX);
        if self.seconds.saturating_add(age_s) < now_s {
            let bound = format_basic(now_s.saturating_sub(age_s));
            let age = match expires_s {
                Some(seconds) => format!("{seconds} s"),
                None => format!("{minutes} min."),
            };
            return Err(Refusal::invalid(format!(
                "Signature expired: {signed} is now earlier than {bound} ({now} - {age})"
            )));
        }
        if self.seconds > now_s.saturating_add(CLOCK_SKEW_S_MAX) {
            let bound = format_basic(now_s.saturating_add(CLOCK_SKEW_S_MAX));
            return Err(Refusal::invalid(format!(
                "Signature not yet current: {signed} is still later than {bound} \
                 ({now} + {minutes} min.)"
            )));
        }
        Ok(())
    }
}

fn no_date(text: &str) -> Refusal {
    Refusal::incomplete(format!(
        "Date must be in ISO-8601 'basic format'. Got '{text}'. \
         Wanted a time like 20150830T123600Z."
    ))
}

/// Seconds since the epoch in ISO 8601 basic form: `20150830T123600Z`.
pub fn format_basic(seconds: u64) -> String {
    let Civil { year, month, day, hour, minute, second } = Timestamp(seconds).into();
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// `20150830T123600Z`, and nothing else.
fn parse_basic(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    if date.len() != 8 || time.len() != 6 {
        return None;
    }
    let day = (number(date.get(..4)?)?, number(date.get(4..6)?)?, number(date.get(6..)?)?);
    let clock = (number(time.get(..2)?)?, number(time.get(2..4)?)?, number(time.get(4..)?)?);
    seconds_of(day, clock)
}

/// IMF-fixdate (RFC 9110 section 5.6.7), with GMT or, as Python's `email.utils` says it, `-0000`.
fn parse_http_date(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once(", ")?;
    let mut words = rest.split(' ');
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let (clock, zone) = (words.next()?, words.next()?);
    if words.next().is_some() || !matches!(zone, "GMT" | "UTC" | "-0000" | "+0000") {
        return None;
    }
    let month = Civil::month_named(month)?;
    let mut parts = clock.split(':');
    let clock = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
    seconds_of((number(year)?, month, number(day)?), clock)
}

/// Digits only (`parse` alone would take a sign).
fn number(text: &str) -> Option<u64> {
    if text.len() > 4 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// None when it is no such day or time.
fn seconds_of(date: (u64, u64, u64), clock: (u64, u64, u64)) -> Option<u64> {
    let ((year, month, day), (hour, minute, second)) = (date, clock);
    Civil { year, month, day, hour, minute, second }.timestamp().map(|timestamp| timestamp.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_date() {
        assert_eq!(parse_basic("20150830T123600Z"), Some(1_440_938_160));
        assert_eq!(format_basic(1_440_938_160), "20150830T123600Z");
        assert_eq!(parse_http_date("Sun, 30 Aug 2015 12:36:00 GMT"), Some(1_440_938_160));
        assert_eq!(parse_http_date("Sun, 30 Aug 2015 12:36:00 -0000"), Some(1_440_938_160));
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "20150830T123600",
            "2015-08-30T12:36:00Z",
            "20150230T123600Z",
            "20150830T243600Z",
            "20150830T126000Z",
            "+0150830T123600Z",
            "20151330T123600Z",
            "20150800T123600Z",
            "20150830t123600Z",
            "20150830T12360\u{e9}Z",
            "19690830T123600Z",
        ] {
            assert_eq!(parse_basic(text), None, "{text}");
        }
        for text in ["Sun, 30 Aug 2015 12:36:00 CET", "Sun, 31 Feb 2015 12:36:00 GMT", "30 Aug"] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}
