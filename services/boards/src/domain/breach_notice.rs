//! What the board hears of issues that were not resolved, or not answered, in the time that was pledged. Made from the feed of issues.

use chrono::{DateTime, Utc};
use pathfinder_terms::{ActionId, IssueId, PartnershipId, ProviderId, StandardId};
use serde::Serialize;
use uuid::Uuid;

/// A notice that an issue missed its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreachNotice {
    /// The id.
    pub id: Uuid,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// Its reference.
    pub issue_reference: String,
    /// Who had the issue when it missed the time.
    pub provider_id: Option<ProviderId>,
    /// The version of the standard that was missed.
    pub standard_id: Option<StandardId>,
    /// When it should have been answered or resolved, as the standard measures.
    pub due_time: Option<DateTime<Utc>>,
    /// When the issues service told of it.
    pub breach_time: DateTime<Utc>,
    /// The actions that answer it.
    pub action_ids: Vec<ActionId>,
}
