//! Commitments, from the offer to the finding of whether they were met.
//!
//! A verb authorises, then hands its rule to [`App::decide`], which loads the commitment, lets the rule decide, and writes what came of it
//! with the history and the event.

use pathfinder_kit::page::Page;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Begun, Call, Unit, etag};
use pathfinder_terms::{ActionId, CommitmentId, DecisionId, MilestoneId, PartnershipId};
use uuid::Uuid;

use super::{App, CommitmentKey, subject_of, who};
use crate::domain::{Commitment, CommitmentChange, Entry, Event, Finding, MilestoneStatus, Moment, Offer, Step};
use crate::error::Error;
use crate::store::{self, Cut};

impl App {
    /// Records what a provider offers.
    pub(crate) async fn offer_commitment(&self, call: &Call, offer: &Offer) -> Result<Commitment, Error> {
        call.permit(&Subject::record(offer.partnership_id, Some(offer.provider_id)))?;
        let partnership = self.partnership(offer.partnership_id).await?;
        self.require_action(call, offer.partnership_id, offer.action_id).await?;
        let moment = self.moment(call, &partnership);
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        partnership.require_active()?;
        store::provider::get(unit.tx(), offer.partnership_id, offer.provider_id).await?.require_active()?;
        let ids = || MilestoneId::from(self.host.next_id(call.now));
        let (commitment, steps) = Commitment::offer(offer.clone(), self.host.next_id(call.now).into(), ids, &moment)?;
        store::commitment::insert(unit.tx(), &commitment, moment.today()).await?;
        self.tell(&mut unit, &commitment, steps).await?;
        Ok(unit.commit(commitment).await?)
    }

    /// Changes what is offered.
    pub(crate) async fn update_commitment(
        &self,
        call: &Call,
        key: &CommitmentKey,
        change: &CommitmentChange,
    ) -> Result<Commitment, Error> {
        self.require_action(call, key.partnership_id, change.action_id.flatten()).await?;
        let ids = || MilestoneId::from(self.host.next_id(call.now));
        self.decide(call, key, |commitment, moment| {
            call.permit(&subject_of(commitment))?;
            Ok(commitment.change(change.clone(), ids, moment)?)
        })
        .await
    }

    /// Takes up negotiation.
    pub(crate) async fn negotiate_commitment(
        &self,
        call: &Call,
        key: &CommitmentKey,
        note: Option<String>,
    ) -> Result<Commitment, Error> {
        self.decide(call, key, |commitment, moment| {
            call.permit(&subject_of(commitment))?;
            Ok(vec![commitment.negotiate(note, moment)?])
        })
        .await
    }

    /// Accepts a commitment by a decision of the board.
    pub(crate) async fn accept_commitment(
        &self,
        call: &Call,
        key: &CommitmentKey,
        decision_id: DecisionId,
        note: Option<String>,
    ) -> Result<Commitment, Error> {
        let decision = self.boards.find_decision(call, key.partnership_id, decision_id).await?;
        self.decide(call, key, |commitment, moment| {
            call.permit(&subject_of(commitment))?;
            let unknown = || Error::LinkUnknown { kind: "decision", id: decision_id.to_string() };
            decision.ok_or_else(unknown)?.require_takes(commitment.id)?;
            Ok(commitment.accept(decision_id, who(call.actor()), note, moment)?)
        })
        .await
    }

    /// Flags a commitment to be at risk.
    pub(crate) async fn flag_commitment_at_risk(
        &self,
        call: &Call,
        key: &CommitmentKey,
        reason: String,
    ) -> Result<Commitment, Error> {
        self.decide(call, key, |commitment, moment| {
            call.permit(&subject_of(commitment))?;
            Ok(vec![commitment.flag_at_risk(reason, moment)?])
        })
        .await
    }

    /// Says that the danger has passed.
    pub(crate) async fn recover_commitment(
        &self,
        call: &Call,
        key: &CommitmentKey,
        note: String,
    ) -> Result<Commitment, Error> {
        self.decide(call, key, |commitment, moment| {
            call.permit(&subject_of(commitment))?;
            Ok(vec![commitment.recover(note, moment)?])
        })
        .await
    }

    /// Records how a milestone came out.
    pub(crate) async fn record_milestone(
        &self,
        call: &Call,
        key: &CommitmentKey,
        milestone_id: MilestoneId,
        status: MilestoneStatus,
        note: Option<String>,
    ) -> Result<Commitment, Error> {
        self.decide(call, key, |commitment, moment| {
            call.permit(&subject_of(commitment))?;
            Ok(vec![commitment.record_milestone(milestone_id, status, note, moment)?])
        })
        .await
    }

