//! The states of an action, as one table: what may be done in which state, and where it leads.

use pathfinder_terms::words;

use ActionStatus::{Agreed, Blocked, Cancelled, Complete, InProgress, PendingVerification, Proposed, Suspended};
use ActionStep::{
    Accept, Agree, Block, Cancel, Escalate, MoveDueDate, Reject, ReportProgress, Resume, Start, Submit, Suspend,
    Update, Verify,
};

use super::Refusal;
use super::steps;

words! {
    /// Where an action stands.
    pub enum ActionStatus {
        /// Put forward.
        Proposed = "proposed",
        /// Agreed by a decision, or by the manager under delegation.
        Agreed = "agreed",
        /// Being done.
        InProgress = "in_progress",
        /// Held up.
        Blocked = "blocked",
        /// Laid aside with approval.
        Suspended = "suspended",
        /// Said to be done.
        PendingVerification = "pending_verification",
        /// Seen to be done.
        Complete = "complete",
        /// Dropped by a decision.
        Cancelled = "cancelled",
    }
}

words! {
    /// What is done to an action.
    pub enum ActionStep {
        /// Put it forward. The first step of every action, so no row of the table.
        Raise = "raise",
        /// Change its words or people.
        Update = "update",
        /// Agree it.
        Agree = "agree",
        /// Take it on.
        Accept = "accept",
        /// Put it before the board, because the owner did not accept it in time.
        Escalate = "escalate",
        /// Begin the work.
        Start = "start",
        /// Say what holds it up.
        Block = "block",
        /// Lay it aside.
        Suspend = "suspend",
        /// Go on.
        Resume = "resume",
        /// Move the due date.
        MoveDueDate = "move_due_date",
        /// Report.
        ReportProgress = "report_progress",
        /// Say that it is done.
        Submit = "submit",
        /// See that it is done.
        Verify = "verify",
        /// See that it is not done yet.
        Reject = "reject",
        /// Drop it.
        Cancel = "cancel",
    }
}

/// Every allowed step. What is not here is refused.
pub const STEPS: &[(ActionStatus, ActionStep, ActionStatus)] = &[
    (Proposed, Update, Proposed),
    (Proposed, Agree, Agreed),
    (Proposed, Cancel, Cancelled),
    (Agreed, Update, Agreed),
    (Agreed, Accept, Agreed),
    (Agreed, Escalate, Agreed),
    (Agreed, MoveDueDate, Agreed),
    (Agreed, Start, InProgress),
    (Agreed, Cancel, Cancelled),
    (InProgress, Update, InProgress),
    (InProgress, MoveDueDate, InProgress),
    (InProgress, ReportProgress, InProgress),
    (InProgress, Block, Blocked),
    (InProgress, Suspend, Suspended),
    (InProgress, Submit, PendingVerification),
    (InProgress, Cancel, Cancelled),
    (Blocked, Update, Blocked),
    (Blocked, MoveDueDate, Blocked),
    (Blocked, ReportProgress, Blocked),
    (Blocked, Resume, InProgress),
    (Blocked, Cancel, Cancelled),
    (Suspended, Update, Suspended),
    (Suspended, MoveDueDate, Suspended),
    (Suspended, Resume, InProgress),
    (Suspended, Cancel, Cancelled),
    (PendingVerification, Update, PendingVerification),
    (PendingVerification, Verify, Complete),
    (PendingVerification, Reject, InProgress),
    (PendingVerification, Cancel, Cancelled),
];

impl ActionStatus {
    /// Where a step leads from here.
    pub fn after(self, step: ActionStep) -> Result<Self, Refusal> {
        steps::follow(STEPS, "action", self, step)
    }

    /// Whether nothing changes any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Complete | Cancelled)
    }
}

impl ActionStep {
    /// How history and events name the step once it is taken.
    #[must_use]
    pub const fn past(self) -> &'static str {
        match self {
            Self::Raise => "raised",
            Self::Update => "updated",
            Self::Agree => "agreed",
            Self::Accept => "accepted",
            Self::Escalate => "escalated",
            Self::Start => "started",
            Self::Block => "blocked",
            Self::Suspend => "suspended",
            Self::Resume => "resumed",
            Self::MoveDueDate => "due_date_moved",
            Self::ReportProgress => "progress_reported",
            Self::Submit => "submitted",
            Self::Verify => "completed",
            Self::Reject => "sent_back",
            Self::Cancel => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row for each state, one column for each, in the order of `ActionStatus::ALL`: which changes of state exist.
    const CHANGES: [(&str, [u8; 8]); 8] = [
        //                 prop agr prog bloc susp pend comp canc
        ("proposed", [0, 1, 0, 0, 0, 0, 0, 1]),
        ("agreed", [0, 0, 1, 0, 0, 0, 0, 1]),
        ("in_progress", [0, 0, 0, 1, 1, 1, 0, 1]),
        ("blocked", [0, 0, 1, 0, 0, 0, 0, 1]),
        ("suspended", [0, 0, 1, 0, 0, 0, 0, 1]),
        ("pending_verification", [0, 0, 1, 0, 0, 0, 1, 1]),
        ("complete", [0, 0, 0, 0, 0, 0, 0, 0]),
        ("cancelled", [0, 0, 0, 0, 0, 0, 0, 0]),
    ];

    #[test]
    fn every_pair_of_states_is_as_the_domain_document_has_it() {
        for (from, (word, row)) in ActionStatus::ALL.iter().zip(CHANGES) {
            assert_eq!(from.word(), word);
            for (to, allowed) in ActionStatus::ALL.iter().zip(row) {
                let found = from != to && ActionStep::ALL.iter().any(|step| from.after(*step) == Ok(*to));
                assert_eq!(found, allowed == 1, "{from} → {to}");
            }
        }
    }

    #[test]
    fn every_pair_of_state_and_step_is_a_row_or_refused() {
        for from in ActionStatus::ALL {
            for step in ActionStep::ALL {
                let rows = STEPS.iter().filter(|(state, allowed, _)| (state, allowed) == (from, step)).count();
                assert!(rows <= 1, "{from} has `{step}` twice");
                assert_eq!(from.after(*step).is_ok(), rows == 1);
            }
        }
    }

    #[test]
    fn nothing_leaves_a_final_state() {
        for state in ActionStatus::ALL {
            let leaves = STEPS.iter().any(|(from, _, _)| from == state);
            assert_eq!(state.is_final(), !leaves, "{state}");
        }
    }
}
