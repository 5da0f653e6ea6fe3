//! What this service knows of other services' things: no more than it needs.

use pathfinder_terms::{ActionId, Nation, PartnershipId, ProviderId};

/// A partnership, as far as issues know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownPartnership {
    /// The id.
    pub id: PartnershipId,
    /// Its name.
    pub name: String,
    /// Whose bank holidays count.
    pub nation: Nation,
    /// What its references begin with.
    pub reference_prefix: String,
    /// Whether it is closed.
    pub archived: bool,
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

/// An action, as far as issues know it.
#[derive(Debug, Clone, PartialEq, Eq)]
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
