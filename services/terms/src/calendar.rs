//! Working days and local time, as agreements in the United Kingdom count them.
//!
//! Every pledge in days, every notice of a meeting and every due date is reckoned here and nowhere else, so that two services
//! can never disagree about a date. Days are local to Europe/London; weekends and the nation's bank holidays are not worked.
//! The tables end with the last year that GOV.UK has published: an answer that needed a day outside them says so
//! ([`Reckoned::beyond_calendar`]), because a holiday may yet be proclaimed there.
//!
//! To add a year see the table in `holidays`; to add a rule of counting, put it on [`WorkingCalendar`] beside the others, with its vectors.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Europe::London;
use serde::{Deserialize, Serialize};

mod holidays;
mod nation;

pub use nation::{InvalidNation, Nation};

/// The most working days that one count goes through: about four centuries. More is answered as if it were this many, flagged.
pub const MAX_WORKING_DAYS: u32 = 100_000;

/// The days that people work in a week without holidays.
const WORKING_DAYS_A_WEEK: u32 = 5;

/// The last second of a day.
const LAST_SECOND: NaiveTime = NaiveTime::from_hms_opt(23, 59, 59).expect("23:59:59 is a time of day");

/// A reckoned date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reckoned {
    /// The answer.
    pub date: NaiveDate,
    /// Whether a day outside the published calendar was counted, so that a later bank holiday may move the answer.
    pub beyond_calendar: bool,
}

/// Days that differ from the published calendar: a local holiday, a day proclaimed at short notice, a holiday withdrawn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Overrides {
    /// Days on which nobody works, besides the published ones.
    pub closed: BTreeSet<NaiveDate>,
    /// Days that are worked although they are published holidays or weekends.
    pub open: BTreeSet<NaiveDate>,
}

/// The working days of one nation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingCalendar {
    nation: Nation,
    overrides: Overrides,
}

impl WorkingCalendar {
    /// The published calendar of a nation.
    #[must_use]
    pub fn of(nation: Nation) -> Self {
        Self { nation, overrides: Overrides::default() }
    }

    /// The same calendar with days that differ from the published ones. A day in both lists is closed.
    #[must_use]
    pub fn with_overrides(self, overrides: Overrides) -> Self {
        Self { overrides, ..self }
    }

    /// The nation whose bank holidays count.
    #[must_use]
    pub const fn nation(&self) -> Nation {
        self.nation
    }

    /// The first and the last day that the published calendar covers.
    #[must_use]
    pub fn covers() -> (NaiveDate, NaiveDate) {
        let first = NaiveDate::from_ymd_opt(holidays::FIRST_YEAR, 1, 1);
        let last = NaiveDate::from_ymd_opt(holidays::LAST_YEAR, 12, 31);
        (first.unwrap_or(NaiveDate::MIN), last.unwrap_or(NaiveDate::MAX))
    }

    /// Whether people work on this day: neither a weekend nor a bank holiday, unless an override says otherwise.
    #[must_use]
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        if self.overrides.closed.contains(&date) {
            return false;
        }
        if self.overrides.open.contains(&date) {
            return true;
        }
        let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        !weekend && !holidays::is_bank_holiday(self.nation, date.year(), date.month(), date.day())
    }

    /// The `count`-th working day strictly after `start`; `start` itself when `count` is 0.
    #[must_use]
    pub fn add_working_days(&self, start: NaiveDate, count: u32) -> Reckoned {
        let plain_from = self.plain_from();
        self.step(start, count, |date, left| {
            let weeks = if date >= plain_from { (*left - 1) / WORKING_DAYS_A_WEEK } else { 0 };
            *left -= weeks * WORKING_DAYS_A_WEEK;
            date.checked_add_days(Days::new(u64::from(weeks) * 7 + 1))
        })
    }

    /// The `count`-th working day strictly before `date`; `date` itself when `count` is 0.
    #[must_use]
    pub fn working_days_before(&self, date: NaiveDate, count: u32) -> Reckoned {
        self.step(date, count, |date, _| date.pred_opt())
    }

    /// The last working day on which papers can be published for a meeting, so that `clear_days` working days lie between:
    /// neither the day of publication nor the day of the meeting counts.
    #[must_use]
    pub fn last_day_for_clear_days(&self, meeting: NaiveDate, clear_days: u32) -> Reckoned {
        self.working_days_before(meeting, clear_days.saturating_add(1))
    }

    /// How many working days lie strictly after `from`, up to and including `to`; 0 when `to` is not later.
    /// The inverse of [`Self::add_working_days`] for a `to` that is a working day.
    #[must_use]
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> u32 {
        let weeks = u32::try_from((to - self.plain_from().max(from)).num_weeks()).unwrap_or(0);
        let one_by_one = to.checked_sub_days(Days::new(u64::from(weeks) * 7)).unwrap_or(to);
        let days = from.iter_days().skip(1).take_while(|date| *date <= one_by_one);
        let worked = days.filter(|date| self.is_working_day(*date)).count();
        u32::try_from(worked).unwrap_or(u32::MAX).saturating_add(weeks * WORKING_DAYS_A_WEEK)
    }

    /// The last day that may differ from its weekday: every week after it has five working days, so that long counts go by weeks there.
    fn plain_from(&self) -> NaiveDate {
        let (_, last_covered) = Self::covers();
        let overridden = self.overrides.closed.last().max(self.overrides.open.last());
        overridden.map_or(last_covered, |day| last_covered.max(*day))
    }

    /// Counts working days from `start`, in the direction of `next`, which goes on by a day, or by whole weeks and a day where it takes
    /// their working days off what is left to count.
    fn step(&self, start: NaiveDate, count: u32, next: impl Fn(NaiveDate, &mut u32) -> Option<NaiveDate>) -> Reckoned {
        let mut date = start;
        let mut left = count.min(MAX_WORKING_DAYS);
        let mut ran_out = left < count;
        while left > 0 {
            let Some(day) = next(date, &mut left) else {
                ran_out = true;
                break;
            };
            date = day;
            if self.is_working_day(date) {
                left -= 1;
            }
        }
        let (first, last) = Self::covers();
        let inside = (first..=last).contains(&start) && (first..=last).contains(&date);
        Reckoned { date, beyond_calendar: ran_out || !inside }
    }
}

/// The date in Europe/London at an instant.
#[must_use]
pub fn local_date(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&London).date_naive()
}

/// The last second of a local day, 23:59:59 in Europe/London.
#[must_use]
pub fn end_of_day(date: NaiveDate) -> DateTime<Utc> {
    local_time(date, LAST_SECOND)
}

/// The instant of a local time of day in Europe/London. An hour that comes twice in autumn means its first coming; one that
/// the spring leaves out is read as winter time.
#[must_use]
pub fn local_time(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let local = date.and_time(time);
    match London.from_local_datetime(&local).earliest() {
        Some(instant) => instant.with_timezone(&Utc),
        None => local.and_utc(),
    }
}

#[cfg(test)]
mod tests;
