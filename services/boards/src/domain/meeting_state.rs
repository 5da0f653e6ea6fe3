//! The states of a meeting, as one table: what may be done in which state, and where it leads.

use pathfinder_terms::words;

use MeetingStatus::{Adjourned, AgendaPublished, Cancelled, Closed, Draft, InSession, MinutesApproved, MinutesDraft};
use MeetingStep::{
    Adjourn, ApproveMinutes, Cancel, Close, DeclareInterest, Describe, DraftMinutes, Open, PublishAgenda,
    RecordAttendance, RecordDecision, Resume, Revise,
};

use super::Refusal;
use super::steps;

words! {
    /// Where a meeting stands.
    pub enum MeetingStatus {
        /// Being prepared.
        Draft = "draft",
        /// The papers are out.
        AgendaPublished = "agenda_published",
        /// Sitting.
        InSession = "in_session",
        /// Broken off, to go on later.
        Adjourned = "adjourned",
        /// Over.
        Closed = "closed",
        /// Draft minutes are out.
        MinutesDraft = "minutes_draft",
        /// A later meeting approved the minutes.
        MinutesApproved = "minutes_approved",
        /// It did not take place.
        Cancelled = "cancelled",
    }
}

words! {
    /// What is done to a meeting.
    pub enum MeetingStep {
        /// Change anything of it.
        Revise = "revise",
        /// Change title or place.
        Describe = "describe",
        /// Publish the papers.
        PublishAgenda = "publish_agenda",
        /// Open it.
        Open = "open",
        /// Record who is there.
        RecordAttendance = "record_attendance",
        /// Declare an interest.
        DeclareInterest = "declare_interest",
        /// Record a decision.
        RecordDecision = "record_decision",
        /// Break it off.
        Adjourn = "adjourn",
        /// Go on.
        Resume = "resume",
        /// Close it.
        Close = "close",
        /// Call it off.
        Cancel = "cancel",
        /// Write the minutes.
        DraftMinutes = "draft_minutes",
        /// Sign the minutes.
        ApproveMinutes = "approve_minutes",
    }
}

/// Every allowed step. What is not here is refused.
pub const STEPS: &[(MeetingStatus, MeetingStep, MeetingStatus)] = &[
    (Draft, Revise, Draft),
    (Draft, Describe, Draft),
    (Draft, PublishAgenda, AgendaPublished),
    (Draft, Cancel, Cancelled),
    (AgendaPublished, Describe, AgendaPublished),
    (AgendaPublished, RecordAttendance, AgendaPublished),
    (AgendaPublished, DeclareInterest, AgendaPublished),
    (AgendaPublished, Open, InSession),
    (AgendaPublished, Cancel, Cancelled),
    (InSession, RecordAttendance, InSession),
    (InSession, DeclareInterest, InSession),
    (InSession, RecordDecision, InSession),
    (InSession, Adjourn, Adjourned),
    (InSession, Close, Closed),
    (Adjourned, RecordAttendance, Adjourned),
    (Adjourned, DeclareInterest, Adjourned),
    (Adjourned, Resume, InSession),
    (Adjourned, Close, Closed),
    (Closed, DraftMinutes, MinutesDraft),
    (MinutesDraft, DraftMinutes, MinutesDraft),
    (MinutesDraft, ApproveMinutes, MinutesApproved),
];

impl MeetingStatus {
    /// Where a step leads from here.
    pub fn after(self, step: MeetingStep) -> Result<Self, Refusal> {
        steps::follow(STEPS, "meeting", self, step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row for each state, one column for each, in the order of `MeetingStatus::ALL`: which changes of state exist.
    const CHANGES: [(&str, [u8; 8]); 8] = [
        //                   draft publ sess adj closed mdraft mappr canc
        ("draft", [0, 1, 0, 0, 0, 0, 0, 1]),
        ("agenda_published", [0, 0, 1, 0, 0, 0, 0, 1]),
        ("in_session", [0, 0, 0, 1, 1, 0, 0, 0]),
        ("adjourned", [0, 0, 1, 0, 1, 0, 0, 0]),
        ("closed", [0, 0, 0, 0, 0, 1, 0, 0]),
        ("minutes_draft", [0, 0, 0, 0, 0, 0, 1, 0]),
        ("minutes_approved", [0, 0, 0, 0, 0, 0, 0, 0]),
        ("cancelled", [0, 0, 0, 0, 0, 0, 0, 0]),
    ];

    #[test]
    fn every_pair_of_states_is_as_the_domain_document_has_it() {
        for (from, (word, row)) in MeetingStatus::ALL.iter().zip(CHANGES) {
            assert_eq!(from.word(), word);
            for (to, allowed) in MeetingStatus::ALL.iter().zip(row) {
                let found = from != to && MeetingStep::ALL.iter().any(|step| from.after(*step) == Ok(*to));
                assert_eq!(found, allowed == 1, "{from} → {to}");
            }
        }
    }

    #[test]
    fn every_pair_of_state_and_step_is_a_row_or_refused() {
        for from in MeetingStatus::ALL {
            for step in MeetingStep::ALL {
                let rows: Vec<_> =
                    STEPS.iter().filter(|(state, allowed, _)| (state, allowed) == (from, step)).collect();
                assert!(rows.len() <= 1, "{from} has `{step}` twice");
                assert_eq!(from.after(*step).is_ok(), rows.len() == 1);
            }
        }
    }

    #[test]
    fn a_refusal_says_what_is_possible() {
        let refusal = Draft.after(Open).expect_err("a draft is not opened");
        assert_eq!(
            refusal.to_string(),
            "`open` is not possible while the meeting is `draft`; possible now: revise, describe, publish_agenda, cancel."
        );
        let over = MinutesApproved.after(DraftMinutes).expect_err("approved minutes are final");
        assert!(over.to_string().ends_with("nothing is possible any more."));
    }

    #[test]
    fn decisions_are_taken_in_session_only() {
        for state in MeetingStatus::ALL {
            assert_eq!(state.after(RecordDecision).is_ok(), *state == InSession);
        }
    }
}