    /// Takes a commitment back.
    pub(crate) async fn withdraw_commitment(
        &self,
        call: &Call,
        key: &CommitmentKey,
        reason: String,
    ) -> Result<Commitment, Error> {
        self.decide(call, key, |commitment, moment| {
            call.permit(&subject_of(commitment))?;
            Ok(vec![commitment.withdraw(reason, moment)?])
        })
        .await
    }

    /// Records what a verifier found.
    pub(crate) async fn verify_commitment(
        &self,
        call: &Call,
        key: &CommitmentKey,
        finding: Finding,
    ) -> Result<Commitment, Error> {
        self.decide(call, key, |commitment, moment| {
            let speaks_for_provider = call.caller.answers_for(commitment.partnership_id, commitment.provider_id);
            Ok(vec![commitment.verify(finding, who(call.actor()), speaks_for_provider, moment)?])
        })
        .await
    }

    /// One commitment.
    pub(crate) async fn get_commitment(
        &self,
        partnership_id: PartnershipId,
        id: CommitmentId,
    ) -> Result<Commitment, Error> {
        store::commitment::get(self.host.reader(), partnership_id, id).await
    }

    /// A page of commitments, newest first, with the token of the next.
    pub(crate) async fn list_commitments(
        &self,
        partnership_id: PartnershipId,
        filter: &str,
        page: &Page<Uuid>,
    ) -> Result<(Vec<Commitment>, String), Error> {
        self.partnership(partnership_id).await?;
        let cut = Cut { filter, after: page.after, limit: page.size + 1 };
        let commitments = store::commitment::list(self.host.reader(), partnership_id, cut).await?;
        Ok(page.close(commitments, |commitment| commitment.id.0)?)
    }

    /// A page of a commitment's history, oldest first, with the token of the next. That a report was drafted is told to those who may read
    /// every draft of it.
    pub(crate) async fn list_commitment_history(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: CommitmentId,
        page: &Page<Uuid>,
    ) -> Result<(Vec<Entry>, String), Error> {
        self.partnership(partnership_id).await?;
        let reader = self.host.reader();
        let commitment = store::commitment::get(reader, partnership_id, id).await?;
        let with_drafts = call.may("ReadDrafts", &subject_of(&commitment));
        let entries = store::history::list(reader, partnership_id, id, with_drafts, page.after, page.size + 1).await?;
        Ok(page.close(entries, |entry| entry.id)?)
    }

    /// Loads a commitment of a partnership at work, lets `rule` decide, and writes what came of it.
    async fn decide(
        &self,
        call: &Call,
        key: &CommitmentKey,
        rule: impl FnOnce(&mut Commitment, &Moment) -> Result<Vec<Step>, Error>,
    ) -> Result<Commitment, Error> {
        let partnership = self.partnership(key.partnership_id).await?;
        let moment = self.moment(call, &partnership);
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        partnership.require_active()?;
        let mut commitment = store::commitment::get(unit.tx(), key.partnership_id, key.id).await?;
        let read_version = commitment.version;
        etag::check(&key.etag, read_version)?;
        let steps = rule(&mut commitment, &moment)?;
        store::commitment::update(unit.tx(), &commitment, read_version, None).await?;
        self.tell(&mut unit, &commitment, steps).await?;
        Ok(unit.commit(commitment).await?)
    }

    /// Adds steps to the history of a commitment, and tells of it as it stands after them.
    pub(super) async fn tell(&self, unit: &mut Unit, commitment: &Commitment, steps: Vec<Step>) -> Result<(), Error> {
        let note = steps.iter().find_map(|step| step.note.clone());
        for step in steps {
            self.note(unit, commitment, step).await?;
        }
        unit.record(&Event::of_commitment(commitment, note), commitment)?;
        Ok(())
    }

    /// Adds one step to the history of a commitment.
    pub(super) async fn note(&self, unit: &Unit, commitment: &Commitment, step: Step) -> Result<(), Error> {
        let now = unit.call().now;
        let entry = Entry {
            id: self.host.next_id(now),
            time: now,
            actor: who(unit.call().actor()),
            kind: step.kind.to_owned(),
            from: step.from,
            to: step.to,
            note: step.note,
        };
        Ok(store::history::insert(unit.tx(), commitment.partnership_id, commitment.id, entry).await?)
    }

    async fn require_action(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        action_id: Option<ActionId>,
    ) -> Result<(), Error> {
        let Some(id) = action_id else { return Ok(()) };
        if self.boards.has_action(call, partnership_id, id).await? {
            return Ok(());
        }
        Err(Error::LinkUnknown { kind: "action", id: id.to_string() })
    }
}
