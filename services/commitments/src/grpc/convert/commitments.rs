//! Commitments.

use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, etag};
use pathfinder_proto::commitments::v1 as pb;
use pathfinder_proto::types::v1 as types;
use pathfinder_terms::MilestoneId;

use super::words::{OnWire as _, word};
use super::{actor_to_wire, evidence, evidence_to_wire, id_to_wire, maybe_said, refusal, said};
use crate::domain::{
    self, Acceptance, Baseline, Commitment, CommitmentChange, CommitmentTerms, Entry, Finding, MilestonePlan,
    MilestoneStatus, Offer, Verification,
};

/// How many working days a report has where the terms do not say.
const REPORT_DUE_WORKING_DAYS: i32 = 10;

impl TryFrom<pb::OfferCommitmentRequest> for Offer {
    type Error = Failure;

    fn try_from(message: pb::OfferCommitmentRequest) -> Result<Self, Failure> {
        let mut gather = Gather::default();
        let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
        let provider_id = gather.take(wire::id("provider_id", &message.provider_id));
        let action_id = gather.take(wire::optional_id("action_id", &message.action_id));
        let terms = terms(&mut gather, message.terms.unwrap_or_default());
        let milestones = milestones(&mut gather, "milestones", message.milestones);
        let (Some(partnership_id), Some(provider_id), Some(action_id), Some(terms), Some(milestones)) =
            (partnership_id, provider_id, action_id, terms, milestones)
        else {
            return Err(refusal(gather));
        };
        Ok(Self { partnership_id, provider_id, action_id, terms, milestones })
    }
}

impl TryFrom<pb::UpdateCommitmentRequest> for CommitmentChange {
    type Error = Failure;

    fn try_from(message: pb::UpdateCommitmentRequest) -> Result<Self, Failure> {
        let mut gather = Gather::default();
        let terms = message.terms.and_then(|wanted| terms(&mut gather, wanted));
        let milestones = message.milestones.and_then(|list| milestones(&mut gather, "milestones.items", list.items));
        let action = message.action_id.as_deref().map(|id| wire::optional_id("action_id", id));
        let action_id = gather.take(action.transpose()).flatten();
        gather.finish()?;
        Ok(Self { terms, milestones, action_id })
    }
}

/// What is recorded of a milestone.
pub(in crate::grpc) struct Milestone {
    /// Which one.
    pub(in crate::grpc) id: MilestoneId,
    /// How it came out.
    pub(in crate::grpc) status: MilestoneStatus,
    /// What was said.
    pub(in crate::grpc) note: Option<String>,
}

impl TryFrom<pb::RecordMilestoneRequest> for Milestone {
    type Error = Failure;

    fn try_from(message: pb::RecordMilestoneRequest) -> Result<Self, Failure> {
        let mut gather = Gather::default();
        let id = gather.take(wire::id("milestone_id", &message.milestone_id));
        let status = gather.take(word("status", message.status));
        let note = maybe_said(&message.note);
        if note.is_none() && status.is_some_and(|status: MilestoneStatus| status != MilestoneStatus::Met) {
            gather.report("note", "must say why the milestone was not fully met");
        }
        let (Some(id), Some(status)) = (id, status) else { return Err(refusal(gather)) };
        gather.finish()?;
        Ok(Self { id, status, note })
    }
}

impl TryFrom<pb::VerifyCommitmentRequest> for Finding {
    type Error = Failure;

    fn try_from(message: pb::VerifyCommitmentRequest) -> Result<Self, Failure> {
        let mut gather = Gather::default();
        let outcome = gather.take(word("outcome", message.outcome));
        let note = gather.take(said("note", &message.note));
        let evidence = evidence(&mut gather, "evidence", message.evidence);
        let (Some(outcome), Some(note)) = (outcome, note) else { return Err(refusal(gather)) };
        gather.finish()?;
        Ok(Self { outcome, note, evidence })
    }
}

fn terms(gather: &mut Gather, terms: pb::CommitmentTerms) -> Option<CommitmentTerms> {
    let text = gather.take(said("terms.text", &terms.text));
    let kind = gather.take(word("terms.kind", terms.kind));
    let baseline = baseline(gather, &terms.baseline.unwrap_or_default());
    let unit = gather.take(said("terms.unit", &terms.unit));
    let direction = gather.take(word("terms.direction", terms.direction));
    let start = gather.take(wire::date("terms.start_date", &terms.start_date));
    let end = gather.take(wire::date("terms.end_date", &terms.end_date));
    let frequency = gather.take(word("terms.reporting_frequency", terms.reporting_frequency));
    let owner = gather.take(said("terms.owner", &terms.owner));
    let due_days = terms.report_due_working_days.unwrap_or(REPORT_DUE_WORKING_DAYS);
    Some(CommitmentTerms {
        text: text?,
        theme: maybe_said(&terms.theme),
        kind: kind?,
        baseline: baseline?,
        target_value: terms.target_value,
        unit: unit?,
        direction: direction?,
        start: start?,
        end: end?,
        frequency: frequency?,
        report_due_working_days: u32::try_from(due_days).ok()?,
        owner: owner?,
    })
}

