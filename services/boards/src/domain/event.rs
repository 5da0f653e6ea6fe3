//! What others hear of changes in boards. Each event is whole in itself and small; a released kind only gains optional fields.
//!
//! To add one: a variant here, its kind and subject below, and its message in `boards/v1/events.proto` with the conversion in
//! `crate::grpc::convert`.

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_terms::{
    ActionId, ConstitutionId, DecisionId, IssueId, MeetingId, MemberId, Nation, PartnershipId, ProviderId, Rag, SeatId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::action::{Action, ActionOrigin};
use super::action_rag::Standing;
use super::action_state::{ActionStatus, ActionStep};
use super::constitution::Constitution;
use super::decision::{Decision, DecisionOutcome};
use super::meeting::Meeting;
use super::meeting_state::MeetingStatus;
use super::member::{Member, MemberRole, Seat, SeatCategory};
use super::partnership::{Boundary, Partnership, PartnershipStatus};
use super::review::{Review, ReviewKind};

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A partnership was founded, changed or archived.
    PartnershipChanged(PartnershipChanged),
    /// A version of a constitution was adopted.
    ConstitutionAdopted(ConstitutionAdopted),
    /// A seat was added.
    SeatCreated(SeatCreated),
    /// A member was appointed or changed.
    MemberChanged(MemberChanged),
    /// A meeting was prepared or changed.
    MeetingChanged(MeetingChanged),
    /// A decision was recorded.
    DecisionRecorded(DecisionRecorded),
    /// The accountable body endorsed a decision, or referred it back.
    DecisionReviewed(DecisionReviewed),
    /// The board answered a referral.
    DecisionReferralAnswered(DecisionReferralAnswered),
    /// An action was put forward.
    ActionRaised(ActionRaised),
    /// An action took a later step.
    ActionChanged(ActionChanged),
    /// A partnership's own policies were set or taken away.
    PoliciesChanged(PoliciesChanged),
}

impl Event {
    /// Every kind that there is.
    pub const KINDS: &'static [&'static str] = &[
        "partnership.changed",
        "constitution.adopted",
        "seat.created",
        "member.changed",
        "meeting.changed",
        "decision.recorded",
        "decision.reviewed",
        "decision.referral_answered",
        "action.raised",
        "action.changed",
        "policies.changed",
    ];

    /// The kind, such as `action.raised`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::PartnershipChanged(_) => "partnership.changed",
            Self::ConstitutionAdopted(_) => "constitution.adopted",
            Self::SeatCreated(_) => "seat.created",
            Self::MemberChanged(_) => "member.changed",
            Self::MeetingChanged(_) => "meeting.changed",
            Self::DecisionRecorded(_) => "decision.recorded",
            Self::DecisionReviewed(_) => "decision.reviewed",
            Self::DecisionReferralAnswered(_) => "decision.referral_answered",
            Self::ActionRaised(_) => "action.raised",
            Self::ActionChanged(_) => "action.changed",
            Self::PoliciesChanged(_) => "policies.changed",
        }
    }

    /// The partnership it belongs to, and the thing that changed.
    #[must_use]
    pub const fn place(&self) -> (PartnershipId, Uuid) {
        match self {
            Self::PartnershipChanged(event) => (event.partnership_id, event.partnership_id.0),
            Self::ConstitutionAdopted(event) => (event.partnership_id, event.constitution_id.0),
            Self::SeatCreated(event) => (event.partnership_id, event.seat_id.0),
            Self::MemberChanged(event) => (event.partnership_id, event.member_id.0),
            Self::MeetingChanged(event) => (event.partnership_id, event.meeting_id.0),
            Self::DecisionRecorded(event) => (event.partnership_id, event.decision_id.0),
            Self::DecisionReviewed(event) => (event.partnership_id, event.decision_id.0),
            Self::DecisionReferralAnswered(event) => (event.partnership_id, event.decision_id.0),
            Self::ActionRaised(event) => (event.partnership_id, event.action_id.0),
            Self::ActionChanged(event) => (event.partnership_id, event.action_id.0),
            Self::PoliciesChanged(event) => (event.partnership_id, event.partnership_id.0),
        }
    }
}

/// A partnership as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartnershipChanged {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Its name.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// The nation whose bank holidays count.
    pub nation: Nation,
    /// The boundary.
    pub boundary: Boundary,
    /// The capitals that begin its references.
    pub reference_prefix: String,
    /// Whether it is at work.
    pub status: PartnershipStatus,
    /// Whether it is invented.
    pub demonstration: bool,
}

