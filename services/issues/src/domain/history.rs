//! What happened to an issue, as it is kept: a [`Step`](super::Step) with its author.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use uuid::Uuid;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The id; entries of one issue rise with it.
    pub id: Uuid,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// Who did it: the id.
    pub actor_id: String,
    /// Who did it: the name, for staff.
    pub actor_name: String,
    /// Who did it: the role, for everyone.
    pub actor_label: String,
    /// The kind.
    pub kind: String,
    /// The state before, as its word; empty for the first.
    pub from_state: String,
    /// The state after, as its word.
    pub to_state: String,
    /// What was said, for everyone.
    pub note: String,
    /// What was said, for staff and the provider.
    pub private_note: String,
}
