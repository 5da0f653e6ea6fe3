//! Actions, their history, and breach notices.

use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, etag};
use pathfinder_proto::boards::v1 as pb;
use pathfinder_proto::types::v1 as types;
use pathfinder_terms::PersonId;

use super::words::{Read as _, rag, to_rag};
use super::{count, evidence, maybe_date, sound, text, texts, time, to_actor, to_evidence};
use crate::app::actions::{ActionTarget, ActionView, RaiseAction, ReportProgress};
use crate::domain::action::{ActionOrigin, ActionPriority, LinkedCommitment, Owner, Proposal, Report};
use crate::domain::action_steps::{ActionChanges, Verdict};
use crate::domain::breach_notice::BreachNotice;
use crate::domain::cluster_notice::ClusterNotice;
use crate::domain::due_date::DueDateMove;
use crate::store::action::HistoryEntry;

/// Which action to change.
pub(in crate::grpc) fn action_target(
    partnership_id: &str,
    action_id: &str,
    etag: String,
) -> Result<ActionTarget, Failure> {
    let partnership_id = wire::id("partnership_id", partnership_id)?;
    Ok(ActionTarget { partnership_id, action_id: wire::id("action_id", action_id)?, etag })
}

impl TryFrom<pb::RaiseActionRequest> for RaiseAction {
    type Error = Failure;

    fn try_from(message: pb::RaiseActionRequest) -> Result<Self, Failure> {
        let origin = message.origin().read().unwrap_or(ActionOrigin::Walkabout);
        let priority = message.priority().read().unwrap_or(ActionPriority::Medium);
        let mut gather = Gather::default();
        let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
        let decision_id = gather.take(wire::optional_id("decision_id", &message.decision_id));
        let provider_id = gather.take(wire::optional_id("owner_provider_id", &message.owner_provider_id));
        let person_id = gather.take(wire::optional_id("owner_person_id", &message.owner_person_id));
        let start_date = gather.take(maybe_date("start_date", &message.start_date));
        let due_date = gather.take(wire::date("due_date", &message.due_date));
        let issues =
            message.issue_ids.iter().enumerate().map(|(index, id)| wire::id(&format!("issue_ids[{index}]"), id));
        let issue_ids = issues.filter_map(|id| gather.take(id)).collect();
        gather.finish()?;
        let owner = Owner {
            provider_id: sound(provider_id)?,
            organisation: message.owner_organisation,
            person_id: sound(person_id)?,
            person_name: message.owner_person_name,
        };
        let proposal = Proposal {
            title: message.title,
            text: message.text,
            theme: message.theme,
            origin,
            issue_ids,
            decision_id: sound(decision_id)?,
            owner,
            supporting_organisations: message.supporting_organisations,
            priority,
            start_date: sound(start_date)?,
            due_date: sound(due_date)?,
        };
        Ok(Self { partnership_id: sound(partnership_id)?, proposal })
    }
}

impl TryFrom<pb::UpdateActionRequest> for ActionChanges {
    type Error = Failure;

    fn try_from(message: pb::UpdateActionRequest) -> Result<Self, Failure> {
        let priority = message.priority.is_some().then(|| message.priority().read()).flatten();
        let person: Option<Option<PersonId>> =
            message.owner_person_id.map(|id| wire::optional_id("owner_person_id", &id)).transpose()?;
        Ok(Self {
            title: message.title,
            text: message.text,
            theme: message.theme,
            person_name: message.owner_person_name,
            person_id: person,
            priority,
        })
    }
}

/// An owner's report.
pub(in crate::grpc) fn report_progress(message: pb::ReportActionProgressRequest) -> Result<ReportProgress, Failure> {
    let rag = rag(message.rag());
    let mut gather = Gather::default();
    let get_well_date = gather.take(maybe_date("get_well_date", &message.get_well_date));
    let forecast_date = gather.take(maybe_date("forecast_date", &message.forecast_date));
    gather.finish()?;
    Ok(ReportProgress {
        target: action_target(&message.partnership_id, &message.action_id, message.etag)?,
        rag,
        narrative: message.narrative,
        cause: message.cause,
        consequence: message.consequence,
        get_well_date: sound(get_well_date)?,
        forecast_date: sound(forecast_date)?,
        evidence: evidence(message.evidence),
    })
}

/// A verifier's word: with what residents are told, or what is still to be done.
pub(in crate::grpc) fn verdict(accepted: bool, feedback_note: String, reason: String) -> Result<Verdict, Failure> {
    let mut gather = Gather::default();
    let (needed, other) = if accepted {
        (("feedback_note", &feedback_note), ("reason", &reason))
    } else {
        (("reason", &reason), ("feedback_note", &feedback_note))
    };
    if needed.1.trim().is_empty() {
        gather.report(
            needed.0,
            if accepted { "is needed where the work is accepted" } else { "is needed where the work is not accepted" },
        );
    }
    if !other.1.is_empty() {
        gather.report(
            other.0,
            if accepted { "goes only with work that is not accepted" } else { "goes only with work that is accepted" },
        );
    }
    gather.finish()?;
    Ok(if accepted { Verdict::Accepted { feedback_note } } else { Verdict::Rejected { reason } })
}

