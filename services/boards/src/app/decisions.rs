//! Taking decisions, reading them, and what the accountable body says of them.

use chrono::Datelike as _;
use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Failure, Unit};
use pathfinder_terms::calendar::local_date;
use pathfinder_terms::{DecisionId, MeetingId, PartnershipId};
use uuid::Uuid;

use super::{App, Listed, actor, constitution_on};
use crate::domain::Refusal;
use crate::domain::decision::{Decision, DecisionOutcome, Moment, Motion};
use crate::domain::event::{DecisionReferralAnswered, DecisionReviewed, Event};
use crate::domain::partnership::Partnership;
use crate::domain::reference::{ReferenceKind, reference};
use crate::domain::review::{Review, ReviewKind, ReviewedDecision};
use crate::error::Error;
use crate::store::{self, Query};

/// A decision to record.
#[derive(Debug, Clone)]
pub(crate) struct RecordDecision {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) meeting_id: MeetingId,
    pub(crate) motion: Motion,
}

/// A word of the accountable body on a decision.
#[derive(Debug, Clone)]
pub(crate) struct ReviewDecision {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) decision_id: DecisionId,
    pub(crate) kind: ReviewKind,
    pub(crate) note: String,
}

impl App {
    /// Records a decision of a meeting in session, with the quorum of this moment. One that carried answers the referral of what it
    /// ratifies or corrects.
    pub(crate) async fn record_decision(
        &self,
        call: &Call,
        command: &RecordDecision,
    ) -> Result<ReviewedDecision, Error> {
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
        let precedents = precedents(&unit, partnership_id, &command.motion).await?;
        let board = store::board::load(unit.tx(), partnership_id).await?;
        let moment = Moment {
            id: self.host.next_id(call.now).into(),
            reference: next_reference(&unit, &partnership, call).await?,
            now: call.now,
            constitution: &constitution,
            board: &board,
            meeting: &meeting,
            precedents: &precedents,
        };
        let decision = Decision::take(moment, command.motion.clone())?;
        store::decision::insert(unit.tx(), &decision).await?;
        // The meeting's version moves with each decision, so that attendance and interests cannot change beneath it.
        store::meeting::update(unit.tx(), &mut meeting).await?;
        unit.record(&Event::from(&decision), &decision)?;
        answer_referrals(&mut unit, &decision, precedents).await?;
        Ok(unit.commit(ReviewedDecision::fresh(decision)).await?)
    }

    /// Records that the accountable body endorses a decision, or refers it back.
    pub(crate) async fn review_decision(
        &self,
        call: &Call,
        command: &ReviewDecision,
    ) -> Result<ReviewedDecision, Error> {
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        store::partnership::get(unit.tx(), command.partnership_id).await?.require_active()?;
        let mut reviewed = store::review::get(unit.tx(), command.partnership_id, command.decision_id).await?;
        let review = Review {
            id: self.host.next_id(call.now),
            kind: command.kind,
            note: command.note.clone(),
            reviewer: actor(call),
            review_time: call.now,
            answered_by: None,
        };
        reviewed.review(review.clone())?;
        store::review::insert(unit.tx(), &reviewed.decision, &review).await?;
        unit.record(&DecisionReviewed::event(&reviewed.decision, &review), &reviewed)?;
        Ok(unit.commit(reviewed).await?)
    }

    /// Reads a decision; a confidential one is not there for outsiders.
    pub(crate) async fn get_decision(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: DecisionId,
    ) -> Result<ReviewedDecision, Error> {
        let reviewed = store::review::get(self.host.reader(), partnership_id, id).await?;
        if reviewed.decision.confidential && !Self::is_insider(call, partnership_id) {
            return Err(Failure::not_found("decision", id).into());
        }
        Ok(reviewed)
    }

    /// Lists decisions.
    pub(crate) async fn list_decisions(
        &self,
        call: &Call,
        id: PartnershipId,
        filter: &str,
        page: &Page<Uuid>,
    ) -> Listed<ReviewedDecision> {
        self.require_partnership(id).await?;
        let query = Query { filter, after: page.after, limit: page.size + 1 };
        let public_only = !Self::is_insider(call, id);
        let rows = store::decision::list(self.host.reader(), id, public_only, query).await?;
        let (decisions, next) = page.close(rows, |decision| decision.id.0)?;
        Ok((store::review::of(self.host.reader(), id, decisions).await?, next))
    }
}

/// The decisions of this partnership that a motion ratifies or corrects, each once. What it ratifies is a recommendation, or waits for
/// the board because it was referred back.
async fn precedents(
    unit: &Unit,
    partnership_id: PartnershipId,
    motion: &Motion,
) -> Result<Vec<ReviewedDecision>, Error> {
    let mut precedents = Vec::new();
    if let Some(id) = motion.ratifies {
        let ratified = store::review::get(unit.tx(), partnership_id, id).await?;
        if ratified.decision.outcome != DecisionOutcome::Recommended && ratified.open_referral().is_none() {
            let description = "is neither a recommendation nor referred back";
            return Err(Refusal::invalid("ratifies_decision_id", description).into());
        }
        precedents.push(ratified);
    }
    if let Some(id) = motion.corrects.filter(|id| motion.ratifies != Some(*id)) {
        precedents.push(store::review::get(unit.tx(), partnership_id, id).await?);
    }
    Ok(precedents)
}

/// Closes the referrals that a decision answers, each with its event.
async fn answer_referrals(
    unit: &mut Unit,
    decision: &Decision,
    precedents: Vec<ReviewedDecision>,
) -> Result<(), Error> {
    for mut precedent in precedents {
        let Some(answered) = precedent.answer(decision) else { continue };
        store::review::keep_answer(unit.tx(), decision.partnership_id, &answered).await?;
        unit.record(&DecisionReferralAnswered::event(&precedent.decision, decision.id), &precedent)?;
    }
    Ok(())
}

async fn next_reference(unit: &Unit, partnership: &Partnership, call: &Call) -> Result<String, Failure> {
    let year = local_date(call.now).year();
    let number = store::reference::take_number(unit.tx(), partnership.id, ReferenceKind::Decision, year).await?;
    Ok(reference(&partnership.reference_prefix, ReferenceKind::Decision, year, number))
}
