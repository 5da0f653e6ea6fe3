//! What is asked of boards at once, because the answer decides whether something is written. `grpc/peers.rs` asks over gRPC.

use async_trait::async_trait;
use pathfinder_kit::{Call, Failure};
use pathfinder_terms::{ActionId, CommitmentId, DecisionId, PartnershipId};

use crate::domain::{Partnership, Refusal};

/// A decision of the board, as far as a commitment needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DecisionSeen {
    /// The decision.
    pub(crate) id: DecisionId,
    /// Whether it carried.
    pub(crate) carried: bool,
    /// What came of it, in a word.
    pub(crate) outcome: &'static str,
    /// Whether the accountable body referred it back and the board has not answered.
    pub(crate) referred_back: bool,
    /// The later decision that corrected it.
    pub(crate) corrected_by: Option<DecisionId>,
    /// The commitments that it is about.
    pub(crate) commitment_ids: Vec<CommitmentId>,
}

impl DecisionSeen {
    /// Demands that the board took this very commitment by it, and stands by it: a decision on something else binds nobody here, nor does
    /// one that was corrected or waits for the board's answer to a referral.
    ///
    /// # Errors
    ///
    /// [`Refusal::DecisionNotCarried`]; [`Refusal::DecisionCorrected`]; [`Refusal::DecisionReferredBack`]; [`Refusal::DecisionUnrelated`].
    pub(crate) fn require_takes(&self, commitment_id: CommitmentId) -> Result<(), Refusal> {
        if !self.carried {
            return Err(Refusal::DecisionNotCarried { outcome: self.outcome.to_owned() });
        }
        if let Some(later) = self.corrected_by {
            return Err(Refusal::DecisionCorrected { decision_id: self.id, later });
        }
        if self.referred_back {
            return Err(Refusal::DecisionReferredBack { decision_id: self.id });
        }
        if self.commitment_ids.contains(&commitment_id) {
            return Ok(());
        }
        Err(Refusal::DecisionUnrelated { decision_id: self.id, commitment_id })
    }
}

/// Asks boards.
#[async_trait]
pub(crate) trait Boards: Send + Sync {
    /// The partnership with this id, if there is one. Asked as nobody: partnerships are public.
    ///
    /// # Errors
    ///
    /// `PEER_UNAVAILABLE` when boards does not answer.
    async fn find_partnership(&self, id: PartnershipId) -> Result<Option<Partnership>, Failure>;

    /// Whether the partnership has this action, as the caller sees it.
    ///
    /// # Errors
    ///
    /// `PEER_UNAVAILABLE` when boards does not answer.
    async fn has_action(&self, call: &Call, partnership_id: PartnershipId, id: ActionId) -> Result<bool, Failure>;

    /// The decision with this id, if the partnership has it and the caller may see it.
    ///
    /// # Errors
    ///
    /// `PEER_UNAVAILABLE` when boards does not answer.
    async fn find_decision(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: DecisionId,
    ) -> Result<Option<DecisionSeen>, Failure>;
}
