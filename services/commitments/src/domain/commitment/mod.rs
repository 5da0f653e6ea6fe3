//! Commitments: what a provider undertakes to change, from a baseline to a target by a date.
//!
//! Each verb is a method that moves the commitment or refuses, and answers with the [`Step`] that its history keeps. The calendar moves
//! it too: [`Commitment::on_day`]. A new verb needs its move in `status.rs`, its method here and its test in `tests.rs`.

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_terms::{ActionId, CommitmentId, DecisionId, MilestoneId, PartnershipId, ProviderId, Rag, words};
use serde::{Deserialize, Serialize};

use super::{Evidence, Moment, Period, Refusal, Who};

mod history;
mod milestone;
mod standing;
mod status;
mod terms;

pub(crate) use history::Entry;
pub(crate) use milestone::{Milestone, MilestonePlan, MilestoneStatus};
pub(crate) use standing::{NextReport, Standing};
pub(crate) use status::CommitmentStatus;
pub(crate) use terms::{Baseline, CommitmentKind, CommitmentTerms, Direction, Frequency};

use status::Move;

words! {
    /// What a verifier finds.
    pub(crate) enum Outcome {
        /// The target was reached.
        Met = "met",
        /// The target was reached in part.
        PartlyMet = "partly_met",
        /// The target was not reached.
        Missed = "missed",
    }
}

/// Who accepted a commitment, and by which decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Acceptance {
    /// The signatory of the provider.
    pub(crate) signatory: Who,
    /// The decision of the board, which carried.
    pub(crate) decision_id: DecisionId,
    /// When.
    pub(crate) time: DateTime<Utc>,
}

/// What is found of a commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Whether the target was reached.
    pub(crate) outcome: Outcome,
    /// What was found, in plain words.
    pub(crate) note: String,
    /// What shows it.
    pub(crate) evidence: Vec<Evidence>,
}

/// What someone other than the provider found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Verification {
    /// Whether the target was reached.
    pub(crate) outcome: Outcome,
    /// Who found it.
    pub(crate) verifier: Who,
    /// What was found, in plain words.
    pub(crate) note: String,
    /// What shows it.
    pub(crate) evidence: Vec<Evidence>,
    /// When.
    pub(crate) time: DateTime<Utc>,
}

/// What the latest accepted report says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LatestReport {
    /// The last day of its period.
    pub(crate) period_end: NaiveDate,
    /// The value that counts.
    pub(crate) value: f64,
    /// How the provider says it stands.
    pub(crate) rag: Rag,
}

/// What is known from reports.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The last days of the periods whose reports were handed in.
    pub(crate) reported: Vec<NaiveDate>,
    /// The latest accepted report.
    pub(crate) latest: Option<LatestReport>,
}

/// A step in the life of a commitment, for its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// What happened: `commitment.accepted`.
    pub(crate) kind: &'static str,
    /// The state before; none for the first.
    pub(crate) from: Option<CommitmentStatus>,
    /// The state after.
    pub(crate) to: CommitmentStatus,
    /// What was said of it.
    pub(crate) note: Option<String>,
}

impl Step {
    /// A report on it was drafted: the one kind of step that is for the provider's own people to read.
    pub(crate) const REPORT_DRAFTED: &'static str = "progress_report.drafted";
}

/// A commitment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Commitment {
    /// Its id.
    pub(crate) id: CommitmentId,
    /// The partnership it is made to.
    pub(crate) partnership_id: PartnershipId,
    /// The provider that makes it.
    pub(crate) provider_id: ProviderId,
    /// The action that it answers.
    pub(crate) action_id: Option<ActionId>,
    /// What it says.
    pub(crate) terms: CommitmentTerms,
    /// The steps on its way, by due date.
    pub(crate) milestones: Vec<Milestone>,
    /// Where it stands in its life.
    pub(crate) status: CommitmentStatus,
    /// How it stands by rule, as of when it last changed or the day began.
    pub(crate) standing: Standing,
    /// What is known from reports.
    pub(crate) progress: Progress,
    /// Who accepted it.
    pub(crate) acceptance: Option<Acceptance>,
    /// Why it is at risk, while it is.
    pub(crate) at_risk_reason: Option<String>,
    /// What its verifier found.
    pub(crate) verification: Option<Verification>,
    /// Why it ended without verification.
    pub(crate) closing_reason: Option<String>,
    /// When it was offered.
    pub(crate) create_time: DateTime<Utc>,
    /// When it last changed.
    pub(crate) update_time: DateTime<Utc>,
    /// Counts its changes.
    pub(crate) version: i64,
}

