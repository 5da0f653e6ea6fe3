//! From a start, the terms of a pledge and its pauses to the due time.
//!
//! A pause gives back what it took, in the unit of the pledge: hours for hours, and days for days, of which it took those at whose end it
//! stood still. So whoever pauses in time is in time still when the clock runs on: a pause over the end of the last day gives that day
//! back, even if it ends on a Saturday. A pause that began after the due time gives nothing back, because the time had passed already. A pause that
//! still lasts counts as lasting until the cap of all pauses is reached; without a cap nobody knows its end, and it gives back nothing yet.
//!
//! What a pause gives back is counted on from the due time without it, and not from the start again; and working hours are counted as
//! whole days, with a rest. So one reckoning takes as long as going once through the days from its start to its due time and through
//! those of its pauses, where the calendar takes the years that nobody has published yet in whole weeks: well under a millisecond,
//! however much is pledged.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use pathfinder_terms::calendar::{WorkingCalendar, end_of_day, local_date, local_time};
use serde::{Deserialize, Serialize};

use super::Unit;

/// When a working day's hours begin, local time. They end at 17:00.
const OPENS: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).expect("09:00 is a time of day");
const MICROS_PER_HOUR: i64 = 3_600_000_000;
/// The hours from 09:00 to 17:00. The clocks change in the night, so every working day has as many.
const MICROS_PER_WORKING_DAY: i64 = 8 * MICROS_PER_HOUR;

/// A due time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Due {
    /// The last second in which the issue is on time.
    pub time: DateTime<Utc>,
    /// Whether a day beyond the published bank holidays was counted.
    pub beyond_calendar: bool,
}

/// As much of a pledge as its due time depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    /// How many units.
    pub count: u32,
    /// Which units.
    pub unit: Unit,
    /// The most days that all pauses may add up to; 0 for no cap.
    pub pause_cap_days: u32,
}

impl Terms {
    /// The most that all pauses may add up to; none without a cap.
    #[must_use]
    pub(crate) fn pause_cap(self) -> Option<TimeDelta> {
        (self.pause_cap_days > 0).then(|| TimeDelta::days(self.pause_cap_days.into()))
    }

    /// How much time is pledged: days for days, microseconds for hours.
    fn amount(self) -> i64 {
        match self.unit {
            Unit::WorkingDays | Unit::CalendarDays => self.count.into(),
            Unit::WorkingHours | Unit::CalendarHours => i64::from(self.count).saturating_mul(MICROS_PER_HOUR),
        }
    }
}

/// From when to when a clock stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended; none while it lasts.
    pub to: Option<DateTime<Utc>>,
}

/// By when a pledge is due. The pauses are in order and do not overlap.
#[must_use]
pub(crate) fn due(
    start: DateTime<Utc>,
    terms: Terms,
    pauses: impl IntoIterator<Item = Span>,
    calendar: &WorkingCalendar,
) -> Due {
    let cap = terms.pause_cap();
    let mut paused = TimeDelta::zero();
    let mut due = after(start, terms.amount(), terms.unit, calendar);
    for pause in pauses {
        let last = pause.to.or_else(|| cap.map(|_| DateTime::<Utc>::MAX_UTC));
        let Some(to) = last.filter(|_| pause.from <= due.time) else { continue };
        let to = cut(pause.from, to, cap.map(|cap| cap - paused));
        paused += to - pause.from;
        let given_back = amount_between(pause.from, to, terms.unit, calendar);
        let later = after(due.time, given_back, terms.unit, calendar);
        due = Due { beyond_calendar: due.beyond_calendar || later.beyond_calendar, ..later };
    }
    due
}

/// The end of a pause, cut where what is `left` of the cap of all pauses is used up.
fn cut(from: DateTime<Utc>, to: DateTime<Utc>, left: Option<TimeDelta>) -> DateTime<Utc> {
    let to = to.max(from);
    let cap_end = left.and_then(|left| from.checked_add_signed(left.max(TimeDelta::zero())));
    cap_end.map_or(to, |end| to.min(end))
}

