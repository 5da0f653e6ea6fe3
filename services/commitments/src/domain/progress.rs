//! Progress reports: one a period, handed in once the period is over, never edited after that.
//!
//! What turns out to be wrong is corrected by the next revision, so that everyone can see what was said when. To allow another move,
//! add its row to [`MOVES`]; the walk over every pair of states is in the tests.

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_terms::{CommitmentId, PartnershipId, ProgressReportId, ProviderId, Rag, words};
use serde::{Deserialize, Serialize};

use super::{Commitment, Evidence, Interval, LatestReport, Moment, Period, Refusal, Violation, Who, wilson};

words! {
    /// Where a report stands.
    pub(crate) enum ReportStatus {
        /// Being written; only its provider sees it.
        Draft = "draft",
        /// Handed in.
        Submitted = "submitted",
        /// The partnership asks back.
        Queried = "queried",
        /// The partnership takes it.
        Accepted = "accepted",
    }
}

use ReportStatus::{Accepted, Draft, Queried, Submitted};

/// What moves a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    Submit,
    Query,
    Accept,
}

/// Every allowed move. All others are refused; a correction is no move but a new revision.
const MOVES: &[(ReportStatus, Move, ReportStatus)] = &[
    (Draft, Move::Submit, Submitted),
    (Submitted, Move::Query, Queried),
    (Submitted, Move::Accept, Accepted),
    (Queried, Move::Accept, Accepted),
];

impl Move {
    const fn passive(self) -> &'static str {
        match self {
            Self::Submit => "submitted",
            Self::Query => "queried",
            Self::Accept => "accepted",
        }
    }
}

impl ReportStatus {
    fn after(self, step: Move) -> Result<Self, Refusal> {
        let row = MOVES.iter().find(|(from, by, _)| *from == self && *by == step);
        row.map(|(_, _, to)| *to).ok_or_else(|| self.forbids(step.passive()))
    }

    fn forbids(self, verb: &'static str) -> Refusal {
        let mut allowed: Vec<_> =
            MOVES.iter().filter(|(from, _, _)| *from == self).map(|(_, by, _)| by.passive()).collect();
        if self != Draft {
            allowed.push("corrected");
        }
        Refusal::StateForbids { thing: "report", verb, state: self.word(), allowed }
    }
}

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Measurement {
    /// A plain value, in the commitment's unit.
    Value(f64),
    /// So many of so many.
    Ratio {
        /// How many did.
        numerator: u64,
        /// Of how many.
        denominator: u64,
    },
}

impl Measurement {
    /// The value that counts: the value itself, or the ratio in percent.
    #[must_use]
    pub(crate) fn value(self) -> f64 {
        match self {
            Self::Value(value) => value,
            Self::Ratio { numerator, denominator } => {
                wilson(numerator, denominator).map_or(0.0, |interval| interval.share * 100.0)
            }
        }
    }

    /// The Wilson 95 % interval of a ratio.
    #[must_use]
    pub(crate) fn interval(self) -> Option<Interval> {
        match self {
            Self::Value(_) => None,
            Self::Ratio { numerator, denominator } => wilson(numerator, denominator),
        }
    }
}

/// What a report says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// What was measured.
    pub(crate) measurement: Measurement,
    /// What was done and what came of it.
    pub(crate) narrative: String,
    /// How the provider says the commitment stands.
    pub(crate) reported_rag: Rag,
    /// The value that the provider expects at the end.
    pub(crate) forecast_value: Option<f64>,
    /// How it will get back on the way.
    pub(crate) get_well_plan: Option<String>,
    /// What shows it.
    pub(crate) evidence: Vec<Evidence>,
}

impl Content {
    fn check(&self) -> Result<(), Refusal> {
        let mut violations = Vec::new();
        match self.measurement {
            Measurement::Ratio { denominator: 0, .. } => {
                violations.push(Violation::new("content.ratio.denominator", "must be 1 or more"));
            }
            Measurement::Ratio { numerator, denominator } if numerator > denominator => {
                let description = format!("must not be more than the denominator, {denominator}");
                violations.push(Violation::new("content.ratio.numerator", description));
            }
            Measurement::Ratio { .. } | Measurement::Value(_) => {}
        }
        if self.reported_rag.severity() > 0 && self.get_well_plan.is_none() {
            let description = format!("a report that says {} needs a plan to get well", self.reported_rag.word());
            violations.push(Violation::new("content.get_well_plan", description));
        }
        if violations.is_empty() { Ok(()) } else { Err(Refusal::Invalid(violations)) }
    }
}

/// One revision of a report on one period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProgressReport {
    /// The id of this revision.
    pub(crate) id: ProgressReportId,
    /// The partnership.
    pub(crate) partnership_id: PartnershipId,
    /// The commitment.
    pub(crate) commitment_id: CommitmentId,
    /// The provider.
    pub(crate) provider_id: ProviderId,
    /// The number of this revision, from 1.
    pub(crate) revision: u32,
    /// The revision after it.
    pub(crate) superseded_by: Option<ProgressReportId>,
    /// The period.
    pub(crate) period: Period,
    /// Whether it is the last period.
    pub(crate) is_final: bool,
    /// The day by which it was due.
    pub(crate) due: NaiveDate,
    /// Whether its first revision was handed in late.
    pub(crate) late: bool,
    /// What it says.
    pub(crate) content: Content,
    /// Who wrote its draft last, or handed it in where there was no draft; none for what was written before that was kept.
    #[serde(default)]
    pub(crate) drafter: Option<Who>,
    /// Where it stands.
    pub(crate) status: ReportStatus,
    /// What the partnership asked back.
    pub(crate) query_note: Option<String>,
    /// When it was handed in.
    pub(crate) submit_time: Option<DateTime<Utc>>,
    /// When it was accepted.
    pub(crate) accept_time: Option<DateTime<Utc>>,
    /// When it was first written.
    pub(crate) create_time: DateTime<Utc>,
    /// Counts its changes.
    pub(crate) version: i64,
}

