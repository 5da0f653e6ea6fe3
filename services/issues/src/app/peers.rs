//! What this service asks of the others, in its own words. `grpc/peers.rs` answers it over gRPC.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pathfinder_kit::{Call, Failure};
use pathfinder_terms::{ActionId, IssueId, PartnershipId, ProviderId};
use uuid::Uuid;

use crate::domain::issue::PledgeFound;
use crate::domain::known::{KnownProvider, ToldPartnership};
use crate::domain::story::StoryStep;

/// Which pledge is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PledgeQuery {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Whose pledge.
    pub provider_id: ProviderId,
    /// For which category.
    pub category_code: String,
    /// In force when.
    pub at: DateTime<Utc>,
}

/// The actions that answer an issue, with their steps.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct ActionSteps {
    /// The actions.
    pub action_ids: Vec<ActionId>,
    /// What happened to them.
    pub steps: Vec<StoryStep>,
}

/// A letter on its way out. It is never printed.
pub(crate) struct Outgoing {
    /// By which it is sent once.
    pub id: Uuid,
    /// The address that it goes to.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
}

/// The other services.
#[async_trait]
pub(crate) trait Peers: Send + Sync + 'static {
    /// The pledge that applies, with the response time beside a resolution time, within 2 seconds. A commitments service that is down is an
    /// answer, [`PledgeFound::NotAnswered`], and so is one that will not say, [`PledgeFound::Refused`].
    async fn pledge(&self, call: &Call, query: &PledgeQuery) -> PledgeFound;

    /// A partnership; none when boards knows of none.
    async fn partnership(&self, id: PartnershipId) -> Result<Option<ToldPartnership>, Failure>;

    /// A provider; none when commitments knows of none in that partnership.
    async fn provider(&self, partnership_id: PartnershipId, id: ProviderId) -> Result<Option<KnownProvider>, Failure>;

    /// The steps of the actions that answer an issue, as the caller may see them.
    async fn action_steps(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        issue_id: IssueId,
    ) -> Result<ActionSteps, Failure>;

    /// The steps of the commitments that answer an action, as the caller may see them.
    async fn commitment_steps(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        action_id: ActionId,
    ) -> Result<Vec<StoryStep>, Failure>;

    /// Has a letter sent; the same one twice is sent once.
    async fn send_letter(&self, letter: &Outgoing) -> Result<(), Failure>;
}