fn baseline(gather: &mut Gather, baseline: &pb::Baseline) -> Option<Baseline> {
    let date = gather.take(wire::date("terms.baseline.value_date", &baseline.value_date));
    let source = gather.take(said("terms.baseline.source", &baseline.source));
    Some(Baseline { value: baseline.value, date: date?, source: source? })
}

fn milestones(gather: &mut Gather, path: &str, plans: Vec<pb::MilestonePlan>) -> Option<Vec<MilestonePlan>> {
    let mut read = Vec::with_capacity(plans.len());
    for (index, plan) in plans.into_iter().enumerate() {
        let text = gather.take(said(&format!("{path}[{index}].text"), &plan.text));
        let due = gather.take(wire::date(&format!("{path}[{index}].due_date"), &plan.due_date));
        read.push(text.zip(due).map(|(text, due)| MilestonePlan { text, due }));
    }
    read.into_iter().collect()
}

/// A commitment; the people in it are named only `with_people`.
pub(in crate::grpc) fn commitment_to_wire(commitment: Commitment, with_people: bool) -> pb::Commitment {
    let reported_better_than_computed = commitment.is_reported_better();
    let latest = commitment.progress.latest;
    let next = commitment.standing.next_report;
    pb::Commitment {
        commitment_id: commitment.id.to_string(),
        partnership_id: commitment.partnership_id.to_string(),
        provider_id: commitment.provider_id.to_string(),
        action_id: id_to_wire(commitment.action_id),
        terms: Some(commitment.terms.into()),
        milestones: commitment.milestones.into_iter().map(Into::into).collect(),
        status: commitment.status.to_wire(),
        computed_rag: commitment.standing.rag.to_wire(),
        computed_rag_reason: commitment.standing.reason,
        reported_rag: latest.as_ref().map(|report| report.rag.to_wire()).unwrap_or_default(),
        reported_better_than_computed,
        latest_value: latest.as_ref().map(|report| report.value),
        next_report_period_end_date: id_to_wire(next.map(|next| next.period_end)),
        next_report_due_date: id_to_wire(next.map(|next| next.due)),
        acceptance: commitment.acceptance.map(|acceptance| acceptance_to_wire(acceptance, with_people)),
        at_risk_reason: commitment.at_risk_reason.unwrap_or_default(),
        verification: commitment.verification.map(|verification| verification_to_wire(verification, with_people)),
        closing_reason: commitment.closing_reason.unwrap_or_default(),
        beyond_calendar: commitment.standing.beyond_calendar,
        create_time: Some(wire::timestamp(commitment.create_time)),
        update_time: Some(wire::timestamp(commitment.update_time)),
        etag: etag::of(commitment.version),
    }
}

impl From<CommitmentTerms> for pb::CommitmentTerms {
    fn from(terms: CommitmentTerms) -> Self {
        let baseline = pb::Baseline {
            value: terms.baseline.value,
            value_date: terms.baseline.date.to_string(),
            source: terms.baseline.source,
        };
        Self {
            text: terms.text,
            theme: terms.theme.unwrap_or_default(),
            kind: terms.kind.to_wire(),
            baseline: Some(baseline),
            target_value: terms.target_value,
            unit: terms.unit,
            direction: terms.direction.to_wire(),
            start_date: terms.start.to_string(),
            end_date: terms.end.to_string(),
            reporting_frequency: terms.frequency.to_wire(),
            report_due_working_days: i32::try_from(terms.report_due_working_days).ok(),
            owner: terms.owner,
        }
    }
}

impl From<domain::Milestone> for pb::Milestone {
    fn from(milestone: domain::Milestone) -> Self {
        Self {
            milestone_id: milestone.id.to_string(),
            text: milestone.text,
            due_date: milestone.due.to_string(),
            status: milestone.status.to_wire(),
            record_time: milestone.record_time.map(wire::timestamp),
            note: milestone.note.unwrap_or_default(),
        }
    }
}

fn acceptance_to_wire(acceptance: Acceptance, with_people: bool) -> pb::Acceptance {
    pb::Acceptance {
        signatory: Some(actor_to_wire(acceptance.signatory, with_people)),
        decision_id: acceptance.decision_id.to_string(),
        accept_time: Some(wire::timestamp(acceptance.time)),
    }
}

fn verification_to_wire(verification: Verification, with_people: bool) -> pb::Verification {
    pb::Verification {
        outcome: verification.outcome.to_wire(),
        verifier: Some(actor_to_wire(verification.verifier, with_people)),
        note: verification.note,
        evidence: evidence_to_wire(verification.evidence),
        verify_time: Some(wire::timestamp(verification.time)),
    }
}

/// An entry of the history; who did it is named only `with_people`.
pub(in crate::grpc) fn entry_to_wire(entry: Entry, with_people: bool) -> types::HistoryEntry {
    types::HistoryEntry {
        entry_time: Some(wire::timestamp(entry.time)),
        actor: Some(actor_to_wire(entry.actor, with_people)),
        kind: entry.kind,
        from_state: id_to_wire(entry.from),
        to_state: entry.to.to_string(),
        note: entry.note.unwrap_or_default(),
    }
}
