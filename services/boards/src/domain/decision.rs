//! A decision: what the board resolved, who could vote, and how it came out. Append-only: a correction is a new decision.

use chrono::{DateTime, Utc};
use pathfinder_terms::{
    AgendaItemId, CommitmentId, ConstitutionId, DecisionId, MeetingId, MemberId, PartnershipId, words,
};
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::agenda::AgendaItem;
use super::constitution::Constitution;
use super::meeting::Meeting;
use super::quorum::Quorum;
use super::review::ReviewedDecision;
use super::voting::{Board, VotingBody, Withdrawal};

words! {
    /// How a decision came out.
    pub enum DecisionOutcome {
        /// Carried.
        Carried = "carried",
        /// Fallen.
        Fallen = "fallen",
        /// Carried without a quorum: a recommendation, on which nothing may rest until it is ratified.
        Recommended = "recommended",
    }
}

words! {
    /// How the second vote of the presiding member was used.
    pub enum CastingVote {
        /// For.
        For = "for",
        /// Against.
        Against = "against",
    }
}

/// Votes counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Votes {
    /// For.
    pub for_count: u32,
    /// Against.
    pub against_count: u32,
    /// Abstaining.
    pub abstain_count: u32,
}

impl Votes {
    /// All of them.
    #[must_use]
    pub const fn total(self) -> u32 {
        self.for_count.saturating_add(self.against_count).saturating_add(self.abstain_count)
    }

    /// Whether it is a tie.
    #[must_use]
    pub const fn is_tie(self) -> bool {
        self.for_count == self.against_count
    }
}

/// How the board decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Without counting.
    Consensus,
    /// By counting.
    Votes(Votes),
}

impl Method {
    /// Whether it carries: more for than against; a tie goes with the casting vote, and falls without one.
    #[must_use]
    pub fn carries(self, casting_vote: Option<CastingVote>) -> bool {
        match self {
            Self::Consensus => true,
            Self::Votes(votes) if votes.is_tie() => casting_vote == Some(CastingVote::For),
            Self::Votes(votes) => votes.for_count > votes.against_count,
        }
    }
}

/// What is put to the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Motion {
    /// The item.
    pub agenda_item_id: AgendaItemId,
    /// The code of the class; empty = the first of the constitution.
    pub class_code: String,
    /// What is to be decided.
    pub text: String,
    /// Who proposed it.
    pub proposer: Option<MemberId>,
    /// Who seconded it.
    pub seconder: Option<MemberId>,
    /// How the board decided.
    pub method: Method,
    /// The casting vote.
    pub casting_vote: Option<CastingVote>,
    /// Whether to record a recommendation where there is no quorum.
    pub recommend_without_quorum: bool,
    /// The recommendation, or the decision referred back, that it ratifies.
    pub ratifies: Option<DecisionId>,
    /// The decision that it corrects.
    pub corrects: Option<DecisionId>,
    /// The commitments that it is about; none = those of the item, and those of the decision that it ratifies or corrects.
    pub commitment_ids: Vec<CommitmentId>,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The id.
    pub id: DecisionId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The reference.
    pub reference: String,
    /// The meeting.
    pub meeting_id: MeetingId,
    /// The item.
    pub agenda_item_id: AgendaItemId,
    /// The class.
    pub class_code: String,
    /// What was decided.
    pub text: String,
    /// Who proposed it.
    pub proposer: Option<MemberId>,
    /// Who seconded it.
    pub seconder: Option<MemberId>,
    /// How the board decided.
    pub method: Method,
    /// The casting vote.
    pub casting_vote: Option<CastingVote>,
    /// The quorum at the moment.
    pub quorum: Quorum,
    /// Who withdrew.
    pub withdrawals: Vec<Withdrawal>,
    /// How it came out.
    pub outcome: DecisionOutcome,
    /// Whether the item is confidential.
    pub confidential: bool,
    /// The recommendation, or the decision referred back, that it ratifies.
    pub ratifies: Option<DecisionId>,
    /// The decision that it corrects.
    pub corrects: Option<DecisionId>,
    /// The constitution it was taken under.
    pub constitution_id: ConstitutionId,
    /// When it was taken.
    pub decide_time: DateTime<Utc>,
    /// The commitments that it is about. Its provider may be bound to a commitment only by a carried decision that is about it.
    #[serde(default)]
    pub commitment_ids: Vec<CommitmentId>,
}

/// What the moment gives a new decision.
#[derive(Debug, Clone)]
pub struct Moment<'a> {
    /// The id.
    pub id: DecisionId,
    /// The reference.
    pub reference: String,
    /// The time.
    pub now: DateTime<Utc>,
    /// The constitution in force.
    pub constitution: &'a Constitution,
    /// The board.
    pub board: &'a Board,
    /// The meeting.
    pub meeting: &'a Meeting,
    /// The decisions that the motion ratifies or corrects.
    pub precedents: &'a [ReviewedDecision],
}