impl ProgressReport {
    /// Writes the draft of the report on the period that ends on a day, or writes `former` anew. Whether `drafter` may is asked before.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`] unless the commitment runs; [`Refusal::PeriodUnknown`]; [`Refusal::Invalid`].
    pub(crate) fn draft(
        commitment: &Commitment,
        period_end: NaiveDate,
        content: Content,
        former: Option<Self>,
        id: ProgressReportId,
        drafter: Who,
        moment: &Moment,
    ) -> Result<Self, Refusal> {
        commitment.require_running("reported on")?;
        let period = commitment.terms.period_ending(period_end)?;
        content.check()?;
        if let Some(former) = former {
            return Ok(Self { content, drafter: Some(drafter), version: former.version + 1, ..former });
        }
        Ok(Self {
            id,
            partnership_id: commitment.partnership_id,
            commitment_id: commitment.id,
            provider_id: commitment.provider_id,
            revision: 1,
            superseded_by: None,
            period,
            is_final: period.end == commitment.terms.end,
            due: commitment.terms.report_due(period, moment).date,
            late: false,
            content,
            drafter: Some(drafter),
            status: Draft,
            query_note: None,
            submit_time: None,
            accept_time: None,
            create_time: moment.now,
            version: 1,
        })
    }

    /// Hands a draft in.
    ///
    /// # Errors
    ///
    /// [`Refusal::PeriodNotOver`] while the period goes on; [`Refusal::StateForbids`] unless it is a draft.
    pub(crate) fn submit(&mut self, commitment: &Commitment, moment: &Moment) -> Result<(), Refusal> {
        let status = self.status.after(Move::Submit)?;
        if moment.today() <= self.period.end {
            return Err(Refusal::PeriodNotOver { period_end_date: self.period.end });
        }
        self.status = status;
        self.late = moment.today() > commitment.terms.report_late_after(self.period, moment).date;
        self.submit_time = Some(moment.now);
        self.version += 1;
        Ok(())
    }

    /// Asks back about it.
    ///
    /// # Errors
    ///
    /// [`Refusal::SelfVerification`]; [`Refusal::ReportSuperseded`]; [`Refusal::StateForbids`].
    pub(crate) fn query(&mut self, note: String, speaks_for_provider: bool) -> Result<(), Refusal> {
        self.judge(Move::Query, speaks_for_provider)?;
        self.query_note = Some(note);
        Ok(())
    }

    /// Takes it.
    ///
    /// # Errors
    ///
    /// [`Refusal::SelfVerification`]; [`Refusal::ReportSuperseded`]; [`Refusal::StateForbids`].
    pub(crate) fn accept(&mut self, speaks_for_provider: bool, moment: &Moment) -> Result<(), Refusal> {
        self.judge(Move::Accept, speaks_for_provider)?;
        self.accept_time = Some(moment.now);
        Ok(())
    }

    /// Supersedes this revision by the next, handed in at once, and answers with that one.
    ///
    /// # Errors
    ///
    /// [`Refusal::ReportSuperseded`] where this is not the latest; [`Refusal::StateForbids`] for a draft; [`Refusal::Invalid`].
    pub(crate) fn correct(
        &mut self,
        content: Content,
        id: ProgressReportId,
        corrector: Who,
        moment: &Moment,
    ) -> Result<Self, Refusal> {
        self.require_latest()?;
        if self.status == Draft {
            return Err(self.status.forbids("corrected"));
        }
        content.check()?;
        self.superseded_by = Some(id);
        self.version += 1;
        Ok(Self {
            id,
            revision: self.revision + 1,
            superseded_by: None,
            content,
            drafter: Some(corrector),
            status: Submitted,
            query_note: None,
            submit_time: Some(moment.now),
            accept_time: None,
            create_time: moment.now,
            version: 1,
            ..self.clone()
        })
    }

    /// What it tells its commitment when it is accepted.
    #[must_use]
    pub(crate) fn as_latest(&self) -> LatestReport {
        LatestReport {
            period_end: self.period.end,
            value: self.content.measurement.value(),
            rag: self.content.reported_rag,
        }
    }

    fn judge(&mut self, by: Move, speaks_for_provider: bool) -> Result<(), Refusal> {
        if speaks_for_provider {
            return Err(Refusal::SelfVerification);
        }
        self.require_latest()?;
        self.status = self.status.after(by)?;
        self.version += 1;
        Ok(())
    }

    fn require_latest(&self) -> Result<(), Refusal> {
        self.superseded_by.map_or(Ok(()), |latest| Err(Refusal::ReportSuperseded { latest }))
    }
}

#[cfg(test)]
mod tests;
