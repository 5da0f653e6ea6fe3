//! How the issues held to a standard fare, as the issues service tells of them.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId, StandardId};
use serde::Serialize;

/// One issue under a version of a standard: the one that it is held to, or one that it missed before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct StandardCase {
    /// The issue.
    pub(crate) issue_id: IssueId,
    /// Its reference.
    pub(crate) issue_reference: String,
    /// The version of the standard.
    pub(crate) standard_id: StandardId,
    /// The partnership.
    pub(crate) partnership_id: PartnershipId,
    /// The word of the issue's state.
    pub(crate) issue_state: String,
    /// When it is due.
    pub(crate) due_time: Option<DateTime<Utc>>,
    /// When its clock stopped, or when it came to be held to another standard after it had missed this one.
    pub(crate) stop_time: Option<DateTime<Utc>>,
    /// Whether it was dealt with in time, once that is known.
    pub(crate) on_time: Option<bool>,
    /// Whether the due time passed before the clock stopped.
    pub(crate) breached: bool,
    /// When it was last told of.
    pub(crate) update_time: DateTime<Utc>,
}

impl StandardCase {
    /// Whether it says the same as the other, whenever that was told. Of two standards, none does.
    pub(crate) fn says_as(&self, other: &Self) -> bool {
        *self == Self { update_time: self.update_time, ..other.clone() }
    }
}