impl From<&Partnership> for Event {
    fn from(partnership: &Partnership) -> Self {
        Self::PartnershipChanged(PartnershipChanged {
            partnership_id: partnership.id,
            name: partnership.name.clone(),
            slug: partnership.slug.clone(),
            nation: partnership.nation,
            boundary: partnership.boundary.clone(),
            reference_prefix: partnership.reference_prefix.clone(),
            status: partnership.status,
            demonstration: partnership.demonstration,
        })
    }
}

/// A partnership's own policies as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoliciesChanged {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The policies; empty where they were taken away.
    pub text: String,
    /// Counts how often they were set.
    pub version: i64,
}

/// A version of a constitution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConstitutionAdopted {
    /// The version.
    pub constitution_id: ConstitutionId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// From when it is in force.
    pub effective_from_date: NaiveDate,
}

impl From<&Constitution> for Event {
    fn from(constitution: &Constitution) -> Self {
        Self::ConstitutionAdopted(ConstitutionAdopted {
            constitution_id: constitution.id,
            partnership_id: constitution.partnership_id,
            effective_from_date: constitution.effective_from_date,
        })
    }
}

/// A seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatCreated {
    /// The seat.
    pub seat_id: SeatId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// What kind of member it is for.
    pub category: SeatCategory,
    /// The name to show.
    pub name: String,
    /// Whether it has a vote.
    pub voting: bool,
}

impl From<&Seat> for Event {
    fn from(seat: &Seat) -> Self {
        Self::SeatCreated(SeatCreated {
            seat_id: seat.id,
            partnership_id: seat.partnership_id,
            category: seat.category,
            name: seat.name.clone(),
            voting: seat.voting,
        })
    }
}

/// A member as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberChanged {
    /// The member.
    pub member_id: MemberId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The seat.
    pub seat_id: SeatId,
    /// The name to show.
    pub name: String,
    /// Chair, vice-chair or none.
    pub role: MemberRole,
    /// The first day of the term.
    pub term_start_date: NaiveDate,
    /// The last day, or the day it ended early.
    pub term_end_date: NaiveDate,
}

impl From<&Member> for Event {
    fn from(member: &Member) -> Self {
        Self::MemberChanged(MemberChanged {
            member_id: member.id,
            partnership_id: member.partnership_id,
            seat_id: member.seat_id,
            name: member.name.clone(),
            role: member.role,
            term_start_date: member.term_start_date,
            term_end_date: member.last_date(),
        })
    }
}

/// A meeting as it stands. Of a draft nobody hears more than that it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingChanged {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The title; empty for a draft.
    pub title: String,
    /// When it begins; none for a draft.
    pub start_time: Option<DateTime<Utc>>,
    /// Where it is; empty for a draft.
    pub place: String,
    /// Where it stands.
    pub status: MeetingStatus,
    /// Whether the agenda was published late.
    pub published_late: bool,
}

impl From<&Meeting> for Event {
    fn from(meeting: &Meeting) -> Self {
        let shown = |text: &String| if meeting.is_public() { text.clone() } else { String::new() };
        Self::MeetingChanged(MeetingChanged {
            meeting_id: meeting.id,
            partnership_id: meeting.partnership_id,
            title: shown(&meeting.title),
            start_time: meeting.is_public().then_some(meeting.start_time),
            place: shown(&meeting.place),
            status: meeting.status,
            published_late: meeting.publication.as_ref().is_some_and(|publication| publication.late),
        })
    }
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecorded {
    /// The decision.
    pub decision_id: DecisionId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The reference.
    pub reference: String,
    /// The meeting.
    pub meeting_id: MeetingId,
    /// The class.
    pub class_code: String,
    /// What was decided; empty where it is confidential.
    pub text: String,
    /// How it came out.
    pub outcome: DecisionOutcome,
    /// Whether the item is confidential.
    pub confidential: bool,
}

impl From<&Decision> for Event {
    fn from(decision: &Decision) -> Self {
        Self::DecisionRecorded(DecisionRecorded {
            decision_id: decision.id,
            partnership_id: decision.partnership_id,
            reference: decision.reference.clone(),
            meeting_id: decision.meeting_id,
            class_code: decision.class_code.clone(),
            text: if decision.confidential { String::new() } else { decision.text.clone() },
            outcome: decision.outcome,
            confidential: decision.confidential,
        })
    }
}

/// A word of the accountable body on a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionReviewed {
    /// The decision.
    pub decision_id: DecisionId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The reference.
    pub reference: String,
    /// What the accountable body said.
    pub kind: ReviewKind,
    /// Why, or what it remarked; empty where the decision is confidential.
    pub note: String,
    /// Whether the decision is confidential.
    pub confidential: bool,
}

