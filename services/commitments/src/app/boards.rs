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
    /// The commitments that it is about.
    pub(crate) commitment_ids: Vec<CommitmentId>,
}

impl DecisionSeen {
    /// Demands that the board took this very commitment by it: a decision on something else binds nobody here.
    ///
    /// # Errors
    ///
    /// [`Refusal::DecisionNotCarried`]; [`Refusal::DecisionUnrelated`].
    pub(crate) fn require_takes(&self, commitment_id: CommitmentId) -> Result<(), Refusal> {
        if !self.carried {
            return Err(Refusal::DecisionNotCarried { outcome: self.outcome.to_owned() });
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
