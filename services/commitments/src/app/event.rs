//! The events of the domain, as the kit's outbox takes them.

use pathfinder_kit::DomainEvent;
use pathfinder_terms::PartnershipId;
use uuid::Uuid;

use crate::domain::Event;

impl DomainEvent for Event {
    const KINDS: &'static [&'static str] = Self::KINDS;

    fn kind(&self) -> &'static str {
        Self::kind(self)
    }

    fn partnership_id(&self) -> Option<PartnershipId> {
        Some(Self::partnership_id(self))
    }

    fn subject_id(&self) -> Uuid {
        Self::subject_id(self)
    }
}
