//! Taking decisions, and reading them.

use chrono::Datelike as _;
use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Failure, Unit};
use pathfinder_terms::calendar::local_date;
use pathfinder_terms::{DecisionId, MeetingId, PartnershipId};
use uuid::Uuid;

use super::{App, Listed, constitution_on};
use crate::domain::Refusal;
use crate::domain::decision::{Decision, DecisionOutcome, Moment, Motion};
use crate::domain::event::Event;
use crate::domain::partnership::Partnership;
use crate::domain::reference::{ReferenceKind, reference};
use crate::error::Error;
use crate::store::{self, Query};

/// A decision to record.
#[derive(Debug, Clone)]
pub(crate) struct RecordDecision {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) meeting_id: MeetingId,
    pub(crate) motion: Motion,
}

impl App {
    /// Records a decision of a meeting in session, with the quorum of this moment.
    pub(crate) async fn record_decision(&self, call: &Call, command: &RecordDecision) -> Result<Decision, Error> {
        let partnership_id = command.partnership_id;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        let partnership = store::partnership::get(unit.tx(), partnership_id).await?;
        partnership.require_active()?;
        let mut meeting = store::meeting::get(unit.tx(), partnership_id, command.meeting_id).await?;
        meeting.note_decision(command.motion.agenda_item_id)?;
        meeting.update_time = call.now;
        let constitution = constitution_on(unit.tx(), partnership_id, local_date(call.now)).await?;
        require_precedents(&unit, partnership_id, &command.motion).await?;
        let board = store::board::load(unit.tx(), partnership_id).await?;
        let moment = Moment {
            id: self.host.next_id(call.now).into(),
            reference: next_reference(&unit, &partnership, call).await?,
            now: call.now,
            constitution: &constitution,
            board: &board,
            meeting: &meeting,
        };
        let decision = Decision::take(moment, command.motion.clone())?;
        store::decision::insert(unit.tx(), &decision).await?;
        // The meeting's version moves with each decision, so that attendance and interests cannot change beneath it.
        store::meeting::update(unit.tx(), &mut meeting).await?;
        unit.record(&Event::from(&decision), &decision)?;
        Ok(unit.commit(decision).await?)
    }

    /// Reads a decision; a confidential one is not there for outsiders.
    pub(crate) async fn get_decision(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: DecisionId,
    ) -> Result<Decision, Error> {
        let decision = store::decision::get(self.host.reader(), partnership_id, id).await?;
        if decision.confidential && !Self::is_insider(call, partnership_id) {
            return Err(Failure::not_found("decision", id).into());
        }
        Ok(decision)
    }

    /// Lists decisions.
    pub(crate) async fn list_decisions(
        &self,
        call: &Call,
        id: PartnershipId,
        filter: &str,
        page: &Page<Uuid>,
    ) -> Listed<Decision> {
        self.require_partnership(id).await?;
        let query = Query { filter, after: page.after, limit: page.size + 1 };
        let public_only = !Self::is_insider(call, id);
        let rows = store::decision::list(self.host.reader(), id, public_only, query).await?;
        Ok(page.close(rows, |decision| decision.id.0)?)
    }
}

/// What a motion ratifies is a recommendation of this partnership, and what it corrects is a decision of it.
async fn require_precedents(unit: &Unit, partnership_id: PartnershipId, motion: &Motion) -> Result<(), Error> {
    if let Some(id) = motion.ratifies {
        let ratified = store::decision::get(unit.tx(), partnership_id, id).await?;
        if ratified.outcome != DecisionOutcome::Recommended {
            return Err(Refusal::invalid("ratifies_decision_id", "is not a recommendation").into());
        }
    }
    if let Some(id) = motion.corrects {
        store::decision::get(unit.tx(), partnership_id, id).await?;
    }
    Ok(())
}

async fn next_reference(unit: &Unit, partnership: &Partnership, call: &Call) -> Result<String, Failure> {
    let year = local_date(call.now).year();
    let number = store::reference::take_number(unit.tx(), partnership.id, ReferenceKind::Decision, year).await?;
    Ok(reference(&partnership.reference_prefix, ReferenceKind::Decision, year, number))
}
