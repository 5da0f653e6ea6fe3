//! Notice of a meeting: the papers are out so many clear working days before it, counting neither the day of publication nor
//! the day of the meeting.

use chrono::NaiveDate;
use pathfinder_terms::calendar::{Reckoned, WorkingCalendar};
use serde::{Deserialize, Serialize};

use super::Refusal;

/// What notice a meeting has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Clear working days asked for.
    pub clear_days: u32,
    /// The last local date on which publishing gives them.
    pub date: NaiveDate,
    /// Whether days outside the published calendar were counted.
    pub beyond_calendar: bool,
}

impl Notice {
    /// The notice that a meeting on a local date has to have.
    #[must_use]
    pub fn of(calendar: &WorkingCalendar, meeting_date: NaiveDate, clear_days: u32) -> Self {
        let Reckoned { date, beyond_calendar } = calendar.last_day_for_clear_days(meeting_date, clear_days);
        Self { clear_days, date, beyond_calendar }
    }

    /// Whether publishing today is late; then an urgent reason is needed.
    pub fn is_late(&self, today: NaiveDate, urgent_reason: &str) -> Result<bool, Refusal> {
        let late = today > self.date;
        if late && urgent_reason.trim().is_empty() {
            return Err(Refusal::NoticeTooShort { notice_date: self.date, clear_days: self.clear_days });
        }
        Ok(late)
    }
}

#[cfg(test)]
mod tests {
    use pathfinder_terms::Nation;

    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("a date of the test")
    }

    fn notice(meeting: NaiveDate) -> Notice {
        Notice::of(&WorkingCalendar::of(Nation::EnglandAndWales), meeting, 5)
    }

    #[test]
    fn the_vectors_of_the_domain_document() {
        assert_eq!(notice(day(2009, 11, 11)).date, day(2009, 11, 3));
        assert_eq!(notice(day(2010, 1, 6)).date, day(2009, 12, 24));
    }

    #[test]
    fn on_the_notice_date_it_is_in_time_and_the_day_after_it_is_late() {
        let notice = notice(day(2009, 11, 11));
        assert_eq!(notice.is_late(day(2009, 11, 3), ""), Ok(false));
        assert_eq!(
            notice.is_late(day(2009, 11, 4), " "),
            Err(Refusal::NoticeTooShort { notice_date: day(2009, 11, 3), clear_days: 5 })
        );
        assert_eq!(notice.is_late(day(2009, 11, 4), "Flooding on Station Road"), Ok(true));
    }
}
