//! The domain's events, as the kit records and publishes them.

use pathfinder_kit::DomainEvent;
use pathfinder_terms::PartnershipId;
use uuid::Uuid;

use crate::domain::event::Event;

impl DomainEvent for Event {
    const KINDS: &'static [&'static str] = Self::KINDS;

    fn kind(&self) -> &'static str {
        Self::kind(self)
    }

    fn partnership_id(&self) -> Option<PartnershipId> {
        Some(self.place().0)
    }

    fn subject_id(&self) -> Uuid {
        self.place().1
    }
}
