//! What is asked of boards at once, because the answer decides whether something is written. `grpc/peers.rs` asks over gRPC.

use async_trait::async_trait;
use pathfinder_kit::{Call, Failure};
use pathfinder_terms::{ActionId, DecisionId, PartnershipId};

use crate::domain::Partnership;

/// A decision of the board, as far as a commitment needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DecisionSeen {
    /// Whether it carried.
    pub(crate) carried: bool,
    /// What came of it, in a word.
    pub(crate) outcome: &'static str,
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
