//! What identity tells: into the audit trail and the feed. Names and addresses stand in neither.

use chrono::{DateTime, Utc};
use pathfinder_kit::DomainEvent;
use pathfinder_terms::{Grant, PartnershipId, PersonId, PrincipalKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::Person;

/// What happens to people.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// Someone was registered.
    Created { person_id: PersonId },
    /// Someone's name or address was changed.
    Changed { person_id: PersonId },
    /// Someone was forgotten, for this reason.
    Erased { person_id: PersonId, reason: String },
    /// Someone was given a role.
    RoleGranted { person_id: PersonId, grant: Grant },
    /// A role was taken away.
    RoleRevoked { person_id: PersonId, grant: Grant },
}

impl DomainEvent for Event {
    const KINDS: &'static [&'static str] =
        &["person.created", "person.changed", "person.erased", "person.role_granted", "person.role_revoked"];

    fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "person.created",
            Self::Changed { .. } => "person.changed",
            Self::Erased { .. } => "person.erased",
            Self::RoleGranted { .. } => "person.role_granted",
            Self::RoleRevoked { .. } => "person.role_revoked",
        }
    }

    fn partnership_id(&self) -> Option<PartnershipId> {
        match self {
            Self::Created { .. } | Self::Changed { .. } | Self::Erased { .. } => None,
            Self::RoleGranted { grant, .. } | Self::RoleRevoked { grant, .. } => grant.partnership_id,
        }
    }

    fn subject_id(&self) -> Uuid {
        match self {
            Self::Created { person_id }
            | Self::Changed { person_id }
            | Self::Erased { person_id, .. }
            | Self::RoleGranted { person_id, .. }
            | Self::RoleRevoked { person_id, .. } => person_id.0,
        }
    }
}

/// A person as the audit trail digests it: without what can be guessed and must be forgotten one day.
#[derive(Serialize)]
pub(super) struct PersonState<'a> {
    id: PersonId,
    kind: PrincipalKind,
    grants: &'a [Grant],
    version: i64,
    erase_time: Option<DateTime<Utc>>,
}

impl<'a> PersonState<'a> {
    pub(super) fn of(person: &'a Person) -> Self {
        let Person { id, kind, grants, version, erase_time, .. } = person;
        Self { id: *id, kind: *kind, grants, version: *version, erase_time: *erase_time }
    }
}
