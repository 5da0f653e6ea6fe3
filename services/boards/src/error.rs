//! Why boards refuses: one reason of the contract's registry for each refusal of the domain, with its numbers as metadata.

use pathfinder_kit::{Failure, Reason, Violation};

use crate::domain::quorum::Quorum;
use crate::domain::{Fault, Refusal};

/// Why boards refuses.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A rule of the board.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What the kit refuses: no role, no such thing, a stale etag, the database.
    #[error(transparent)]
    Kit(#[from] Failure),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => of(refusal),
            Error::Kit(failure) => failure,
        }
    }
}

/// The failure of a refusal.
pub(crate) fn of(refusal: Refusal) -> Failure {
    let failure = Failure::new(reason(&refusal), refusal.to_string());
    match refusal {
        Refusal::Invalid(faults) => invalid(faults),
        Refusal::StateForbids { step, state, allowed, .. } => {
            failure.with("wanted", step).with("state", state).with("allowed", allowed.join(", "))
        }
        Refusal::NoConstitution { date } => failure.with("date", date),
        Refusal::SeatsExceeded { category, allowed } => failure.with("category", category).with("allowed", allowed),
        Refusal::SeatTaken { until, .. } | Refusal::ChairTaken { until, .. } => failure.with("until", until),
        Refusal::MembershipEnded { on } | Refusal::NotACurrentMember { on, .. } => failure.with("date", on),
        Refusal::NoticeTooShort { notice_date, clear_days } => {
            failure.with("notice_date", notice_date).with("clear_working_days", clear_days)
        }
        Refusal::MinutesIncomplete { items } => failure.with("items", items.join(", ")),
        Refusal::NotQuorate(quorum) => with_quorum(failure, &quorum),
        Refusal::VotesExceedElectorate { votes, voters } => failure.with("votes", votes).with("voters", voters),
        Refusal::DecisionClassUnknown { code, classes } => {
            failure.with("code", code).with("classes", classes.join(", "))
        }
        Refusal::DecisionNotCarried { reference, .. } | Refusal::DecisionReferredBack { reference, .. } => {
            failure.with("reference", reference)
        }
        Refusal::DecisionCorrected { reference, later_id, .. } => {
            failure.with("reference", reference).with("corrected_by", later_id)
        }
        Refusal::ConstitutionNeedsDecision { since } => failure.with("effective_from_date", since),
        Refusal::IssueUnknown { issue_id } => failure.with("issue_id", issue_id),
        Refusal::MoveNeedsDecision { moves, free_moves, days, free_days } => {
            failure.with("moves", moves).with("free_moves", free_moves).with("days", days).with("free_days", free_days)
        }
        Refusal::PartnershipArchived
        | Refusal::SubstituteUnfit { .. }
        | Refusal::AgendaEmpty
        | Refusal::NoPresidingMember
        | Refusal::MeetingBeforeItsDay { .. }
        | Refusal::AttendanceOutOfOrder { .. }
        | Refusal::MinutesNeedLaterMeeting { .. }
        | Refusal::CastingVoteForbidden { .. }
        | Refusal::MemberMayNotVote { .. }
        | Refusal::NotTheOwner { .. }
        | Refusal::ActionAlreadyAccepted { .. }
        | Refusal::ActionNotAccepted { .. }
        | Refusal::VerifierIsOwner { .. }
        | Refusal::VerifierIsSubmitter { .. } => failure,
    }
}

const fn reason(refusal: &Refusal) -> Reason {
    match refusal {
        Refusal::Invalid(_) => Reason::InvalidRequest,
        Refusal::StateForbids { .. } => Reason::StateForbids,
        Refusal::NoConstitution { .. } => Reason::NoConstitution,
        Refusal::PartnershipArchived => Reason::PartnershipArchived,
        Refusal::SeatsExceeded { .. } => Reason::SeatsExceeded,
        Refusal::SeatTaken { .. } => Reason::SeatTaken,
        Refusal::ChairTaken { .. } => Reason::ChairTaken,
        Refusal::SubstituteUnfit { .. } => Reason::SubstituteUnfit,
        Refusal::MembershipEnded { .. } => Reason::MembershipEnded,
        Refusal::NoticeTooShort { .. } => Reason::NoticeTooShort,
        Refusal::AgendaEmpty => Reason::AgendaEmpty,
        Refusal::NoPresidingMember => Reason::NoPresidingMember,
        Refusal::MeetingBeforeItsDay { .. } => Reason::MeetingBeforeItsDay,
        Refusal::NotACurrentMember { .. } => Reason::NotACurrentMember,
        Refusal::AttendanceOutOfOrder { .. } => Reason::AttendanceOutOfOrder,
        Refusal::MinutesIncomplete { .. } => Reason::MinutesIncomplete,
        Refusal::MinutesNeedLaterMeeting { .. } => Reason::MinutesNeedLaterMeeting,
        Refusal::NotQuorate(_) => Reason::NotQuorate,
        Refusal::VotesExceedElectorate { .. } => Reason::VotesExceedElectorate,
        Refusal::CastingVoteForbidden { .. } => Reason::CastingVoteForbidden,
        Refusal::MemberMayNotVote { .. } => Reason::MemberMayNotVote,
        Refusal::DecisionClassUnknown { .. } => Reason::DecisionClassUnknown,
        Refusal::DecisionNotCarried { .. } => Reason::DecisionNotCarried,
        Refusal::DecisionReferredBack { .. } => Reason::DecisionReferredBack,
        Refusal::DecisionCorrected { .. } => Reason::DecisionCorrected,
        Refusal::ConstitutionNeedsDecision { .. } => Reason::ConstitutionNeedsDecision,
        Refusal::IssueUnknown { .. } => Reason::IssueUnknown,
        Refusal::NotTheOwner { .. } => Reason::NotTheOwner,
        Refusal::ActionAlreadyAccepted { .. } => Reason::ActionAlreadyAccepted,
        Refusal::ActionNotAccepted { .. } => Reason::ActionNotAccepted,
        Refusal::MoveNeedsDecision { .. } => Reason::MoveNeedsDecision,
        Refusal::VerifierIsOwner { .. } | Refusal::VerifierIsSubmitter { .. } => Reason::VerifierIsOwner,
    }
}

fn invalid(faults: Vec<Fault>) -> Failure {
    Failure::invalid(faults.into_iter().map(|fault| Violation::new(fault.field, fault.description)).collect())
}

fn with_quorum(failure: Failure, quorum: &Quorum) -> Failure {
    failure
        .with("filled_seats", quorum.filled_seat_count)
        .with("needed", quorum.needed_count)
        .with("present", quorum.present_count)
        .with("withdrawn", quorum.withdrawn_count)
        .with("needed_residents", quorum.needed_resident_count)
        .with("residents", quorum.resident_count)
}
