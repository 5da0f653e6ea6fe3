//! Events.

use pathfinder_kit::Failure;
use pathfinder_kit::feed::Recorded;
use pathfinder_proto::boards::v1 as pb;
use pathfinder_proto::boards::v1::boards_event::Payload;

use super::partnership::to_boundary;
use super::words::{to_nation, to_rag};
use super::{text, texts, time};
use crate::domain::event::{
    ActionChanged, ActionRaised, DecisionRecorded, DecisionReviewed, Event, MeetingChanged, MemberChanged,
    PartnershipChanged, PoliciesChanged,
};
use crate::domain::partnership::TIME_ZONE;

/// An event of the feed on the wire.
pub(in crate::grpc) fn to_event(recorded: Recorded) -> Result<pb::BoardsEvent, Failure> {
    let event: Event = serde_json::from_str(&recorded.payload)?;
    Ok(pb::BoardsEvent { meta: Some(recorded.meta), payload: Some(payload(event)) })
}

fn payload(event: Event) -> Payload {
    match event {
        Event::PartnershipChanged(event) => Payload::PartnershipChanged(partnership_changed(event)),
        Event::ConstitutionAdopted(event) => Payload::ConstitutionAdopted(pb::ConstitutionAdopted {
            constitution_id: event.constitution_id.to_string(),
            partnership_id: event.partnership_id.to_string(),
            effective_from_date: event.effective_from_date.to_string(),
        }),
        Event::SeatCreated(event) => Payload::SeatCreated(pb::SeatCreated {
            seat_id: event.seat_id.to_string(),
            partnership_id: event.partnership_id.to_string(),
            category: pb::SeatCategory::from(event.category).into(),
            name: event.name,
            voting: event.voting,
        }),
        Event::MemberChanged(event) => Payload::MemberChanged(member_changed(event)),
        Event::MeetingChanged(event) => Payload::MeetingChanged(meeting_changed(event)),
        Event::DecisionRecorded(event) => Payload::DecisionRecorded(decision_recorded(event)),
        Event::DecisionReviewed(event) => Payload::DecisionReviewed(decision_reviewed(event)),
        Event::DecisionReferralAnswered(event) => Payload::DecisionReferralAnswered(pb::DecisionReferralAnswered {
            decision_id: event.decision_id.to_string(),
            partnership_id: event.partnership_id.to_string(),
            reference: event.reference,
            answered_by_decision_id: event.answered_by.to_string(),
        }),
        Event::ActionRaised(event) => Payload::ActionRaised(action_raised(event)),
        Event::ActionChanged(event) => Payload::ActionChanged(action_changed(event)),
        Event::PoliciesChanged(event) => Payload::PoliciesChanged(policies_changed(event)),
    }
}

fn policies_changed(event: PoliciesChanged) -> pb::PoliciesChanged {
    pb::PoliciesChanged { partnership_id: event.partnership_id.to_string(), text: event.text, version: event.version }
}

fn partnership_changed(event: PartnershipChanged) -> pb::PartnershipChanged {
    pb::PartnershipChanged {
        partnership_id: event.partnership_id.to_string(),
        name: event.name,
        slug: event.slug,
        nation: to_nation(event.nation).into(),
        boundary: to_boundary(&event.boundary),
        reference_prefix: event.reference_prefix,
        time_zone: TIME_ZONE.to_owned(),
        status: pb::PartnershipStatus::from(event.status).into(),
        demonstration: event.demonstration,
    }
}

fn member_changed(event: MemberChanged) -> pb::MemberChanged {
    pb::MemberChanged {
        member_id: event.member_id.to_string(),
        partnership_id: event.partnership_id.to_string(),
        seat_id: event.seat_id.to_string(),
        name: event.name,
        role: pb::MemberRole::from(event.role).into(),
        term_start_date: event.term_start_date.to_string(),
        term_end_date: event.term_end_date.to_string(),
    }
}

fn meeting_changed(event: MeetingChanged) -> pb::MeetingChanged {
    pb::MeetingChanged {
        meeting_id: event.meeting_id.to_string(),
        partnership_id: event.partnership_id.to_string(),
        title: event.title,
        start_time: time(event.start_time),
        place: event.place,
        status: pb::MeetingStatus::from(event.status).into(),
        published_late: event.published_late,
    }
}

fn decision_recorded(event: DecisionRecorded) -> pb::DecisionRecorded {
    pb::DecisionRecorded {
        decision_id: event.decision_id.to_string(),
        partnership_id: event.partnership_id.to_string(),
        reference: event.reference,
        meeting_id: event.meeting_id.to_string(),
        class_code: event.class_code,
        text: event.text,
        outcome: pb::DecisionOutcome::from(event.outcome).into(),
        confidential: event.confidential,
    }
}

fn decision_reviewed(event: DecisionReviewed) -> pb::DecisionReviewed {
    pb::DecisionReviewed {
        decision_id: event.decision_id.to_string(),
        partnership_id: event.partnership_id.to_string(),
        reference: event.reference,
        kind: pb::ReviewKind::from(event.kind).into(),
        note: event.note,
        confidential: event.confidential,
    }
}

fn action_raised(event: ActionRaised) -> pb::ActionRaised {
    pb::ActionRaised {
        action_id: event.action_id.to_string(),
        partnership_id: event.partnership_id.to_string(),
        reference: event.reference,
        title: event.title,
        status: pb::ActionStatus::from(event.status).into(),
        origin: pb::ActionOrigin::from(event.origin).into(),
        issue_ids: texts(&event.issue_ids),
        decision_id: text(event.decision_id),
        owner_provider_id: text(event.owner_provider_id),
        owner_organisation: event.owner_organisation,
        due_date: event.due_date.to_string(),
    }
}

fn action_changed(event: ActionChanged) -> pb::ActionChanged {
    pb::ActionChanged {
        action_id: event.action_id.to_string(),
        partnership_id: event.partnership_id.to_string(),
        reference: event.reference,
        title: event.title,
        step: event.step.past().to_owned(),
        status: pb::ActionStatus::from(event.status).into(),
        reported_rag: to_rag(event.reported_rag).into(),
        computed_rag: to_rag(event.computed_rag).into(),
        issue_ids: texts(&event.issue_ids),
        owner_provider_id: text(event.owner_provider_id),
        owner_organisation: event.owner_organisation,
        due_date: event.due_date.to_string(),
        feedback_note: event.feedback_note,
    }
}
