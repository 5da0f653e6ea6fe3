//! What happened to a commitment, entry by entry.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::Who;
use super::CommitmentStatus;

/// An entry of the history of a commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its id, which rises with time.
    pub(crate) id: Uuid,
    /// When it happened.
    pub(crate) time: DateTime<Utc>,
    /// Through whom.
    pub(crate) actor: Who,
    /// What happened.
    pub(crate) kind: String,
    /// The state before.
    pub(crate) from: Option<CommitmentStatus>,
    /// The state after.
    pub(crate) to: CommitmentStatus,
    /// What was said of it.
    pub(crate) note: Option<String>,
}