/// The due time of `amount` (days for days, microseconds for hours) from an instant on. From a due time on, it is the later due time.
fn after(from: DateTime<Utc>, amount: i64, unit: Unit, calendar: &WorkingCalendar) -> Due {
    let days = || u32::try_from(amount).unwrap_or(u32::MAX);
    match unit {
        Unit::WorkingDays => {
            let reckoned = calendar.add_working_days(local_date(from), days());
            Due { time: end_of_day(reckoned.date), beyond_calendar: reckoned.beyond_calendar }
        }
        Unit::CalendarDays => {
            let date = local_date(from).checked_add_days(Days::new(days().into())).unwrap_or(NaiveDate::MAX);
            Due { time: end_of_day(date), beyond_calendar: false }
        }
        Unit::CalendarHours => {
            let time = from.checked_add_signed(TimeDelta::microseconds(amount)).unwrap_or(DateTime::<Utc>::MAX_UTC);
            Due { time, beyond_calendar: false }
        }
        Unit::WorkingHours => after_working_time(from, amount, calendar),
    }
}

/// What a pause took, in days for days and in microseconds for hours.
fn amount_between(from: DateTime<Utc>, to: DateTime<Utc>, unit: Unit, calendar: &WorkingCalendar) -> i64 {
    match unit {
        Unit::WorkingDays => {
            // The days that ended meanwhile: the first one is among them, the last one is not.
            let [before, last] = [from, to].map(|time| local_date(time).pred_opt().unwrap_or(NaiveDate::MIN));
            calendar.working_days_between(before, last).into()
        }
        Unit::CalendarDays => (local_date(to) - local_date(from)).num_days(),
        Unit::CalendarHours => micros(to - from),
        Unit::WorkingHours => working_time_between(from, to, calendar),
    }
}

/// The instant at which `amount` of working time has passed since `from`: rather the close of one day than the opening of the next.
fn after_working_time(from: DateTime<Utc>, amount: i64, calendar: &WorkingCalendar) -> Due {
    let date = local_date(from);
    let first = calendar.add_working_days(date, u32::from(!calendar.is_working_day(date)));
    let since_opening = worked_on_the_day(from, calendar).saturating_add(amount);
    let whole_days = (since_opening - 1).max(0) / MICROS_PER_WORKING_DAY;
    let last = calendar.add_working_days(first.date, u32::try_from(whole_days).unwrap_or(u32::MAX));
    let rest = TimeDelta::microseconds(since_opening - whole_days * MICROS_PER_WORKING_DAY);
    let time = local_time(last.date, OPENS) + rest;
    Due { time, beyond_calendar: first.beyond_calendar || last.beyond_calendar }
}

/// How much working time lies between two instants.
fn working_time_between(from: DateTime<Utc>, to: DateTime<Utc>, calendar: &WorkingCalendar) -> i64 {
    let (first, last) = (local_date(from), local_date(to));
    let is_worked = |date| i64::from(calendar.is_working_day(date));
    // The first day and those between: not the last, of which only what passed until `to` counts.
    let days = i64::from(calendar.working_days_between(first, last)) + is_worked(first) - is_worked(last);
    days * MICROS_PER_WORKING_DAY + worked_on_the_day(to, calendar) - worked_on_the_day(from, calendar)
}

/// How much of the working hours of its day had passed at an instant.
fn worked_on_the_day(at: DateTime<Utc>, calendar: &WorkingCalendar) -> i64 {
    let date = local_date(at);
    if calendar.is_working_day(date) {
        micros(at - local_time(date, OPENS)).clamp(0, MICROS_PER_WORKING_DAY)
    } else {
        0
    }
}

fn micros(length: TimeDelta) -> i64 {
    length.num_microseconds().unwrap_or(i64::MAX)
}
