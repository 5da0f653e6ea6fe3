//! What happened to an issue, as it is kept: a [`Step`](super::Step) with its author.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use uuid::Uuid;

use super::inquiry;
use super::recategorising::RECATEGORISED;
use super::state::IssueState;
use super::update;

/// As whom a rule of the service itself is kept: the id.
pub(crate) const RULE: &str = "issues";

/// How a rule begins that leads what is open again back to its provider: no news, since whatever opened it again is told.
pub(crate) const BACK: &str = "Back to ";

/// The kind of the entry with which an issue comes to a provider, or back to it.
pub(crate) const ROUTED: &str = "issue.routed";

/// The kinds of entries that are told to other systems as updates: moves that tell a reader something, and words. To tell of
/// another kind, add it here.
pub(crate) const TOLD: [&str; 20] = [
    "issue.triaged",
    ROUTED,
    "issue.accepted",
    "issue.refused",
    "issue.work_started",
    "issue.held",
    "issue.resumed",
    "issue.resolved",
    "issue.closed",
    "issue.no_action",
    "issue.duplicate",
    "issue.withdrawn",
    "issue.confirmed",
    "issue.disputed",
    "issue.closing_upheld",
    RECATEGORISED,
    inquiry::ASKED,
    inquiry::ANSWERED,
    inquiry::LAPSED,
    update::SAID,
];

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The id; entries of one issue rise with it.
    pub id: Uuid,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// Who did it: the id.
    pub actor_id: String,
    /// Who did it: the name, for staff.
    pub actor_name: String,
    /// Who did it: the role, for everyone.
    pub actor_label: String,
    /// The kind.
    pub kind: String,
    /// The state before, as its word; empty for the first.
    pub from_state: String,
    /// The state after, as its word.
    pub to_state: String,
    /// What was said, for everyone.
    pub note: String,
    /// What was said, for staff and the provider.
    pub private_note: String,
}

impl Entry {
    /// What it tells everyone: what was said, else where the issue stands.
    #[must_use]
    pub(crate) fn told(&self) -> String {
        let stands = || self.state().map(|state| format!("The issue is {}.", state.spoken())).unwrap_or_default();
        if self.note.is_empty() { stands() } else { self.note.clone() }
    }

    /// The state after it.
    #[must_use]
    pub(crate) fn state(&self) -> Option<IssueState> {
        self.to_state.parse().ok()
    }

    /// The state before it; none for the first.
    #[must_use]
    pub(crate) fn former_state(&self) -> Option<IssueState> {
        self.from_state.parse().ok()
    }

    /// When it was recorded, in whole milliseconds, as its id says: later than its time where it tells of something earlier.
    #[must_use]
    pub(crate) fn recorded_time(&self) -> DateTime<Utc> {
        let millis = i64::try_from(self.id.as_u128() >> RANDOM_BITS).ok();
        millis.and_then(DateTime::from_timestamp_millis).unwrap_or(self.time)
    }
}

/// An id is the milliseconds of its making, followed by so many other bits.
const RANDOM_BITS: u32 = 80;

/// The first id that can be made at a time or after it.
#[must_use]
pub(crate) fn first_id(time: DateTime<Utc>) -> Uuid {
    let millis = time.timestamp_micros().saturating_add(999).div_euclid(1_000);
    Uuid::from_u128(u128::try_from(millis).unwrap_or_default() << RANDOM_BITS)
}

/// The last id that can be made at a time or before it.
#[must_use]
pub(crate) fn last_id(time: DateTime<Utc>) -> Uuid {
    let millis = time.timestamp_micros().div_euclid(1_000);
    let rest = (1_u128 << RANDOM_BITS) - 1;
    Uuid::from_u128((u128::try_from(millis).unwrap_or_default() << RANDOM_BITS) | rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn ids_tell_when_they_were_made_to_the_millisecond() {
        let made = at("2026-01-12T10:00:00.007Z");
        let millis = u128::try_from(made.timestamp_millis()).unwrap();
        for rest in [0, 1, (1_u128 << RANDOM_BITS) - 1] {
            let id = Uuid::from_u128((millis << RANDOM_BITS) | rest);
            assert!(first_id(made) <= id && id <= last_id(made), "{id} was made at {made}");
            assert!(first_id(at("2026-01-12T10:00:00.007001Z")) > id, "not a microsecond later");
            assert!(last_id(at("2026-01-12T10:00:00.006999Z")) < id, "nor one earlier");
        }
        assert_eq!(last_id(DateTime::<Utc>::MIN_UTC), last_id(DateTime::UNIX_EPOCH), "nothing was made before");
    }
}
