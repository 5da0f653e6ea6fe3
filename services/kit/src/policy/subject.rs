//! What is acted on, and how the caller stands to it.

use pathfinder_terms::{Grant, PartnershipId, ProviderId, Role};
use uuid::Uuid;

use crate::caller::Caller;

/// What is acted on, as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub(super) partnership_id: Option<PartnershipId>,
    found: Option<Found>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Found {
    id: Option<Uuid>,
    provider_id: Option<ProviderId>,
    owner: Option<String>,
}

impl Subject {
    /// A record of the partnership that has not been looked up; without one, something of the whole installation.
    #[must_use]
    pub const fn within(partnership_id: Option<PartnershipId>) -> Self {
        Self { partnership_id, found: None }
    }

    /// A record at hand, and the provider that answers for it.
    #[must_use]
    pub const fn record(partnership_id: PartnershipId, provider_id: Option<ProviderId>) -> Self {
        Self { partnership_id: Some(partnership_id), found: Some(Found { id: None, provider_id, owner: None }) }
    }

    /// The same, with its id, by which the holder of a form link is told from others.
    #[must_use]
    pub fn with_id(self, id: Uuid) -> Self {
        let found = Found { id: Some(id), ..self.found.unwrap_or_default() };
        Self { found: Some(found), ..self }
    }

    /// The same, owned by a person.
    #[must_use]
    pub fn owned_by(self, owner: Option<String>) -> Self {
        let found = Found { owner, ..self.found.unwrap_or_default() };
        Self { found: Some(found), ..self }
    }

    /// The provider that answers for it, as far as that is known.
    pub(super) fn provider_id(&self) -> Option<ProviderId> {
        self.found.as_ref()?.provider_id
    }

    /// Whether the caller holds the role here for a provider, and another one answers for the record at hand, or none.
    pub(super) fn is_anothers(&self, caller: &Caller, role: Role) -> bool {
        let Some(found) = &self.found else { return false };
        let anothers = |grant: &Grant| grant.provider_id.is_some_and(|id| found.provider_id != Some(id));
        caller.grants().any(|grant| grant.role == role && self.is_within(grant) && anothers(grant))
    }

    fn is_within(&self, grant: &Grant) -> bool {
        match self.partnership_id {
            Some(partnership_id) => grant.covers(partnership_id),
            None => grant.partnership_id.is_none(),
        }
    }

    pub(super) fn has_role(&self, caller: &Caller, role: Role) -> bool {
        caller.grants().any(|grant| {
            let here = self.is_within(grant);
            let for_it = match (&self.found, grant.provider_id) {
                (Some(found), Some(provider_id)) => found.provider_id == Some(provider_id),
                _ => true,
            };
            let this_one = match (&self.found, grant.object_id) {
                (Some(found), Some(object_id)) => found.id == Some(object_id),
                _ => true,
            };
            grant.role == role && here && for_it && this_one
        })
    }
}

/// How a caller stands to what is acted on: all that policies go by, the same for many callers and many records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Situation {
    /// Which of [`Role::ALL`] the caller holds there.
    held: [bool; Role::ALL.len()],
    pub(super) anonymous: bool,
    pub(super) found: bool,
    /// Whether the caller is the person who owns the record.
    pub(super) owned: bool,
}

impl Situation {
    pub(super) fn of(caller: &Caller, subject: &Subject) -> Self {
        let owner = subject.found.as_ref().and_then(|found| found.owner.as_deref());
        let anonymous = *caller == Caller::Anonymous;
        Self {
            held: each_role(|role| subject.has_role(caller, role)),
            anonymous,
            found: subject.found.is_some(),
            owned: !anonymous && owner == Some(caller.id()),
        }
    }

    /// That of somebody who holds one role there, and owns nothing.
    pub(super) fn of_holder(role: Role, subject: &Subject) -> Self {
        let held = each_role(|held| held == role);
        Self { held, anonymous: false, found: subject.found.is_some(), owned: false }
    }

    /// The roles that the caller holds there.
    pub(super) fn held(&self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().zip(self.held).filter_map(|(role, held)| held.then_some(*role))
    }
}

fn each_role(is_held: impl Fn(Role) -> bool) -> [bool; Role::ALL.len()] {
    std::array::from_fn(|number| Role::ALL.get(number).is_some_and(|role| is_held(*role)))
}
