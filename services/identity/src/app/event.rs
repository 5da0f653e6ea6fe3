//! What identity tells: into the audit trail and the feed.

use pathfinder_kit::DomainEvent;
use pathfinder_terms::{Grant, PartnershipId, PersonId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What happens to people.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// Someone was registered.
    Created { person_id: PersonId },
    /// Someone was given a role.
    RoleGranted { person_id: PersonId, grant: Grant },
    /// A role was taken away.
    RoleRevoked { person_id: PersonId, grant: Grant },
}

impl DomainEvent for Event {
    const KINDS: &'static [&'static str] = &["person.created", "person.role_granted", "person.role_revoked"];

    fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "person.created",
            Self::RoleGranted { .. } => "person.role_granted",
            Self::RoleRevoked { .. } => "person.role_revoked",
        }
    }

    fn partnership_id(&self) -> Option<PartnershipId> {
        match self {
            Self::Created { .. } => None,
            Self::RoleGranted { grant, .. } | Self::RoleRevoked { grant, .. } => grant.partnership_id,
        }
    }

    fn subject_id(&self) -> Uuid {
        match self {
            Self::Created { person_id } | Self::RoleGranted { person_id, .. } | Self::RoleRevoked { person_id, .. } => {
                person_id.0
            }
        }
    }
}
