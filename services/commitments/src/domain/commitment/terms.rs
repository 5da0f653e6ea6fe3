//! What a commitment says: a baseline, a target that differs from it in the stated direction, dates, and how often it is reported on.

use chrono::{Months, NaiveDate};
use pathfinder_terms::calendar::Reckoned;
use pathfinder_terms::words;
use serde::{Deserialize, Serialize};

use super::super::period::periods;
use super::super::{Moment, Period, Refusal, Violation};
use super::MilestonePlan;

/// The longest that a commitment runs, in months: ten years.
const MAX_MONTHS: u32 = 120;

words! {
    /// What sort of change it is.
    pub(crate) enum CommitmentKind {
        /// Something done once.
        OneOff = "one_off",
        /// Something done again and again.
        Recurring = "recurring",
        /// A better result on a service standard.
        StandardImprovement = "standard_improvement",
        /// A lasting change of the mainstream service.
        MainstreamChange = "mainstream_change",
    }
}

words! {
    /// Which way the value is to move.
    pub(crate) enum Direction {
        /// Upwards.
        Increase = "increase",
        /// Downwards.
        Decrease = "decrease",
    }
}

words! {
    /// How often the provider reports.
    pub(crate) enum Frequency {
        /// Every month.
        Monthly = "monthly",
        /// Every three months.
        Quarterly = "quarterly",
        /// Every six months.
        HalfYearly = "half_yearly",
        /// Every twelve months.
        Yearly = "yearly",
        /// Once, over the whole of it.
        AtEnd = "at_end",
    }
}

impl Frequency {
    /// The length of a period in months; none where there is but one.
    #[must_use]
    pub(crate) const fn months(self) -> Option<u32> {
        match self {
            Self::Monthly => Some(1),
            Self::Quarterly => Some(3),
            Self::HalfYearly => Some(6),
            Self::Yearly => Some(12),
            Self::AtEnd => None,
        }
    }
}

/// Where things stood before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Baseline {
    /// The value, in the commitment's unit.
    pub(crate) value: f64,
    /// The day for which it holds.
    pub(crate) date: NaiveDate,
    /// Where it comes from.
    pub(crate) source: String,
}

/// What a commitment says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CommitmentTerms {
    /// What the provider will do.
    pub(crate) text: String,
    /// The theme that it serves.
    pub(crate) theme: Option<String>,
    /// What sort of change it is.
    pub(crate) kind: CommitmentKind,
    /// Where things stood before.
    pub(crate) baseline: Baseline,
    /// Where they are to stand.
    pub(crate) target_value: f64,
    /// The unit of all its values.
    pub(crate) unit: String,
    /// Which way the value is to move.
    pub(crate) direction: Direction,
    /// The first day.
    pub(crate) start: NaiveDate,
    /// The last day.
    pub(crate) end: NaiveDate,
    /// How often the provider reports.
    pub(crate) frequency: Frequency,
    /// How many working days after a period its report is due.
    pub(crate) report_due_working_days: u32,
    /// The post at the provider that answers for it.
    pub(crate) owner: String,
}

impl CommitmentTerms {
    /// Checks them, together with the steps on the way. New terms must not have ended before `today`, as nobody could accept them any
    /// more; without it, they are those of an offer that was made before.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] with all that is wrong.
    pub(super) fn check(&self, milestones: &[MilestonePlan], today: Option<NaiveDate>) -> Result<(), Refusal> {
        let mut violations = self.violations(today);
        for (index, milestone) in milestones.iter().enumerate() {
            if milestone.due < self.start || milestone.due > self.end {
                let path = format!("milestones[{index}].due_date");
                violations.push(Violation::new(path, format!("must lie between {} and {}", self.start, self.end)));
            }
        }
        if violations.is_empty() { Ok(()) } else { Err(Refusal::Invalid(violations)) }
    }

    fn violations(&self, today: Option<NaiveDate>) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut wrong =
            |field: &str, description: String| found.push(Violation::new(format!("terms.{field}"), description));
        if !self.differs_as_stated() {
            let side = if self.direction == Direction::Increase { "above" } else { "below" };
            wrong(
                "target_value",
                format!("must lie {side} the baseline of {}, as the direction says", self.baseline.value),
            );
        }
        if self.end < self.start {
            wrong("end_date", format!("must not lie before the start, {}", self.start));
        } else if let Some(today) = today.filter(|today| self.end < *today) {
            wrong("end_date", format!("must not lie in the past: today is {today}"));
        }
        if self.start.checked_add_months(Months::new(MAX_MONTHS)).is_none_or(|latest| self.end > latest) {
            wrong("end_date", "must lie within ten years of the start".to_owned());
        }
        if self.baseline.date > self.end {
            wrong("baseline.value_date", format!("must not lie after the end, {}", self.end));
        }
        found
    }

    /// Whether the target lies on the side of the baseline that the direction names.
    fn differs_as_stated(&self) -> bool {
        match self.direction {
            Direction::Increase => self.target_value > self.baseline.value,
            Direction::Decrease => self.target_value < self.baseline.value,
        }
    }

    /// Whether a value has reached the target.
    #[must_use]
    pub(crate) fn is_reached_by(&self, value: f64) -> bool {
        match self.direction {
            Direction::Increase => value >= self.target_value,
            Direction::Decrease => value <= self.target_value,
        }
    }

    /// How much of the way from baseline to target a value has gone: 0 at the baseline, 1 at the target, negative where it is worse.
    #[must_use]
    pub(crate) fn way_gone(&self, value: f64) -> f64 {
        (value - self.baseline.value) / (self.target_value - self.baseline.value)
    }

    /// How much of its time has passed by the end of a day, from 0 to 1.
    #[must_use]
    pub(crate) fn time_gone(&self, date: NaiveDate) -> f64 {
        let days =
            |from: NaiveDate, to: NaiveDate| i32::try_from((to - from).num_days() + 1).map_or(f64::MAX, f64::from);
        (days(self.start, date) / days(self.start, self.end)).clamp(0.0, 1.0)
    }

    /// Every period on which the provider reports, in order.
    #[must_use]
    pub(crate) fn periods(&self) -> Vec<Period> {
        periods(self.start, self.end, self.frequency)
    }

    /// The period that ends on a day.
    ///
    /// # Errors
    ///
    /// [`Refusal::PeriodUnknown`] with up to three of the nearest days on which one does.
    pub(crate) fn period_ending(&self, date: NaiveDate) -> Result<Period, Refusal> {
        let periods = self.periods();
        if let Some(period) = periods.iter().find(|period| period.end == date) {
            return Ok(*period);
        }
        let mut nearest: Vec<_> = periods.iter().map(|period| period.end).collect();
        nearest.sort_by_key(|end| (*end - date).num_days().abs());
        nearest.truncate(3);
        nearest.sort_unstable();
        Err(Refusal::PeriodUnknown { given: date, nearest })
    }

    /// The day by which the report on a period is due.
    #[must_use]
    pub(crate) fn report_due(&self, period: Period, moment: &Moment) -> Reckoned {
        moment.calendar.add_working_days(period.end, self.report_due_working_days)
    }

    /// The last day on which the report on a period is not late.
    #[must_use]
    pub(crate) fn report_late_after(&self, period: Period, moment: &Moment) -> Reckoned {
        let due = self.report_due(period, moment);
        let late = moment.calendar.add_working_days(due.date, moment.rules.late_working_days);
        Reckoned { beyond_calendar: due.beyond_calendar || late.beyond_calendar, ..late }
    }
}
