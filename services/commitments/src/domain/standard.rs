//! Service standards: pledges in versions, none of which is ever edited.
//!
//! An issue is judged by the version in force when it was reported, so a revision takes effect today or later and leaves the version
//! before it as it was, with the day from which it no longer holds.

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_terms::{PartnershipId, ProviderId, StandardId, words};
use serde::{Deserialize, Serialize};

use super::{Moment, Refusal, Violation};

words! {
    /// What a standard measures.
    pub(crate) enum Measure {
        /// How long until someone answers.
        ResponseTime = "response_time",
        /// How long until it is put right.
        ResolutionTime = "resolution_time",
        /// How often something is done.
        Frequency = "frequency",
        /// The grade of condition that is kept up.
        ConditionGrade = "condition_grade",
        /// How much of something is done.
        Volume = "volume",
    }
}

words! {
    /// The unit of a target value.
    pub(crate) enum Unit {
        /// Working days after the local date of the start.
        WorkingDays = "working_days",
        /// Hours from 09:00 to 17:00 on working days.
        WorkingHours = "working_hours",
        /// Elapsed hours.
        CalendarHours = "calendar_hours",
        /// Days of the calendar after the local date of the start.
        CalendarDays = "calendar_days",
        /// Times a year.
        PerYear = "per_year",
        /// A point on a scale of grades.
        Grade = "grade",
    }
}

words! {
    /// The event at which an issue's clock starts.
    pub(crate) enum ClockStart {
        /// Reported.
        Reported = "reported",
        /// Approved from moderation.
        Triaged = "triaged",
        /// First routed to any provider.
        Routed = "routed",
    }
}

impl Measure {
    /// Whether it measures a time, so that an issue's clock can be held to it.
    #[must_use]
    pub(crate) const fn is_time(self) -> bool {
        matches!(self, Self::ResponseTime | Self::ResolutionTime)
    }

    /// The units that it can be measured in.
    #[must_use]
    pub(crate) const fn units(self) -> &'static [Unit] {
        match self {
            Self::ResponseTime | Self::ResolutionTime => {
                &[Unit::WorkingDays, Unit::WorkingHours, Unit::CalendarHours, Unit::CalendarDays]
            }
            Self::Frequency | Self::Volume => &[Unit::PerYear],
            Self::ConditionGrade => &[Unit::Grade],
        }
    }
}

/// What a version of a standard says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StandardTerms {
    /// The pledge in plain words.
    pub(crate) text: String,
    /// What it measures.
    pub(crate) measure: Measure,
    /// The pledged value.
    pub(crate) target_value: f64,
    /// Its unit.
    pub(crate) unit: Unit,
    /// Where an issue's clock starts; none for what is not a time.
    pub(crate) clock_start: Option<ClockStart>,
    /// The reasons for which a clock may be paused.
    pub(crate) pause_reasons: Vec<String>,
    /// The most days of 24 hours that the pauses of one issue may add up to.
    pub(crate) pause_cap_days: Option<u32>,
    /// The share of cases, in percent, to be kept within the target.
    pub(crate) target_percent: f64,
    /// The first day on which it holds.
    pub(crate) effective_from: NaiveDate,
}

impl StandardTerms {
    /// Everything that is wrong with them, each field below `terms`.
    fn violations(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut wrong =
            |field: &str, description: String| found.push(Violation::new(format!("terms.{field}"), description));
        if !self.measure.units().contains(&self.unit) {
            let units: Vec<_> = self.measure.units().iter().map(|unit| unit.word()).collect();
            wrong("unit", format!("a standard of {} is measured in {}", self.measure, units.join(", ")));
        }
        if self.measure.is_time() && self.target_value.fract() != 0.0 {
            wrong("target_value", "a time is a whole number of its unit".to_owned());
        }
        if !self.measure.is_time() && self.clock_start.is_some() {
            wrong("clock_start", "only a time has a clock: leave it out".to_owned());
        }
        if !self.measure.is_time() && !self.pause_reasons.is_empty() {
            wrong("pause_reasons", "only a time has a clock to pause: leave them out".to_owned());
        }
        if self.pause_cap_days.is_some() && self.pause_reasons.is_empty() {
            wrong("pause_cap_days", "nothing can be paused: name a pause reason or leave the cap out".to_owned());
        }
        found
    }

    fn check(self, more: Vec<Violation>) -> Result<Self, Refusal> {
        let mut violations = self.violations();
        violations.extend(more);
        if violations.is_empty() { Ok(self) } else { Err(Refusal::Invalid(violations)) }
    }
}

/// One version of a standard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standard {
    /// The id of this version.
    pub(crate) id: StandardId,
    /// The partnership it holds in.
    pub(crate) partnership_id: PartnershipId,
    /// The code that all versions share.
    pub(crate) code: String,
    /// The number of this version, from 1.
    pub(crate) number: u32,
    /// The provider that pledges it.
    pub(crate) provider_id: ProviderId,
    /// The category that it holds for.
    pub(crate) category_code: String,
    /// What it says.
    pub(crate) terms: StandardTerms,
    /// The version after it.
    pub(crate) superseded_by: Option<StandardId>,
    /// The first day on which it no longer holds.
    pub(crate) superseded_from: Option<NaiveDate>,
    /// When it was recorded.
    pub(crate) create_time: DateTime<Utc>,
    /// Counts the changes of the record, which are but its recording and its being superseded.
    pub(crate) version: i64,
}

