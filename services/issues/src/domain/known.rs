//! What this service knows of other services' things: no more than it needs.

use pathfinder_terms::{ActionId, Nation, PartnershipId, ProviderId};
use serde::Serialize;

use super::refusal::Refusal;

/// A partnership, as far as issues know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownPartnership {
    /// The id.
    pub id: PartnershipId,
    /// Its name.
    pub name: String,
    /// Its name in addresses; empty where it was not told yet.
    pub slug: String,
    /// Whose bank holidays count.
    pub nation: Nation,
    /// What its references begin with.
    pub reference_prefix: String,
    /// Whether it is closed.
    pub archived: bool,
}

/// A partnership as boards tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToldPartnership {
    /// What is known of it.
    pub partnership: KnownPartnership,
    /// Its boundary, as GeoJSON.
    pub boundary: String,
}

/// A provider, as far as issues know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownProvider {
    /// The id.
    pub id: ProviderId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Its name.
    pub name: String,
    /// Whether it answers for anything.
    pub active: bool,
}

impl KnownPartnership {
    /// Whether it takes in new reports.
    ///
    /// # Errors
    ///
    /// [`Refusal::PartnershipArchived`].
    pub(crate) fn check_open(&self) -> Result<(), Refusal> {
        if self.archived { Err(Refusal::PartnershipArchived { name: self.name.clone() }) } else { Ok(()) }
    }
}

impl KnownProvider {
    /// Whether issues may be routed to it.
    ///
    /// # Errors
    ///
    /// [`Refusal::ProviderInactive`].
    pub(crate) fn check_active(&self) -> Result<(), Refusal> {
        if self.active { Ok(()) } else { Err(Refusal::ProviderInactive { name: self.name.clone() }) }
    }
}

/// An action, as far as issues know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct KnownAction {
    /// The action.
    pub action_id: ActionId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Its reference.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Where it stands, as its word.
    pub status: String,
}
