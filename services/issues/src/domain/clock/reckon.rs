//! From a start, a pledge and its pauses to the due time.
//!
//! A pause gives back what it took, in the unit of the pledge: working days for working days, hours for hours. A pause that began
//! after the due time gives nothing back, because the time had passed already. A pause that still lasts counts as lasting until
//! the cap of all pauses is reached; without a cap nobody knows its end, and it gives back nothing yet.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use pathfinder_terms::calendar::{Reckoned, WorkingCalendar, end_of_day, local_date, local_time};
use serde::{Deserialize, Serialize};

use super::{Pause, Pledge, Unit};

/// The first and the last second of a working day's hours, 09:00 and 17:00 local time.
const OPENS: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).expect("09:00 is a time of day");
const CLOSES: NaiveTime = NaiveTime::from_hms_opt(17, 0, 0).expect("17:00 is a time of day");
const SECONDS_PER_HOUR: i64 = 3_600;
const SECONDS_PER_DAY: i64 = 86_400;

/// A due time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Due {
    /// The last second in which the issue is on time.
    pub time: DateTime<Utc>,
    /// Whether a day beyond the published bank holidays was counted.
    pub beyond_calendar: bool,
}

/// By when a pledge is due.
pub(super) fn due(start: DateTime<Utc>, pledge: &Pledge, pauses: &[Pause], calendar: &WorkingCalendar) -> Due {
    let mut given_back = 0;
    let mut paused_seconds = 0;
    let mut due = due_after(start, pledge, given_back, calendar);
    for pause in pauses {
        let last = pause.to.or_else(|| (pledge.pause_cap_days > 0).then_some(DateTime::<Utc>::MAX_UTC));
        let Some(to) = last.filter(|_| pause.from <= due.time) else { continue };
        let to = cap(pause.from, to, paused_seconds, pledge.pause_cap_days);
        paused_seconds += (to - pause.from).num_seconds();
        given_back += units_between(pause.from, to, pledge.unit, calendar);
        due = due_after(start, pledge, given_back, calendar);
    }
    due
}

/// The end of a pause, cut where all pauses together reach their cap.
fn cap(from: DateTime<Utc>, to: DateTime<Utc>, used_seconds: i64, cap_days: u32) -> DateTime<Utc> {
    if cap_days == 0 {
        return to.max(from);
    }
    let left = (i64::from(cap_days) * SECONDS_PER_DAY - used_seconds).max(0);
    to.clamp(from, from + TimeDelta::seconds(left))
}

/// The due time of a pledge that is longer by `extra` (days for days, seconds for hours).
fn due_after(start: DateTime<Utc>, pledge: &Pledge, extra: i64, calendar: &WorkingCalendar) -> Due {
    let days = || u32::try_from(i64::from(pledge.count) + extra).unwrap_or(u32::MAX);
    let seconds = i64::from(pledge.count) * SECONDS_PER_HOUR + extra;
    match pledge.unit {
        Unit::WorkingDays => end_of(calendar.add_working_days(local_date(start), days())),
        Unit::CalendarDays => {
            let date = local_date(start).checked_add_days(Days::new(days().into())).unwrap_or(NaiveDate::MAX);
            Due { time: end_of_day(date), beyond_calendar: false }
        }
        Unit::CalendarHours => {
            let time = start.checked_add_signed(TimeDelta::seconds(seconds)).unwrap_or(DateTime::<Utc>::MAX_UTC);
            Due { time, beyond_calendar: false }
        }
        Unit::WorkingHours => add_working_seconds(start, seconds, calendar),
    }
}

fn end_of(reckoned: Reckoned) -> Due {
    Due { time: end_of_day(reckoned.date), beyond_calendar: reckoned.beyond_calendar }
}

/// What a pause took, in days for days and in seconds for hours.
fn units_between(from: DateTime<Utc>, to: DateTime<Utc>, unit: Unit, calendar: &WorkingCalendar) -> i64 {
    match unit {
        Unit::WorkingDays => calendar.working_days_between(local_date(from), local_date(to)).into(),
        Unit::CalendarDays => (local_date(to) - local_date(from)).num_days(),
        Unit::CalendarHours => (to - from).num_seconds(),
        Unit::WorkingHours => working_seconds_between(from, to, calendar),
    }
}

/// The instants between which a day is worked.
fn hours_of(date: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    (local_time(date, OPENS), local_time(date, CLOSES))
}

/// The instant at which `seconds` of working time have passed since `start`.
fn add_working_seconds(start: DateTime<Utc>, seconds: i64, calendar: &WorkingCalendar) -> Due {
    let mut left = TimeDelta::seconds(seconds);
    let mut date = local_date(start);
    if !calendar.is_working_day(date) {
        date = calendar.add_working_days(date, 1).date;
    }
    loop {
        let (opens, closes) = hours_of(date);
        let from = start.max(opens);
        let today = (closes - from).max(TimeDelta::zero());
        let next = calendar.add_working_days(date, 1);
        if left <= today || next.date == date {
            let (_, last_covered) = WorkingCalendar::covers();
            return Due { time: from + left.min(today), beyond_calendar: date > last_covered };
        }
        left -= today;
        date = next.date;
    }
}

/// How much working time lies between two instants.
fn working_seconds_between(from: DateTime<Utc>, to: DateTime<Utc>, calendar: &WorkingCalendar) -> i64 {
    let days = local_date(from).iter_days().take_while(|date| *date <= local_date(to));
    let worked = days.filter(|date| calendar.is_working_day(*date)).map(|date| {
        let (opens, closes) = hours_of(date);
        (to.min(closes) - from.max(opens)).num_seconds().max(0)
    });
    worked.sum()
}