/// What is needed to record a first version.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewStandard {
    /// The partnership.
    pub(crate) partnership_id: PartnershipId,
    /// The code.
    pub(crate) code: String,
    /// The provider.
    pub(crate) provider_id: ProviderId,
    /// The category.
    pub(crate) category_code: String,
    /// What it says.
    pub(crate) terms: StandardTerms,
}

impl Standard {
    /// Records the first version, which may have held for years.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] with all that is wrong with the terms.
    pub(crate) fn first(new: NewStandard, id: StandardId, now: DateTime<Utc>) -> Result<Self, Refusal> {
        Ok(Self {
            id,
            partnership_id: new.partnership_id,
            code: new.code,
            number: 1,
            provider_id: new.provider_id,
            category_code: new.category_code,
            terms: new.terms.check(Vec::new())?,
            superseded_by: None,
            superseded_from: None,
            create_time: now,
            version: 1,
        })
    }

    /// Supersedes this version by the next, and answers with that one.
    ///
    /// # Errors
    ///
    /// [`Refusal::StandardSuperseded`] where this is not the latest; [`Refusal::Invalid`] where the terms are wrong or change the measure;
    /// [`Refusal::StandardBackdated`] where the next would take effect before today or not after this one.
    pub(crate) fn revise(&mut self, terms: StandardTerms, id: StandardId, moment: &Moment) -> Result<Self, Refusal> {
        if let Some(latest) = self.superseded_by {
            return Err(Refusal::StandardSuperseded { latest });
        }
        let mut more = Vec::new();
        if terms.measure != self.terms.measure {
            more.push(Violation::new(
                "terms.measure",
                format!("stays {}: another measure is another standard", self.terms.measure),
            ));
        }
        let terms = terms.check(more)?;
        let after_this = self.terms.effective_from.succ_opt().unwrap_or(NaiveDate::MAX);
        let earliest = after_this.max(moment.today());
        if terms.effective_from < earliest {
            return Err(Refusal::StandardBackdated { earliest });
        }
        self.superseded_by = Some(id);
        self.superseded_from = Some(terms.effective_from);
        self.version += 1;
        Ok(Self {
            id,
            number: self.number + 1,
            terms,
            superseded_by: None,
            superseded_from: None,
            create_time: moment.now,
            version: 1,
            ..self.clone()
        })
    }

    /// Whether this version holds on a local day.
    #[must_use]
    pub(crate) fn in_force_on(&self, date: NaiveDate) -> bool {
        self.terms.effective_from <= date && self.superseded_from.is_none_or(|end| date < end)
    }
}

