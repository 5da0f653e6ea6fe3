//! Roles: what somebody may do, and where.

use serde::{Deserialize, Serialize};

use crate::{PartnershipId, ProviderId};

/// What a principal may do in a partnership, or for one of its providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the installation; may do everything everywhere.
    Administrator,
    /// The neighbourhood manager and the team.
    Manager,
    /// Opens and closes meetings.
    Chair,
    /// Holds a seat.
    BoardMember,
    /// Normally the council.
    AccountableBody,
    /// A resident volunteer for some streets.
    StreetRep,
    /// Works for a provider.
    ProviderOfficer,
    /// May bind a provider.
    ProviderSignatory,
    /// Reads.
    Observer,
    /// A local authority's machine.
    System,
    /// One of the suite's own services, in its background work.
    Service,
}

impl Role {
    /// The word that stands in tokens, tables and errors.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Manager => "manager",
            Self::Chair => "chair",
            Self::BoardMember => "board_member",
            Self::AccountableBody => "accountable_body",
            Self::StreetRep => "street_rep",
            Self::ProviderOfficer => "provider_officer",
            Self::ProviderSignatory => "provider_signatory",
            Self::Observer => "observer",
            Self::System => "system",
            Self::Service => "service",
        }
    }
}

/// One role in one place; `None` stands for everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partnership_id: Option<PartnershipId>,
    /// On whose behalf it is held, for provider roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<ProviderId>,
}

impl Grant {
    /// Whether it holds in the partnership.
    #[must_use]
    pub fn covers(&self, partnership_id: PartnershipId) -> bool {
        self.partnership_id.is_none_or(|own| own == partnership_id)
    }
}

/// What a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// A human being.
    Person,
    /// A machine of a local authority or provider.
    System,
    /// One of the suite's own services.
    Service,
}
