//! Roles: what somebody may do, and where.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{PartnershipId, ProviderId, words};

words! {
    /// What a principal may do in a partnership, or for one of its providers. The word stands in tokens, tables and errors.
    pub enum Role {
        /// Runs the installation, everywhere.
        Administrator = "administrator",
        /// The neighbourhood manager and the team.
        Manager = "manager",
        /// The chair or the vice-chair: opens and closes meetings.
        Chair = "chair",
        /// Holds a seat.
        BoardMember = "board_member",
        /// Normally the council.
        AccountableBody = "accountable_body",
        /// A resident volunteer for some streets.
        StreetRep = "street_rep",
        /// Works for a provider.
        ProviderOfficer = "provider_officer",
        /// May bind a provider.
        ProviderSignatory = "provider_signatory",
        /// Reads.
        Observer = "observer",
        /// A local authority's machine.
        System = "system",
        /// Acts for a provider on one issue or commitment, with a form link.
        ProviderContractor = "provider_contractor",
        /// One of the suite's own services, in its background work.
        Service = "service",
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
    /// The one issue or commitment that it is about, for the role of a form link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_id: Option<Uuid>,
}

impl Grant {
    /// A role, everywhere.
    #[must_use]
    pub const fn everywhere(role: Role) -> Self {
        Self { role, partnership_id: None, provider_id: None, object_id: None }
    }

    /// A role in a partnership.
    #[must_use]
    pub const fn within(role: Role, partnership_id: PartnershipId) -> Self {
        Self { partnership_id: Some(partnership_id), ..Self::everywhere(role) }
    }

    /// A role held on behalf of a provider.
    #[must_use]
    pub const fn for_provider(role: Role, partnership_id: PartnershipId, provider_id: ProviderId) -> Self {
        Self { provider_id: Some(provider_id), ..Self::within(role, partnership_id) }
    }

    /// Whether it holds in the partnership.
    #[must_use]
    pub fn covers(&self, partnership_id: PartnershipId) -> bool {
        self.partnership_id.is_none_or(|own| own == partnership_id)
    }
}

words! {
    /// What a principal is.
    pub enum PrincipalKind {
        /// A human being.
        Person = "person",
        /// A machine of a local authority or provider.
        System = "system",
        /// One of the suite's own services.
        Service = "service",
    }
}
