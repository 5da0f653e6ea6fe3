//! What is asked of issues at once, because the answer decides whether something is written. `grpc/peers.rs` asks over gRPC.

use async_trait::async_trait;
use pathfinder_kit::{Call, Failure};
use pathfinder_terms::{IssueId, PartnershipId};

/// Asks issues.
#[async_trait]
pub(crate) trait Issues: Send + Sync {
    /// Whether the partnership has this issue, as the caller sees it.
    ///
    /// # Errors
    ///
    /// `PEER_UNAVAILABLE` when issues does not answer.
    async fn has_issue(&self, call: &Call, partnership_id: PartnershipId, id: IssueId) -> Result<bool, Failure>;
}
