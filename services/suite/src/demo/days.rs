//! The days of the demonstration, all counted from the moment its partnership was founded.
//!
//! A load that was interrupted goes on by asking for the very same things again; so nothing may depend on when it goes on.

use chrono::{DateTime, Days as Span, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use pathfinder_kit::wire;
use pathfinder_terms::calendar::{local_date, local_time};
use prost_types::Timestamp;

/// Counts days and hours from the founding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    founding: DateTime<Utc>,
}

impl Days {
    /// Days from this moment on.
    pub(super) const fn from(founding: DateTime<Utc>) -> Self {
        Self { founding }
    }

    /// The local date so many days after the founding, before it when negative, as the contracts write dates.
    pub(super) fn date(self, offset: i64) -> String {
        self.day(offset).to_string()
    }

    /// The first day after so many months from a day, less one: the last day of that period.
    pub(super) fn period_end(self, start: i64, months: u32) -> String {
        let end =
            self.day(start).checked_add_months(Months::new(months)).and_then(|day| day.checked_sub_days(Span::new(1)));
        end.unwrap_or(NaiveDate::MAX).to_string()
    }

    /// A local time of the day so many days after the founding.
    pub(super) fn at(self, offset: i64, time: NaiveTime) -> Timestamp {
        wire::timestamp(local_time(self.day(offset), time))
    }

    /// So many hours before the founding.
    pub(super) fn hours_ago(self, hours: i64) -> Timestamp {
        wire::timestamp(self.founding - TimeDelta::hours(hours))
    }

    fn day(self, offset: i64) -> NaiveDate {
        local_date(self.founding + TimeDelta::days(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days() -> Days {
        Days::from("2026-03-02T10:00:00Z".parse().expect("an instant"))
    }

    #[test]
    fn days_count_from_the_founding() {
        assert_eq!(days().date(0), "2026-03-02");
        assert_eq!(days().date(-2), "2026-02-28");
        assert_eq!(days().date(30), "2026-04-01");
    }

    #[test]
    fn a_period_ends_the_day_before_the_next_begins() {
        assert_eq!(days().period_end(0, 1), "2026-04-01");
        assert_eq!(days().period_end(-60, 3), "2026-03-31");
    }

    #[test]
    fn times_are_local() {
        let half_past_six = NaiveTime::from_hms_opt(18, 30, 0).expect("a time");
        assert_eq!(days().at(60, half_past_six).seconds, 1_777_656_600, "1 May 2026, 17:30 UTC in summer");
        assert_eq!(days().hours_ago(1).seconds, 1_772_442_000);
    }
}
