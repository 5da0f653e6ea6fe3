//! The register of what was erased: counts, never content.

use chrono::{DateTime, Utc};
use pathfinder_terms::{PartnershipId, words};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

words! {
    /// Why personal data was erased.
    pub(crate) enum Cause {
        /// Somebody asked for it.
        Requested = "requested",
        /// It was as old as it may get.
        Retention = "retention",
    }
}

/// An entry of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Erasure {
    /// The id.
    pub id: Uuid,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// When.
    pub time: DateTime<Utc>,
    /// Why.
    pub cause: Cause,
    /// Who did it.
    pub actor_id: String,
    /// The reason given; empty where it was erased by age.
    pub reason: String,
    /// How many people's contact details were erased.
    pub contact_count: i32,
    /// How many issues had words about a person taken out, or where a home is.
    pub issue_count: i32,
}

impl Erasure {
    /// Whether there was nothing to erase.
    #[must_use]
    pub(crate) const fn is_empty(&self) -> bool {
        self.contact_count == 0 && self.issue_count == 0
    }
}
