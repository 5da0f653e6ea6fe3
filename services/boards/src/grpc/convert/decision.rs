//! Decisions.

use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, Violation};
use pathfinder_proto::boards::v1 as pb;
use pathfinder_proto::boards::v1::record_decision_request as request;

use super::words::Read as _;
use super::{count, ids, number, sound, text, texts, to_actor};
use crate::app::decisions::{RecordDecision, ReviewDecision};
use crate::domain::decision::{Method, Motion, Votes};
use crate::domain::quorum::Quorum;
use crate::domain::review::{Review, ReviewKind, ReviewedDecision};
use crate::domain::voting::Withdrawal;

fn method(given: Option<request::Method>) -> Result<Method, Violation> {
    match given {
        Some(request::Method::ByConsensus(true)) => Ok(Method::Consensus),
        Some(request::Method::Votes(votes)) => Ok(Method::Votes(Votes {
            for_count: number(votes.for_count),
            against_count: number(votes.against_count),
            abstain_count: number(votes.abstain_count),
        })),
        Some(request::Method::ByConsensus(false)) | None => {
            Err(Violation::new("by_consensus", "must be true where the votes are not given"))
        }
    }
}

impl TryFrom<pb::RecordDecisionRequest> for RecordDecision {
    type Error = Failure;

    fn try_from(message: pb::RecordDecisionRequest) -> Result<Self, Failure> {
        let casting_vote = message.casting_vote().read();
        let mut gather = Gather::default();
        let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
        let meeting_id = gather.take(wire::id("meeting_id", &message.meeting_id));
        let agenda_item_id = gather.take(wire::id("agenda_item_id", &message.agenda_item_id));
        let proposer = gather.take(wire::optional_id("proposer_member_id", &message.proposer_member_id));
        let seconder = gather.take(wire::optional_id("seconder_member_id", &message.seconder_member_id));
        let ratifies = gather.take(wire::optional_id("ratifies_decision_id", &message.ratifies_decision_id));
        let corrects = gather.take(wire::optional_id("corrects_decision_id", &message.corrects_decision_id));
        let method = gather.take(method(message.method));
        let commitment_ids = ids(&mut gather, "commitment_ids", &message.commitment_ids);
        gather.finish()?;
        let motion = Motion {
            agenda_item_id: sound(agenda_item_id)?,
            class_code: message.class_code,
            text: message.text,
            proposer: sound(proposer)?,
            seconder: sound(seconder)?,
            method: sound(method)?,
            casting_vote,
            recommend_without_quorum: message.recommend_without_quorum,
            ratifies: sound(ratifies)?,
            corrects: sound(corrects)?,
            commitment_ids,
        };
        Ok(Self { partnership_id: sound(partnership_id)?, meeting_id: sound(meeting_id)?, motion })
    }
}

impl TryFrom<pb::EndorseDecisionRequest> for ReviewDecision {
    type Error = Failure;

    fn try_from(message: pb::EndorseDecisionRequest) -> Result<Self, Failure> {
        review(&message.partnership_id, &message.decision_id, ReviewKind::Endorsed, message.note)
    }
}

impl TryFrom<pb::ReferDecisionBackRequest> for ReviewDecision {
    type Error = Failure;

    fn try_from(message: pb::ReferDecisionBackRequest) -> Result<Self, Failure> {
        review(&message.partnership_id, &message.decision_id, ReviewKind::ReferredBack, message.reason)
    }
}

fn review(partnership_id: &str, decision_id: &str, kind: ReviewKind, note: String) -> Result<ReviewDecision, Failure> {
    let mut gather = Gather::default();
    let partnership_id = gather.take(wire::id("partnership_id", partnership_id));
    let decision_id = gather.take(wire::id("decision_id", decision_id));
    gather.finish()?;
    Ok(ReviewDecision { partnership_id: sound(partnership_id)?, decision_id: sound(decision_id)?, kind, note })
}

/// A decision on the wire; who said something of it is named only `in_full`.
pub(in crate::grpc) fn to_decision(reviewed: ReviewedDecision, in_full: bool) -> pb::Decision {
    let referred_back = reviewed.open_referral().is_some();
    let ReviewedDecision { decision, reviews, corrected_by } = reviewed;
    let votes = match decision.method {
        Method::Consensus => None,
        Method::Votes(votes) => Some(to_votes(votes)),
    };
    pb::Decision {
        decision_id: decision.id.to_string(),
        partnership_id: decision.partnership_id.to_string(),
        reference: decision.reference,
        meeting_id: decision.meeting_id.to_string(),
        agenda_item_id: decision.agenda_item_id.to_string(),
        class_code: decision.class_code,
        text: decision.text,
        proposer_member_id: text(decision.proposer),
        seconder_member_id: text(decision.seconder),
        by_consensus: votes.is_none(),
        votes,
        casting_vote: decision.casting_vote.map_or(pb::CastingVote::Unspecified, Into::into).into(),
        quorum: Some(to_quorum(&decision.quorum)),
        withdrawals: decision.withdrawals.into_iter().map(to_withdrawal).collect(),
        outcome: pb::DecisionOutcome::from(decision.outcome).into(),
        confidential: decision.confidential,
        ratifies_decision_id: text(decision.ratifies),
        corrects_decision_id: text(decision.corrects),
        constitution_id: decision.constitution_id.to_string(),
        decide_time: Some(wire::timestamp(decision.decide_time)),
        commitment_ids: texts(&decision.commitment_ids),
        reviews: reviews.into_iter().map(|review| to_review(review, in_full)).collect(),
        referred_back,
        corrected_by_decision_id: text(corrected_by.map(|correction| correction.id)),
    }
}

fn to_votes(votes: Votes) -> pb::Votes {
    pb::Votes {
        for_count: count(votes.for_count),
        against_count: count(votes.against_count),
        abstain_count: count(votes.abstain_count),
    }
}

fn to_review(review: Review, in_full: bool) -> pb::DecisionReview {
    pb::DecisionReview {
        kind: pb::ReviewKind::from(review.kind).into(),
        note: review.note,
        reviewer: Some(to_actor(review.reviewer, in_full)),
        review_time: Some(wire::timestamp(review.review_time)),
        answered_by_decision_id: text(review.answered_by),
    }
}

fn to_quorum(quorum: &Quorum) -> pb::Quorum {
    pb::Quorum {
        filled_seat_count: count(quorum.filled_seat_count),
        needed_count: count(quorum.needed_count),
        present_count: count(quorum.present_count),
        withdrawn_count: count(quorum.withdrawn_count),
        needed_resident_count: count(quorum.needed_resident_count),
        resident_count: count(quorum.resident_count),
        quorate: quorum.is_met(),
    }
}

fn to_withdrawal(withdrawal: Withdrawal) -> pb::Withdrawal {
    pb::Withdrawal { member_id: withdrawal.member_id.to_string(), name: withdrawal.name, nature: withdrawal.nature }
}
