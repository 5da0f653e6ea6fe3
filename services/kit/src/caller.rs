//! Who calls, and what it may do where.

use std::fmt;

use pathfinder_terms::{Grant, PartnershipId, PrincipalKind, ProviderId, Role};
use serde::{Deserialize, Serialize};

/// A caller whose token was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The id of the person or system, or the service's name.
    pub subject: String,
    /// The name to show.
    pub name: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// What it may do, where.
    pub grants: Vec<Grant>,
    /// The session, key or link by which it proved itself to identity.
    pub credential: Option<String>,
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody known: a public read, or an anonymous report.
    Anonymous,
    /// Somebody whose token was verified.
    Known(Principal),
}

/// Who did something, as it is stored and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The caller's id, or `anonymous`.
    pub id: String,
    /// The name to show.
    pub name: String,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Caller {
    /// Whether the caller holds one of `roles` in the partnership. An administrator holds all of them.
    #[must_use]
    pub fn has(&self, partnership_id: PartnershipId, roles: &[Role]) -> bool {
        self.grants().any(|grant| {
            grant.covers(partnership_id) && (roles.contains(&grant.role) || grant.role == Role::Administrator)
        })
    }

    /// Whether the caller works for the provider, as officer, as signatory or as its contractor.
    #[must_use]
    pub fn answers_for(&self, partnership_id: PartnershipId, provider_id: ProviderId) -> bool {
        self.holds_for(
            partnership_id,
            provider_id,
            &[Role::ProviderOfficer, Role::ProviderSignatory, Role::ProviderContractor],
        )
    }

    /// Whether the caller holds one of `roles` for the provider.
    #[must_use]
    pub fn holds_for(&self, partnership_id: PartnershipId, provider_id: ProviderId, roles: &[Role]) -> bool {
        self.grants().any(|grant| {
            grant.covers(partnership_id) && grant.provider_id == Some(provider_id) && roles.contains(&grant.role)
        })
    }

    /// The caller's id, or `anonymous`.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Known(principal) => &principal.subject,
        }
    }

    /// Who that is, for history and audit.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Anonymous => Actor { id: "anonymous".to_owned(), name: "A resident".to_owned() },
            Self::Known(principal) => Actor { id: principal.subject.clone(), name: principal.name.clone() },
        }
    }

    pub(crate) fn grants(&self) -> impl Iterator<Item = &Grant> {
        match self {
            Self::Anonymous => [].iter(),
            Self::Known(principal) => principal.grants.iter(),
        }
    }
}
