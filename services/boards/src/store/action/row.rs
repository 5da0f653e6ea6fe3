//! An action as a row, and back.

use pathfinder_kit::Failure;
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::super::columns::{from_json, json, maybe_from_json, maybe_json, word};
use super::super::entity::action::{ActiveModel, Model};
use crate::domain::action::{Action, Owner};

pub(super) fn of(action: &Action) -> Result<ActiveModel, Failure> {
    Ok(ActiveModel {
        id: Set(action.id.0),
        partnership_id: Set(action.partnership_id.0),
        reference: Set(action.reference.clone()),
        title: Set(action.title.clone()),
        text: Set(action.text.clone()),
        theme: Set(action.theme.clone()),
        origin: Set(action.origin.word().to_owned()),
        issue_ids: Set(json(&action.issue_ids)?),
        decision_id: Set(action.decision_id.map(Uuid::from)),
        owner_provider_id: Set(action.owner.provider_id.map(Uuid::from)),
        owner_organisation: Set(action.owner.organisation.clone()),
        owner_person_id: Set(action.owner.person_id.map(Uuid::from)),
        owner_person_name: Set(action.owner.person_name.clone()),
        supporting_organisations: Set(json(&action.supporting_organisations)?),
        priority: Set(action.priority.word().to_owned()),
        start_date: Set(action.start_date),
        original_due_date: Set(action.original_due_date),
        due_date: Set(action.due_date),
        due_date_moves: Set(json(&action.due_date_moves)?),
        status: Set(action.status.word().to_owned()),
        report: Set(maybe_json(action.report.as_ref())?),
        next_update_due_date: Set(action.next_update_due_date),
        agreement: Set(maybe_json(action.agreement.as_ref())?),
        acceptance_due_date: Set(action.agreement.map(|agreement| agreement.acceptance_due.date)),
        accept_time: Set(action.accept_time),
        escalate_time: Set(action.escalate_time),
        status_reason: Set(action.status_reason.clone()),
        evidence: Set(json(&action.evidence)?),
        closing_note: Set(action.closing_note.clone()),
        submit_time: Set(action.submit_time),
        submitter: Set(maybe_json(action.submitter.as_ref())?),
        feedback_note: Set(action.feedback_note.clone()),
        verifier: Set(maybe_json(action.verifier.as_ref())?),
        complete_time: Set(action.complete_time),
        cancel_decision_id: Set(action.cancel_decision_id.map(Uuid::from)),
        create_time: Set(action.create_time),
        update_time: Set(action.update_time),
        version: Set(action.version),
    })
}

impl TryFrom<Model> for Action {
    type Error = Failure;

    fn try_from(row: Model) -> Result<Self, Failure> {
        let owner = Owner {
            provider_id: row.owner_provider_id.map(Into::into),
            organisation: row.owner_organisation,
            person_id: row.owner_person_id.map(Into::into),
            person_name: row.owner_person_name,
        };
        Ok(Self {
            id: row.id.into(),
            partnership_id: row.partnership_id.into(),
            reference: row.reference,
            title: row.title,
            text: row.text,
            theme: row.theme,
            origin: word(&row.origin)?,
            issue_ids: from_json(&row.issue_ids)?,
            decision_id: row.decision_id.map(Into::into),
            owner,
            supporting_organisations: from_json(&row.supporting_organisations)?,
            priority: word(&row.priority)?,
            start_date: row.start_date,
            original_due_date: row.original_due_date,
            due_date: row.due_date,
            due_date_moves: from_json(&row.due_date_moves)?,
            status: word(&row.status)?,
            report: maybe_from_json(row.report.as_deref())?,
            next_update_due_date: row.next_update_due_date,
            agreement: maybe_from_json(row.agreement.as_deref())?,
            accept_time: row.accept_time,
            escalate_time: row.escalate_time,
            status_reason: row.status_reason,
            evidence: from_json(&row.evidence)?,
            closing_note: row.closing_note,
            submit_time: row.submit_time,
            submitter: maybe_from_json(row.submitter.as_deref())?,
            feedback_note: row.feedback_note,
            verifier: maybe_from_json(row.verifier.as_deref())?,
            complete_time: row.complete_time,
            cancel_decision_id: row.cancel_decision_id.map(Into::into),
            create_time: row.create_time,
            update_time: row.update_time,
            version: row.version,
        })
    }
}