impl Decision {
    /// Takes a decision: the quorum is reckoned at this moment, and without it the motion is refused, or recommended if asked.
    pub fn take(moment: Moment<'_>, motion: Motion) -> Result<Self, Refusal> {
        let rules = &moment.constitution.rules;
        let item = moment.meeting.require_item("agenda_item_id", motion.agenda_item_id)?;
        let class = rules.decision_class(&motion.class_code).ok_or_else(|| Refusal::DecisionClassUnknown {
            code: motion.class_code.clone(),
            classes: rules.decision_classes.iter().map(|class| class.code.clone()).collect(),
        })?;
        let today = pathfinder_terms::calendar::local_date(moment.now);
        let body = VotingBody::of(moment.board, moment.meeting, item.id, rules, class, today);
        if !body.quorum.is_met() && !motion.recommend_without_quorum {
            return Err(Refusal::NotQuorate(body.quorum));
        }
        check_votes(&moment, &motion, &body)?;
        let commitment_ids = subjects(motion.commitment_ids, item, moment.precedents);
        Ok(Self {
            id: moment.id,
            partnership_id: moment.meeting.partnership_id,
            reference: moment.reference,
            meeting_id: moment.meeting.id,
            agenda_item_id: item.id,
            class_code: class.code.clone(),
            text: motion.text,
            proposer: motion.proposer,
            seconder: motion.seconder,
            method: motion.method,
            casting_vote: motion.casting_vote,
            outcome: outcome(motion.method.carries(motion.casting_vote), body.quorum.is_met()),
            quorum: body.quorum,
            withdrawals: body.withdrawals,
            confidential: moment.meeting.is_confidential(item),
            ratifies: motion.ratifies,
            corrects: motion.corrects,
            constitution_id: moment.constitution.id,
            decide_time: moment.now,
            commitment_ids,
        })
    }

    /// Refuses to let anything rest on a decision that was not carried.
    pub fn require_carried(&self) -> Result<(), Refusal> {
        let why = match self.outcome {
            DecisionOutcome::Carried => return Ok(()),
            DecisionOutcome::Fallen => "fell",
            DecisionOutcome::Recommended => "is a recommendation that awaits a quorate meeting",
        };
        Err(Refusal::DecisionNotCarried { reference: self.reference.clone(), why })
    }
}

/// The commitments that a motion on an item is about: those that it names; else those of the item, and those of the decisions that it
/// ratifies or corrects.
fn subjects(named: Vec<CommitmentId>, item: &AgendaItem, precedents: &[ReviewedDecision]) -> Vec<CommitmentId> {
    if !named.is_empty() {
        return named;
    }
    let mut subjects = item.written.commitment_ids.clone();
    for id in precedents.iter().flat_map(|precedent| &precedent.decision.commitment_ids) {
        if !subjects.contains(id) {
            subjects.push(*id);
        }
    }
    subjects
}

const fn outcome(carries: bool, quorate: bool) -> DecisionOutcome {
    match (carries, quorate) {
        (false, _) => DecisionOutcome::Fallen,
        (true, true) => DecisionOutcome::Carried,
        (true, false) => DecisionOutcome::Recommended,
    }
}

fn check_votes(moment: &Moment<'_>, motion: &Motion, body: &VotingBody) -> Result<(), Refusal> {
    for (member, part) in [(motion.proposer, "propose"), (motion.seconder, "second")] {
        if let Some(member) = member.filter(|member| !body.voters.contains(member)) {
            let known = moment.board.members.iter().find(|known| known.id == member);
            let name = known.map_or_else(|| member.to_string(), |known| known.name.clone());
            return Err(Refusal::MemberMayNotVote { name, part });
        }
    }
    if motion.proposer.is_some() && motion.proposer == motion.seconder {
        return Err(Refusal::invalid("seconder_member_id", "must not be the proposer"));
    }
    if let Method::Votes(votes) = motion.method
        && votes.total() > body.voter_count()
    {
        return Err(Refusal::VotesExceedElectorate { votes: votes.total(), voters: body.voter_count() });
    }
    if motion.casting_vote.is_some() { check_casting_vote(moment, motion.method, body) } else { Ok(()) }
}

fn check_casting_vote(moment: &Moment<'_>, method: Method, body: &VotingBody) -> Result<(), Refusal> {
    let tie = matches!(method, Method::Votes(votes) if votes.is_tie());
    let presides = moment.meeting.presiding_member_id.is_some_and(|member| body.voters.contains(&member));
    let why = match (moment.constitution.rules.casting_vote, tie, presides) {
        (false, _, _) => "the constitution gives none",
        (true, false, _) => "the votes are not tied",
        (true, true, false) => "the member who presides is absent, withdrawn or without a vote",
        (true, true, true) => return Ok(()),
    };
    Err(Refusal::CastingVoteForbidden { why })
}

#[cfg(test)]
pub(crate) mod tests;
