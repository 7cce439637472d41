use crate::Timestamp;

pub(crate) const SECONDS_PER_DAY: u64 = 86_400;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A time in UTC as people write it, by the Gregorian calendar: what the forms of a time share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// From 1970.
    pub year: u64,
    /// From 1 to 12.
    pub month: u64,
    /// From 1.
    pub day: u64,
    /// To 23.
    pub hour: u64,
    /// To 59.
    pub minute: u64,
    /// To 59: there are no leap seconds in a [`Timestamp`].
    pub second: u64,
}

impl Civil {
    /// `Jan` to `Dec`.
    pub fn month_name(&self) -> &'static str {
        let at = usize::try_from(self.month).ok().and_then(|month| month.checked_sub(1));
        at.and_then(|at| MONTHS.get(at)).copied().unwrap_or_default()
    }

    /// The number of the month with this name: 1 for `Jan`.
    pub fn month_named(name: &str) -> Option<u64> {
        (1..).zip(MONTHS).find_map(|(month, known)| (known == name).then_some(month))
    }

    /// The moment; none if there is no such day or time of day, or not from 1970 to 9999.
    pub fn timestamp(self) -> Option<Timestamp> {
        let Self { year, month, day, hour, minute, second } = self;
        let is_one = (1970..=9999).contains(&year) && (1..=12).contains(&month) && day <= 31;
        if !is_one || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_from_civil(year, month, day);
        let timestamp = Timestamp(days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second);
        // The way back shows whether such a day exists (no 31 February).
        (Self::from(timestamp) == self).then_some(timestamp)
    }
}

impl From<Timestamp> for Civil {
    fn from(timestamp: Timestamp) -> Self {
        let (year, month, day) = civil_from_days(timestamp.0 / SECONDS_PER_DAY);
        let second = timestamp.0 % SECONDS_PER_DAY;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        Self { year, month, day, hour, minute, second }
    }
}

/// Days since the epoch to (year, month, day), by the 400-year cycle of the Gregorian calendar.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let (era, day_of_era) = (z / 146_097, z % 146_097);
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
    let (era, year_of_era) = (year / 400, year % 400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = ((153 * shifted_month + 2) / 5 + day).saturating_sub(1);
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(date: (u64, u64, u64), clock: (u64, u64, u64)) -> Option<Timestamp> {
        let ((year, month, day), (hour, minute, second)) = (date, clock);
        Civil { year, month, day, hour, minute, second }.timestamp()
    }

    #[test]
    fn what_is_no_day_or_time_is_none() {
        assert_eq!(of((1970, 1, 1), (0, 0, 1)), Some(Timestamp(1)));
        assert_eq!(of((2024, 2, 29), (12, 0, 0)), Some(Timestamp(1_709_208_000)));
        let dates = [(1969, 12, 31), (10_000, 1, 1), (2023, 2, 29), (2024, 4, 31), (2024, 1, 0)];
        for date in dates.into_iter().chain([(2024, 0, 1), (2024, 13, 1), (2024, 1, u64::MAX)]) {
            assert_eq!(of(date, (0, 0, 0)), None, "{date:?}");
        }
        for clock in [(24, 0, 0), (0, 60, 0), (0, 0, 60)] {
            assert_eq!(of((2024, 1, 1), clock), None, "{clock:?}");
        }
        assert_eq!(Civil::from(Timestamp(u64::MAX)).timestamp(), None);
    }

    #[test]
    fn months_have_names() {
        for day in 0..365 {
            let civil = Civil::from(Timestamp(day * SECONDS_PER_DAY));
            assert_eq!(Civil::month_named(civil.month_name()), Some(civil.month));
        }
        assert_eq!((Civil::month_named("Dec"), Civil::month_named("dec")), (Some(12), None));
    }
}