/// An action on the wire; who the people are only for those who may know it.
pub(in crate::grpc) fn to_action(view: ActionView, in_full: bool) -> pb::Action {
    let ActionView { action, commitments, standing } = view;
    let agreement = action.agreement;
    let known = |value: String| if in_full { value } else { String::new() };
    pb::Action {
        action_id: action.id.to_string(),
        partnership_id: action.partnership_id.to_string(),
        reference: action.reference,
        title: action.title,
        text: action.text,
        theme: action.theme,
        origin: pb::ActionOrigin::from(action.origin).into(),
        issue_ids: texts(&action.issue_ids),
        decision_id: text(action.decision_id),
        owner_provider_id: text(action.owner.provider_id),
        owner_organisation: action.owner.organisation,
        owner_person_id: known(text(action.owner.person_id)),
        owner_person_name: known(action.owner.person_name),
        supporting_organisations: action.supporting_organisations,
        priority: pb::ActionPriority::from(action.priority).into(),
        start_date: action.start_date.to_string(),
        original_due_date: action.original_due_date.to_string(),
        due_date: action.due_date.to_string(),
        due_date_moves: action.due_date_moves.into_iter().map(|entry| to_move(entry, in_full)).collect(),
        status: pb::ActionStatus::from(action.status).into(),
        report: action.report.map(|report| to_report(report, in_full)),
        reported_rag: to_rag(standing.reported).into(),
        computed_rag: to_rag(standing.computed).into(),
        slip_days: count(standing.slip_days),
        reported_too_well: standing.reported_too_well,
        next_update_due_date: text(action.next_update_due_date),
        update_overdue: standing.update_overdue,
        agreed_decision_id: text(agreement.and_then(|agreement| agreement.decision_id)),
        agreed_by_delegation: agreement.is_some_and(|agreement| agreement.decision_id.is_none()),
        acceptance_due_date: text(agreement.map(|agreement| agreement.acceptance_due.date)),
        accept_time: time(action.accept_time),
        escalate_time: time(action.escalate_time),
        status_reason: action.status_reason,
        evidence: action.evidence.into_iter().map(to_evidence).collect(),
        closing_note: action.closing_note,
        feedback_note: action.feedback_note,
        verifier: action.verifier.map(|verifier| to_actor(verifier, in_full)),
        complete_time: time(action.complete_time),
        cancel_decision_id: text(action.cancel_decision_id),
        commitments: commitments.into_iter().map(to_commitment).collect(),
        calendar_uncertain: agreement.is_some_and(|agreement| agreement.acceptance_due.beyond_calendar),
        create_time: Some(wire::timestamp(action.create_time)),
        update_time: Some(wire::timestamp(action.update_time)),
        etag: etag::of(action.version),
    }
}

fn to_move(entry: DueDateMove, in_full: bool) -> pb::DueDateMove {
    pb::DueDateMove {
        from_date: entry.from.to_string(),
        to_date: entry.to.to_string(),
        reason: entry.reason,
        decision_id: text(entry.decision_id),
        actor: Some(to_actor(entry.actor, in_full)),
        move_time: Some(wire::timestamp(entry.move_time)),
    }
}

fn to_report(report: Report, in_full: bool) -> pb::ActionReport {
    pb::ActionReport {
        rag: to_rag(report.rag).into(),
        narrative: report.narrative,
        cause: report.cause,
        consequence: report.consequence,
        get_well_date: text(report.get_well_date),
        forecast_date: text(report.forecast_date),
        reporter: Some(to_actor(report.reporter, in_full)),
        report_time: Some(wire::timestamp(report.report_time)),
    }
}

fn to_commitment(commitment: LinkedCommitment) -> pb::LinkedCommitment {
    pb::LinkedCommitment {
        commitment_id: commitment.commitment_id.to_string(),
        provider_id: commitment.provider_id.to_string(),
        status: commitment.status,
        rag: to_rag(commitment.rag).into(),
    }
}

/// A step of an action on the wire.
pub(in crate::grpc) fn history_entry(entry: HistoryEntry, in_full: bool) -> types::HistoryEntry {
    types::HistoryEntry {
        entry_time: Some(wire::timestamp(entry.time)),
        actor: Some(to_actor(entry.actor, in_full)),
        kind: format!("action.{}", entry.taken.step.past()),
        from_state: text(entry.taken.from),
        to_state: entry.taken.to.to_string(),
        note: entry.taken.note,
    }
}

impl From<ClusterNotice> for pb::ClusterNotice {
    fn from(notice: ClusterNotice) -> Self {
        Self {
            cluster_notice_id: notice.id.to_string(),
            partnership_id: notice.partnership_id.to_string(),
            cluster_id: notice.cluster_id.to_string(),
            category_code: notice.category_code,
            category_name: notice.category_name,
            center: Some(types::LatLng::at(notice.latitude, notice.longitude)),
            issue_count: i32::try_from(notice.issue_ids.len()).unwrap_or(i32::MAX),
            first_report_time: Some(wire::timestamp(notice.first_report_time)),
            last_report_time: Some(wire::timestamp(notice.last_report_time)),
            find_time: Some(wire::timestamp(notice.find_time)),
            issue_ids: notice.issue_ids.iter().map(ToString::to_string).collect(),
            answered: !notice.action_ids.is_empty(),
            action_ids: notice.action_ids.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<BreachNotice> for pb::BreachNotice {
    fn from(notice: BreachNotice) -> Self {
        Self {
            breach_notice_id: notice.id.to_string(),
            partnership_id: notice.partnership_id.to_string(),
            issue_id: notice.issue_id.to_string(),
            issue_reference: notice.issue_reference,
            provider_id: text(notice.provider_id),
            standard_id: text(notice.standard_id),
            due_time: time(notice.due_time),
            breach_time: Some(wire::timestamp(notice.breach_time)),
            answered: !notice.action_ids.is_empty(),
            action_ids: texts(&notice.action_ids),
        }
    }
}