/// What a provider offers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Offer {
    /// The partnership.
    pub(crate) partnership_id: PartnershipId,
    /// The provider.
    pub(crate) provider_id: ProviderId,
    /// The action that it answers.
    pub(crate) action_id: Option<ActionId>,
    /// What it says.
    pub(crate) terms: CommitmentTerms,
    /// The steps on its way.
    pub(crate) milestones: Vec<MilestonePlan>,
}

/// A change to what is offered: what is none stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CommitmentChange {
    /// Other terms.
    pub(crate) terms: Option<CommitmentTerms>,
    /// Other steps.
    pub(crate) milestones: Option<Vec<MilestonePlan>>,
    /// Another action that it answers, or none.
    pub(crate) action_id: Option<Option<ActionId>>,
}

impl Commitment {
    /// Records an offer.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] with all that is wrong with its terms and steps, also where its last day has passed.
    pub(crate) fn offer(
        offer: Offer,
        id: CommitmentId,
        ids: impl FnMut() -> MilestoneId,
        moment: &Moment,
    ) -> Result<(Self, Vec<Step>), Refusal> {
        offer.terms.check(&offer.milestones, Some(moment.today()))?;
        let standing = Standing { rag: Rag::None, reason: String::new(), next_report: None, beyond_calendar: false };
        let mut commitment = Self {
            id,
            partnership_id: offer.partnership_id,
            provider_id: offer.provider_id,
            action_id: offer.action_id,
            terms: offer.terms,
            milestones: Milestone::plan(offer.milestones, ids),
            status: CommitmentStatus::Offered,
            standing,
            progress: Progress::default(),
            acceptance: None,
            at_risk_reason: None,
            verification: None,
            closing_reason: None,
            create_time: moment.now,
            update_time: moment.now,
            version: 1,
        };
        commitment.standing = standing::standing(&commitment, moment);
        let offered = Step { kind: "commitment.offered", from: None, to: CommitmentStatus::Offered, note: None };
        Ok((commitment, vec![offered]))
    }

    /// Changes what is offered, until it is accepted. One whose last day has passed, and that keeps it, has expired with it.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`] once it is accepted; [`Refusal::Invalid`] with all that is wrong, also where the last day of new terms has
    /// passed.
    pub(crate) fn change(
        &mut self,
        change: CommitmentChange,
        ids: impl FnMut() -> MilestoneId,
        moment: &Moment,
    ) -> Result<Vec<Step>, Refusal> {
        if !self.status.is_open_to_terms() {
            return Err(self.status.forbids("changed"));
        }
        let renewed_on = change.terms.is_some().then(|| moment.today());
        let terms = change.terms.unwrap_or_else(|| self.terms.clone());
        let keep =
            || self.milestones.iter().map(|kept| MilestonePlan { text: kept.text.clone(), due: kept.due }).collect();
        let plans: Vec<_> = change.milestones.clone().unwrap_or_else(keep);
        terms.check(&plans, renewed_on)?;
        self.terms = terms;
        if change.milestones.is_some() {
            self.milestones = Milestone::plan(plans, ids);
        }
        self.action_id = change.action_id.unwrap_or(self.action_id);
        self.touch(moment);
        let changed = self.stay("commitment.changed", None);
        Ok([vec![changed], self.on_day(moment)?].concat())
    }

