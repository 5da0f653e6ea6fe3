//! Form links: one issue or commitment, for somebody without an account.

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_terms::{Grant, PartnershipId, ProviderId, Role};
use uuid::Uuid;

const DEFAULT_DAYS: i64 = 14;

/// What a form link is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormTarget {
    /// An issue.
    Issue(Uuid),
    /// A commitment.
    Commitment(Uuid),
}

impl FormTarget {
    /// The id of the issue or commitment.
    pub(crate) const fn id(self) -> Uuid {
        match self {
            Self::Issue(id) | Self::Commitment(id) => id,
        }
    }
}

/// A form link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormLink {
    pub(crate) id: Uuid,
    pub(crate) partnership_id: PartnershipId,
    pub(crate) provider_id: ProviderId,
    pub(crate) target: FormTarget,
    /// Who is meant to use it.
    pub(crate) holder_name: String,
    /// Who made it.
    pub(crate) creator_id: String,
    pub(crate) create_time: DateTime<Utc>,
    pub(crate) expire_time: DateTime<Utc>,
    pub(crate) revoke_time: Option<DateTime<Utc>>,
}

impl FormLink {
    /// When a link that is made now for so many days ends; 0 days stand for a fortnight.
    pub(crate) fn expiry(now: DateTime<Utc>, days: i64) -> DateTime<Utc> {
        now + TimeDelta::days(if days == 0 { DEFAULT_DAYS } else { days })
    }

    /// Whether it still opens anything.
    pub(crate) fn holds(&self, now: DateTime<Utc>) -> bool {
        self.revoke_time.is_none() && now < self.expire_time
    }

    /// What whoever has it may do: act for the provider on this one thing.
    pub(crate) fn grant(&self) -> Grant {
        let grant = Grant::for_provider(Role::ProviderContractor, self.partnership_id, self.provider_id);
        Grant { object_id: Some(self.target.id()), ..grant }
    }
}
