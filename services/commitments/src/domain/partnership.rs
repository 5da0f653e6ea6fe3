//! What this service has to know of a partnership: whose bank holidays count, and whether it is at work. Boards owns the rest.

use pathfinder_terms::{Nation, PartnershipId};

use super::Refusal;

/// A partnership as this service knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partnership {
    /// Its id.
    pub(crate) id: PartnershipId,
    /// Its name.
    pub(crate) name: String,
    /// The nation whose bank holidays count.
    pub(crate) nation: Nation,
    /// Whether it is at work, and not archived.
    pub(crate) active: bool,
}

impl Partnership {
    /// Asks whether anything in it can be changed.
    ///
    /// # Errors
    ///
    /// [`Refusal::PartnershipArchived`] where it is archived.
    pub(crate) fn require_active(&self) -> Result<(), Refusal> {
        if self.active { Ok(()) } else { Err(Refusal::PartnershipArchived { name: self.name.clone() }) }
    }
}
