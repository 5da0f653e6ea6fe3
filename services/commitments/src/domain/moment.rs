//! The moment at which a rule is asked: the time, the working days, and the numbers of this service's rules.

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_terms::calendar::{WorkingCalendar, local_date};
use serde::{Deserialize, Serialize};

/// The numbers of this service's rules; they cannot be set yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rules {
    /// How many days a report or milestone may be overdue and still count as amber; more is red. 30.
    pub(crate) amber_days: i64,
    /// How many working days past its due date a report counts as late. 5.
    pub(crate) late_working_days: u32,
    /// How far, as a share of the way from baseline to target, a value may lie behind the straight line before it counts as lagging. 0.1.
    pub(crate) lag_tolerance: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { amber_days: 30, late_working_days: 5, lag_tolerance: 0.1 }
    }
}

/// When a rule is asked, and by which calendar.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    /// The time.
    pub(crate) now: DateTime<Utc>,
    /// The working days of the partnership's nation.
    pub(crate) calendar: WorkingCalendar,
    /// The numbers in force.
    pub(crate) rules: Rules,
}

impl Moment {
    /// The local date.
    #[must_use]
    pub(crate) fn today(&self) -> NaiveDate {
        local_date(self.now)
    }
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Who {
    /// The id of the person, system or service.
    pub(crate) id: String,
    /// The name to show.
    pub(crate) name: String,
}

/// What shows that something was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Evidence {
    /// What it shows, in plain words.
    pub(crate) text: String,
    /// Where it is, if it is somewhere.
    pub(crate) url: Option<String>,
}