/// The version, among those of one provider and category, that an issue reported on `date` is held to: of `measure`, or, where none is asked
/// for, of a resolution time before a response time.
#[must_use]
pub(crate) fn applicable(versions: Vec<Standard>, date: NaiveDate, measure: Option<Measure>) -> Option<Standard> {
    let is_asked = |own: Measure| own.is_time() && measure.is_none_or(|asked| asked == own);
    let mut in_force: Vec<_> = versions
        .into_iter()
        .filter(|standard| is_asked(standard.terms.measure) && standard.in_force_on(date))
        .collect();
    in_force.sort_by_key(|standard| standard.terms.measure != Measure::ResolutionTime);
    in_force.into_iter().next()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use pathfinder_terms::Nation;
    use pathfinder_terms::calendar::WorkingCalendar;
    use uuid::Uuid;

    use super::super::Rules;
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn moment(text: &str) -> Moment {
        let noon = day(text).and_hms_opt(12, 0, 0).expect("a time");
        Moment {
            now: Utc.from_utc_datetime(&noon),
            calendar: WorkingCalendar::of(Nation::EnglandAndWales),
            rules: Rules::default(),
        }
    }

    fn terms(measure: Measure, unit: Unit, value: f64, from: &str) -> StandardTerms {
        StandardTerms {
            text: "Fly-tips are removed".to_owned(),
            measure,
            target_value: value,
            unit,
            clock_start: None,
            pause_reasons: Vec::new(),
            pause_cap_days: None,
            target_percent: 100.0,
            effective_from: day(from),
        }
    }

    fn removal(value: f64, from: &str) -> StandardTerms {
        terms(Measure::ResolutionTime, Unit::WorkingDays, value, from)
    }

    fn first(terms: StandardTerms) -> Result<Standard, Refusal> {
        let new = NewStandard {
            partnership_id: Uuid::from_u128(1).into(),
            code: "fly-tip-removal".to_owned(),
            provider_id: Uuid::from_u128(2).into(),
            category_code: "fly-tipping".to_owned(),
            terms,
        };
        Standard::first(new, Uuid::from_u128(10).into(), DateTime::UNIX_EPOCH)
    }

    fn fields(refused: Result<Standard, Refusal>) -> Vec<String> {
        match refused {
            Err(Refusal::Invalid(violations)) => violations.into_iter().map(|violation| violation.field).collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn the_version_in_force_changes_on_its_day_and_never_backwards() {
        let mut old = first(removal(5.0, "2020-01-01")).expect("a standard");
        let new = old
            .revise(removal(2.0, "2026-10-01"), Uuid::from_u128(11).into(), &moment("2026-09-01"))
            .expect("a revision");
        let target = |date| {
            applicable(vec![new.clone(), old.clone()], day(date), None).map(|standard| standard.terms.target_value)
        };
        assert_eq!(target("2019-12-31"), None);
        assert_eq!(target("2020-01-01"), Some(5.0));
        assert_eq!(target("2026-09-30"), Some(5.0));
        assert_eq!(target("2026-10-01"), Some(2.0));
        assert_eq!((new.number, new.version, old.version), (2, 1, 2));
    }

    #[test]
    fn a_revision_takes_effect_today_or_later_and_after_the_version_before() {
        let next = || Uuid::from_u128(11).into();
        let mut standard = first(removal(5.0, "2026-09-10")).expect("a standard");
        let past = standard.revise(removal(2.0, "2026-09-20"), next(), &moment("2026-09-21"));
        assert_eq!(past, Err(Refusal::StandardBackdated { earliest: day("2026-09-21") }));
        let same_day = standard.revise(removal(2.0, "2026-09-10"), next(), &moment("2026-09-01"));
        assert_eq!(same_day, Err(Refusal::StandardBackdated { earliest: day("2026-09-11") }));
        assert!(standard.revise(removal(2.0, "2026-09-21"), next(), &moment("2026-09-21")).is_ok());
    }

    #[test]
    fn only_the_latest_version_is_revised() {
        let mut standard = first(removal(5.0, "2020-01-01")).expect("a standard");
        let next: StandardId = Uuid::from_u128(11).into();
        standard.revise(removal(2.0, "2026-10-01"), next, &moment("2026-09-01")).expect("a revision");
        let again = standard.revise(removal(1.0, "2026-11-01"), Uuid::from_u128(12).into(), &moment("2026-09-01"));
        assert_eq!(again, Err(Refusal::StandardSuperseded { latest: next }));
    }

    #[test]
    fn a_resolution_time_goes_before_a_response_time_and_no_other_measure_holds_a_clock() {
        let resolution = first(removal(15.0, "2020-01-01")).expect("a standard");
        let response =
            first(terms(Measure::ResponseTime, Unit::CalendarHours, 24.0, "2020-01-01")).expect("a standard");
        let rounds = first(terms(Measure::Frequency, Unit::PerYear, 12.0, "2020-01-01")).expect("a standard");
        let measure = |list| applicable(list, day("2026-01-01"), None).map(|standard| standard.terms.measure);
        assert_eq!(measure(vec![rounds.clone(), response.clone(), resolution]), Some(Measure::ResolutionTime));
        assert_eq!(measure(vec![rounds.clone(), response]), Some(Measure::ResponseTime));
        assert_eq!(measure(vec![rounds]), None);
    }

    #[test]
    fn either_time_can_be_asked_for() {
        let resolution = first(removal(15.0, "2020-01-01")).expect("a standard");
        let response =
            first(terms(Measure::ResponseTime, Unit::CalendarHours, 24.0, "2020-01-01")).expect("a standard");
        let found = |list: &[&Standard], asked| {
            let list = list.iter().map(|standard| (*standard).clone()).collect();
            applicable(list, day("2026-01-01"), Some(asked)).map(|standard| standard.terms.measure)
        };
        for asked in [Measure::ResponseTime, Measure::ResolutionTime] {
            assert_eq!(found(&[&response, &resolution], asked), Some(asked));
        }
        assert_eq!(found(&[&resolution], Measure::ResponseTime), None);
        assert_eq!(found(&[&response], Measure::ResolutionTime), None);
        assert_eq!(found(&[&response, &resolution], Measure::Frequency), None, "it is no time");
    }

    #[test]
    fn all_that_is_wrong_is_listed() {
        let mut wrong = terms(Measure::Frequency, Unit::WorkingDays, 2.5, "2020-01-01");
        wrong.clock_start = Some(ClockStart::Reported);
        wrong.pause_cap_days = Some(3);
        assert_eq!(fields(first(wrong)), ["terms.unit", "terms.clock_start", "terms.pause_cap_days"]);
        assert_eq!(fields(first(removal(2.5, "2020-01-01"))), ["terms.target_value"]);
    }

    #[test]
    fn another_measure_is_another_standard() {
        let mut standard = first(removal(5.0, "2020-01-01")).expect("a standard");
        let other = terms(Measure::ResponseTime, Unit::WorkingDays, 1.0, "2026-10-01");
        assert_eq!(
            fields(standard.revise(other, Uuid::from_u128(11).into(), &moment("2026-09-01"))),
            ["terms.measure"]
        );
        assert_eq!(standard.superseded_by, None);
    }
}