    /// Takes up negotiation.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn negotiate(&mut self, note: Option<String>, moment: &Moment) -> Result<Step, Refusal> {
        self.go(Move::Negotiate, "commitment.negotiated", note, moment)
    }

    /// Accepts it, and activates it where its first day has come.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`]; [`Refusal::CommitmentEnded`] where its last day has passed.
    pub(crate) fn accept(
        &mut self,
        decision_id: DecisionId,
        signatory: Who,
        note: Option<String>,
        moment: &Moment,
    ) -> Result<Vec<Step>, Refusal> {
        self.status.after(Move::Accept)?;
        if moment.today() > self.terms.end {
            return Err(Refusal::CommitmentEnded { end_date: self.terms.end });
        }
        self.acceptance = Some(Acceptance { signatory, decision_id, time: moment.now });
        let mut steps = vec![self.go(Move::Accept, "commitment.accepted", note, moment)?];
        if self.terms.start <= moment.today() {
            steps.push(self.go(Move::Activate, "commitment.activated", None, moment)?);
        }
        Ok(steps)
    }

    /// Flags it to be at risk.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn flag_at_risk(&mut self, reason: String, moment: &Moment) -> Result<Step, Refusal> {
        let step = self.go(Move::FlagAtRisk, "commitment.flagged_at_risk", Some(reason.clone()), moment)?;
        self.at_risk_reason = Some(reason);
        Ok(step)
    }

    /// Says that the danger has passed.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn recover(&mut self, note: String, moment: &Moment) -> Result<Step, Refusal> {
        let step = self.go(Move::Recover, "commitment.recovered", Some(note), moment)?;
        self.at_risk_reason = None;
        Ok(step)
    }

    /// Records how a milestone came out.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`] unless it runs; [`Refusal::MilestoneUnknown`]; [`Refusal::MilestoneRecorded`].
    pub(crate) fn record_milestone(
        &mut self,
        id: MilestoneId,
        status: MilestoneStatus,
        note: Option<String>,
        moment: &Moment,
    ) -> Result<Step, Refusal> {
        self.require_running("given a milestone's result")?;
        let milestone =
            self.milestones.iter_mut().find(|milestone| milestone.id == id).ok_or(Refusal::MilestoneUnknown)?;
        milestone.record(status, note.clone(), moment.now)?;
        let said = note.map_or(String::new(), |note| format!(" {note}"));
        let told = format!("{}: {}.{said}", milestone.text, status.word().replace('_', " "));
        self.touch(moment);
        Ok(self.stay("commitment.milestone_recorded", Some(told)))
    }

    /// Takes it back.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn withdraw(&mut self, reason: String, moment: &Moment) -> Result<Step, Refusal> {
        let step = self.go(Move::Withdraw, "commitment.withdrawn", Some(reason.clone()), moment)?;
        self.closing_reason = Some(reason);
        Ok(step)
    }

    /// Records what a verifier found, who must not speak for the provider.
    ///
    /// # Errors
    ///
    /// [`Refusal::SelfVerification`]; [`Refusal::StateForbids`]; [`Refusal::EvidenceRequired`]; [`Refusal::CommitmentNotEnded`].
    pub(crate) fn verify(
        &mut self,
        finding: Finding,
        verifier: Who,
        speaks_for_provider: bool,
        moment: &Moment,
    ) -> Result<Step, Refusal> {
        if speaks_for_provider {
            return Err(Refusal::SelfVerification);
        }
        let (by, kind) = match finding.outcome {
            Outcome::Met => (Move::FindMet, "commitment.met"),
            Outcome::PartlyMet => (Move::FindPartlyMet, "commitment.partly_met"),
            Outcome::Missed => (Move::FindMissed, "commitment.missed"),
        };
        self.status.after(by)?;
        if finding.outcome == Outcome::Met && finding.evidence.is_empty() {
            return Err(Refusal::EvidenceRequired);
        }
        if finding.outcome == Outcome::Missed && moment.today() <= self.terms.end {
            return Err(Refusal::CommitmentNotEnded { end_date: self.terms.end });
        }
        let step = self.go(by, kind, Some(finding.note.clone()), moment)?;
        let Finding { outcome, note, evidence } = finding;
        self.verification = Some(Verification { outcome, verifier, note, evidence, time: moment.now });
        Ok(step)
    }

    /// Takes in that the report on a period was handed in.
    pub(crate) fn note_submitted(&mut self, period: Period, moment: &Moment) {
        if !self.progress.reported.contains(&period.end) {
            self.progress.reported.push(period.end);
            self.progress.reported.sort_unstable();
        }
        self.touch(moment);
    }

    /// Takes in what an accepted report says, unless a later period's was accepted before.
    pub(crate) fn note_accepted(&mut self, report: LatestReport, moment: &Moment) {
        if self.progress.latest.as_ref().is_none_or(|latest| latest.period_end <= report.period_end) {
            self.progress.latest = Some(report);
        }
        self.touch(moment);
    }

    /// What the calendar does to it on this day, and how it stands then. Asked as often as one likes, it does each thing once.
    ///
    /// # Errors
    ///
    /// None that the table of moves allows.
    pub(crate) fn on_day(&mut self, moment: &Moment) -> Result<Vec<Step>, Refusal> {
        let mut steps = Vec::new();
        let ended = moment.today() > self.terms.end;
        if ended && self.status.is_open_to_terms() {
            let reason = format!("Its last day, {}, passed before it was accepted.", self.terms.end);
            steps.push(self.go(Move::Expire, "commitment.expired", Some(reason.clone()), moment)?);
            self.closing_reason = Some(reason);
        }
        if self.status == CommitmentStatus::Accepted && self.terms.start <= moment.today() {
            steps.push(self.go(Move::Activate, "commitment.activated", None, moment)?);
        }
        if self.status.runs() && self.final_report_is_missing(moment) {
            let reason = format!("It ended on {}, and no final report came.", self.terms.end);
            steps.push(self.go(Move::RunOut, "commitment.missed", Some(reason.clone()), moment)?);
            self.closing_reason = Some(reason);
        }
        let standing = standing::standing(self, moment);
        if standing != self.standing {
            self.touch(moment);
        }
        Ok(steps)
    }

    /// Whether its end has passed with no final report, and the time in which that would not have been late has passed too.
    fn final_report_is_missing(&self, moment: &Moment) -> bool {
        let Some(last) = self.terms.periods().pop() else { return false };
        let reported = self.progress.reported.contains(&last.end);
        !reported && moment.today() > self.terms.report_late_after(last, moment).date
    }

    /// The first period whose report was not handed in.
    fn next_unreported(&self) -> Option<Period> {
        self.terms.periods().into_iter().find(|period| !self.progress.reported.contains(&period.end))
    }

    /// Whether its provider reports it better than the rule computes it.
    #[must_use]
    pub(crate) fn is_reported_better(&self) -> bool {
        let latest = self.progress.latest.as_ref();
        self.status.runs() && latest.is_some_and(|latest| latest.rag.severity() < self.standing.rag.severity())
    }

    /// Asks whether it runs, for something that can be done only then.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn require_running(&self, verb: &'static str) -> Result<(), Refusal> {
        if self.status.runs() { Ok(()) } else { Err(self.status.forbids(verb)) }
    }

    fn go(&mut self, by: Move, kind: &'static str, note: Option<String>, moment: &Moment) -> Result<Step, Refusal> {
        let from = self.status;
        self.status = from.after(by)?;
        self.touch(moment);
        Ok(Step { kind, from: Some(from), to: self.status, note })
    }

    fn stay(&self, kind: &'static str, note: Option<String>) -> Step {
        Step { kind, from: Some(self.status), to: self.status, note }
    }

    fn touch(&mut self, moment: &Moment) {
        self.standing = standing::standing(self, moment);
        self.update_time = moment.now;
        self.version += 1;
    }
}

#[cfg(test)]
pub(super) mod fixture;
#[cfg(test)]
mod tests;
