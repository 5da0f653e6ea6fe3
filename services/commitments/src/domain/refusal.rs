//! Why the rules of this service refuse something, each situation by its name.
//!
//! To add one, name the situation here with a sentence that a person can act on, and give it its reason in `error.rs`.

use chrono::NaiveDate;
use pathfinder_terms::{CommitmentId, DecisionId, ProgressReportId, StandardId};

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The path of the field, as the contract names it: `terms.target_value`.
    pub(crate) field: String,
    /// What is wrong with it and what would be right.
    pub(crate) description: String,
}

impl Violation {
    /// A violation of the field at `field`.
    pub(crate) fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self { field: field.into(), description: description.into() }
    }
}

/// A rule that refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Fields are wrong; all of them are listed.
    #[error("{} of the fields are wrong", .0.len())]
    Invalid(Vec<Violation>),
    /// The state does not allow the move.
    #[error("The {thing} is {}: it cannot be {verb}. {}", .state.replace('_', " "), possible(.allowed))]
    StateForbids {
        /// What was to be moved: `commitment`, `report`.
        thing: &'static str,
        /// The move in the passive: `accepted`.
        verb: &'static str,
        /// The word of the present state.
        state: &'static str,
        /// The moves that the present state allows, in the passive.
        allowed: Vec<&'static str>,
    },
    /// The version named is not the latest one of its standard.
    #[error("This version of the standard was superseded: revise the latest one, {latest}.")]
    StandardSuperseded {
        /// The version after it.
        latest: StandardId,
    },
    /// The next version would take effect too early.
    #[error(
        "The new version can take effect on {earliest} at the earliest, so that no issue is judged by what came after it."
    )]
    StandardBackdated {
        /// The first day that would do.
        earliest: NaiveDate,
    },
    /// The provider takes on nothing new.
    #[error("{name} is inactive and takes on no new standards or commitments.")]
    ProviderInactive {
        /// Its name.
        name: String,
    },
    /// The partnership was closed.
    #[error("{name} is archived: it can be read, and nothing in it changes any more.")]
    PartnershipArchived {
        /// Its name.
        name: String,
    },
    /// The decision did not carry.
    #[error("The commitment was not accepted: the board's decision did not carry (its outcome is {outcome}).")]
    DecisionNotCarried {
        /// The word of its outcome.
        outcome: String,
    },
    /// Another decision stands in its place.
    #[error(
        "The commitment was not accepted: the board's decision was corrected by a later one, {later}. Name that one."
    )]
    DecisionCorrected {
        /// The decision.
        decision_id: DecisionId,
        /// The later one.
        later: DecisionId,
    },
    /// The decision waits for the board.
    #[error(
        "The commitment was not accepted: the accountable body referred the board's decision back, and the board has not ratified or corrected it yet."
    )]
    DecisionReferredBack {
        /// The decision.
        decision_id: DecisionId,
    },
    /// The decision carried, and is about something else.
    #[error(
        "The commitment was not accepted: the board's decision is not about it. A decision that takes it names it among its commitments."
    )]
    DecisionUnrelated {
        /// The decision.
        decision_id: DecisionId,
        /// The commitment.
        commitment_id: CommitmentId,
    },
    /// The caller speaks for the provider that it would judge.
    #[error("A provider never verifies or accepts what it did itself: someone who does not speak for it has to.")]
    SelfVerification,
    /// Met was said without showing anything.
    #[error("A commitment is found met only with evidence: say what shows it, with an address where there is one.")]
    EvidenceRequired,
    /// Missed was said too early.
    #[error("The commitment runs until {end_date}: before that it cannot be found missed.")]
    CommitmentNotEnded {
        /// Its last day.
        end_date: NaiveDate,
    },
    /// It is too late to accept it.
    #[error("The last day of the commitment, {end_date}, has passed: agree on later dates first.")]
    CommitmentEnded {
        /// Its last day.
        end_date: NaiveDate,
    },
    /// There is no such milestone.
    #[error("The commitment has no milestone of that id.")]
    MilestoneUnknown,
    /// A milestone is recorded once.
    #[error("The milestone was recorded before: it was {status}.")]
    MilestoneRecorded {
        /// The word of how it was recorded.
        status: &'static str,
    },
    /// No period ends on that day.
    #[error("No period of the commitment ends on {given}. Near it, periods end on {}.", dates(.nearest))]
    PeriodUnknown {
        /// The day that was given.
        given: NaiveDate,
        /// The nearest days on which one does end.
        nearest: Vec<NaiveDate>,
    },
    /// The period goes on.
    #[error("The period runs until {period_end_date}: it can be reported on from the day after.")]
    PeriodNotOver {
        /// Its last day.
        period_end_date: NaiveDate,
    },
    /// The revision named is not the latest one of its report.
    #[error("This revision of the report was superseded: the latest one is {latest}.")]
    ReportSuperseded {
        /// The revision after it.
        latest: ProgressReportId,
    },
}

fn possible(allowed: &[&str]) -> String {
    if allowed.is_empty() { "It has come to its end.".to_owned() } else { format!("It can be {}.", allowed.join(", ")) }
}

fn dates(list: &[NaiveDate]) -> String {
    list.iter().map(NaiveDate::to_string).collect::<Vec<_>>().join(", ")
}
