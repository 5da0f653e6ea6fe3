//! Providers: the organisations that answer for public services.

use chrono::{DateTime, Utc};
use pathfinder_terms::{PartnershipId, ProviderId, words};
use serde::{Deserialize, Serialize};

use super::{Refusal, Violation};

words! {
    /// What sort of organisation a provider is.
    pub(crate) enum ProviderKind {
        /// A service of the council.
        Council = "council",
        /// The police.
        Police = "police",
        /// The health service.
        Health = "health",
        /// A social landlord.
        Housing = "housing",
        /// A place of learning.
        School = "school",
        /// The highway authority.
        Highways = "highways",
        /// The fire and rescue service.
        Fire = "fire",
        /// A voluntary, community or faith organisation.
        Voluntary = "voluntary",
        /// A contractor of one of the others.
        Contractor = "contractor",
        /// None of these.
        Other = "other",
    }
}

/// One thing that a provider answers for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Responsibility {
    /// The code of the issue category.
    pub(crate) category_code: String,
    /// The part of the neighbourhood; none for all of it.
    pub(crate) area: Option<String>,
}

/// An organisation that answers for public services in one partnership's neighbourhood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Provider {
    /// Its id.
    pub(crate) id: ProviderId,
    /// Its partnership.
    pub(crate) partnership_id: PartnershipId,
    /// Its name, unique within the partnership.
    pub(crate) name: String,
    /// What sort of organisation it is.
    pub(crate) kind: ProviderKind,
    /// The provider that it is a part of.
    pub(crate) parent_id: Option<ProviderId>,
    /// What it answers for.
    pub(crate) responsibilities: Vec<Responsibility>,
    /// Whether it still answers for anything.
    pub(crate) active: bool,
    /// When it was recorded.
    pub(crate) create_time: DateTime<Utc>,
    /// When it last changed.
    pub(crate) update_time: DateTime<Utc>,
    /// Counts its changes.
    pub(crate) version: i64,
}

/// What is needed to record a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewProvider {
    /// Its partnership.
    pub(crate) partnership_id: PartnershipId,
    /// Its name.
    pub(crate) name: String,
    /// What sort of organisation it is.
    pub(crate) kind: ProviderKind,
    /// The provider that it is a part of.
    pub(crate) parent_id: Option<ProviderId>,
    /// What it answers for.
    pub(crate) responsibilities: Vec<Responsibility>,
}

/// A change to a provider: what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ProviderChange {
    /// Another name.
    pub(crate) name: Option<String>,
    /// Another kind.
    pub(crate) kind: Option<ProviderKind>,
    /// Another parent, or none at all.
    pub(crate) parent_id: Option<Option<ProviderId>>,
    /// Other responsibilities.
    pub(crate) responsibilities: Option<Vec<Responsibility>>,
    /// Whether it still answers for anything.
    pub(crate) active: Option<bool>,
}

impl Provider {
    /// Records a provider.
    #[must_use]
    pub(crate) fn record(new: NewProvider, id: ProviderId, now: DateTime<Utc>) -> Self {
        Self {
            id,
            partnership_id: new.partnership_id,
            name: new.name,
            kind: new.kind,
            parent_id: new.parent_id,
            responsibilities: new.responsibilities,
            active: true,
            create_time: now,
            update_time: now,
            version: 1,
        }
    }

    /// Changes it. `ancestors` are the new parent and all that it is a part of.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] where it would become a part of itself.
    pub(crate) fn change(
        &mut self,
        change: ProviderChange,
        ancestors: &[ProviderId],
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if change.parent_id.is_some() && ancestors.contains(&self.id) {
            let violation = Violation::new("parent_provider_id", "would make the provider a part of itself");
            return Err(Refusal::Invalid(vec![violation]));
        }
        self.name = change.name.unwrap_or_else(|| std::mem::take(&mut self.name));
        self.kind = change.kind.unwrap_or(self.kind);
        self.parent_id = change.parent_id.unwrap_or(self.parent_id);
        if let Some(responsibilities) = change.responsibilities {
            self.responsibilities = responsibilities;
        }
        self.active = change.active.unwrap_or(self.active);
        self.update_time = now;
        self.version += 1;
        Ok(())
    }

    /// Asks whether it takes on something new.
    ///
    /// # Errors
    ///
    /// [`Refusal::ProviderInactive`] where it does not.
    pub(crate) fn require_active(&self) -> Result<(), Refusal> {
        if self.active { Ok(()) } else { Err(Refusal::ProviderInactive { name: self.name.clone() }) }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn provider(id: u128) -> Provider {
        let new = NewProvider {
            partnership_id: Uuid::from_u128(1).into(),
            name: "Street Cleansing".to_owned(),
            kind: ProviderKind::Council,
            parent_id: None,
            responsibilities: Vec::new(),
        };
        Provider::record(new, Uuid::from_u128(id).into(), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_change_touches_only_what_is_set() {
        let mut provider = provider(7);
        let change = ProviderChange { active: Some(false), ..ProviderChange::default() };
        provider.change(change, &[], DateTime::UNIX_EPOCH).expect("a change");
        assert_eq!(
            (provider.name.as_str(), provider.kind, provider.version),
            ("Street Cleansing", ProviderKind::Council, 2)
        );
        assert_eq!(provider.require_active(), Err(Refusal::ProviderInactive { name: "Street Cleansing".to_owned() }));
    }

    #[test]
    fn nothing_becomes_a_part_of_itself() {
        let mut provider = provider(7);
        let above: ProviderId = Uuid::from_u128(8).into();
        let change = ProviderChange { parent_id: Some(Some(above)), ..ProviderChange::default() };
        let refused = provider.change(change, &[above, provider.id], DateTime::UNIX_EPOCH);
        assert!(matches!(refused, Err(Refusal::Invalid(violations)) if violations[0].field == "parent_provider_id"));
        assert_eq!(provider.parent_id, None);
    }
}