impl DecisionReviewed {
    /// The event of a review.
    #[must_use]
    pub fn event(decision: &Decision, review: &Review) -> Event {
        Event::DecisionReviewed(Self {
            decision_id: decision.id,
            partnership_id: decision.partnership_id,
            reference: decision.reference.clone(),
            kind: review.kind,
            note: if decision.confidential { String::new() } else { review.note.clone() },
            confidential: decision.confidential,
        })
    }
}

/// A referral that the board answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionReferralAnswered {
    /// The decision that was referred back.
    pub decision_id: DecisionId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Its reference.
    pub reference: String,
    /// The later decision that answers.
    pub answered_by: DecisionId,
}

impl DecisionReferralAnswered {
    /// The event of an answer.
    #[must_use]
    pub fn event(decision: &Decision, answered_by: DecisionId) -> Event {
        Event::DecisionReferralAnswered(Self {
            decision_id: decision.id,
            partnership_id: decision.partnership_id,
            reference: decision.reference.clone(),
            answered_by,
        })
    }
}

/// An action that was put forward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionRaised {
    /// The action.
    pub action_id: ActionId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The reference.
    pub reference: String,
    /// The title.
    pub title: String,
    /// Where it stands.
    pub status: ActionStatus,
    /// What it came from.
    pub origin: ActionOrigin,
    /// The issues it answers.
    pub issue_ids: Vec<IssueId>,
    /// The decision it came from.
    pub decision_id: Option<DecisionId>,
    /// The provider that owns it.
    pub owner_provider_id: Option<ProviderId>,
    /// The organisation that owns it.
    pub owner_organisation: String,
    /// When it is due.
    pub due_date: NaiveDate,
}

impl From<&Action> for Event {
    fn from(action: &Action) -> Self {
        Self::ActionRaised(ActionRaised {
            action_id: action.id,
            partnership_id: action.partnership_id,
            reference: action.reference.clone(),
            title: action.title.clone(),
            status: action.status,
            origin: action.origin,
            issue_ids: action.issue_ids.clone(),
            decision_id: action.decision_id,
            owner_provider_id: action.owner.provider_id,
            owner_organisation: action.owner.organisation.clone(),
            due_date: action.due_date,
        })
    }
}

/// An action as it stands after a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionChanged {
    /// The action.
    pub action_id: ActionId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The reference.
    pub reference: String,
    /// The title.
    pub title: String,
    /// The step.
    pub step: ActionStep,
    /// Where it stands.
    pub status: ActionStatus,
    /// How the owner sees it.
    pub reported_rag: Rag,
    /// How the rule sees it, on the day of the step.
    pub computed_rag: Rag,
    /// The issues it answers.
    pub issue_ids: Vec<IssueId>,
    /// The provider that owns it.
    pub owner_provider_id: Option<ProviderId>,
    /// The organisation that owns it.
    pub owner_organisation: String,
    /// When it is due now.
    pub due_date: NaiveDate,
    /// What residents are told, once it is complete.
    pub feedback_note: String,
}

impl ActionChanged {
    /// The event of a step.
    #[must_use]
    pub fn event(action: &Action, step: ActionStep, standing: &Standing) -> Event {
        Event::ActionChanged(Self {
            action_id: action.id,
            partnership_id: action.partnership_id,
            reference: action.reference.clone(),
            title: action.title.clone(),
            step,
            status: action.status,
            reported_rag: standing.reported,
            computed_rag: standing.computed,
            issue_ids: action.issue_ids.clone(),
            owner_provider_id: action.owner.provider_id,
            owner_organisation: action.owner.organisation.clone(),
            due_date: action.due_date,
            feedback_note: action.feedback_note.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Actor;
    use super::super::decision::tests::carried;
    use super::*;

    #[test]
    fn an_event_does_not_say_why_a_confidential_decision_was_referred_back() {
        let review = Review {
            id: Uuid::nil(),
            kind: ReviewKind::ReferredBack,
            note: "The tenant must be heard.".to_owned(),
            reviewer: Actor { id: "council".to_owned(), name: "Council Finance".to_owned() },
            review_time: DateTime::UNIX_EPOCH,
            answered_by: None,
        };
        for confidential in [false, true] {
            let told = DecisionReviewed::event(&Decision { confidential, ..carried(1) }, &review);
            let told = serde_json::to_string(&told).expect("an event is JSON");
            assert_eq!(told.contains("tenant"), !confidential, "{told}");
        }
    }
}
