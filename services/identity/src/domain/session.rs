//! Sessions, and the one-time links with which they begin.

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_terms::PersonId;
use uuid::Uuid;

/// How long a one-time link holds.
pub(crate) const LINK_LIFE: TimeDelta = TimeDelta::minutes(15);
/// How long a session goes on without being used.
const IDLE_LIFE: TimeDelta = TimeDelta::hours(12);
/// How long a session goes on at the most.
const LONGEST_LIFE: TimeDelta = TimeDelta::days(7);

/// Somebody signed in somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) id: Uuid,
    pub(crate) person_id: PersonId,
    /// `link`, or `openid:` and the provider's name.
    pub(crate) method: String,
    pub(crate) create_time: DateTime<Utc>,
    /// When it was last used, exact to the minute.
    pub(crate) use_time: DateTime<Utc>,
    /// When somebody ended it.
    pub(crate) end_time: Option<DateTime<Utc>>,
}

impl Session {
    /// A session that begins now.
    pub(crate) fn begin(id: Uuid, person_id: PersonId, method: String, now: DateTime<Utc>) -> Self {
        Self { id, person_id, method, create_time: now, use_time: now, end_time: None }
    }

    /// When it ends by itself, unless it is used meanwhile.
    pub(crate) fn expire_time(&self) -> DateTime<Utc> {
        (self.use_time + IDLE_LIFE).min(self.create_time + LONGEST_LIFE)
    }

    /// Whether it goes on.
    pub(crate) fn goes_on(&self, now: DateTime<Utc>) -> bool {
        self.end_time.is_none() && now < self.expire_time()
    }

    /// The use times below which a session has ended by `now`.
    pub(crate) fn idle_since(now: DateTime<Utc>) -> DateTime<Utc> {
        now - IDLE_LIFE
    }

    /// The times of beginning below which a session has ended by `now`.
    pub(crate) fn begun_before(now: DateTime<Utc>) -> DateTime<Utc> {
        now - LONGEST_LIFE
    }
}

/// A one-time link that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignInLink {
    pub(crate) id: Uuid,
    pub(crate) person_id: PersonId,
    pub(crate) create_time: DateTime<Utc>,
    pub(crate) expire_time: DateTime<Utc>,
    pub(crate) use_time: Option<DateTime<Utc>>,
}

impl SignInLink {
    /// Whether it still opens a session.
    pub(crate) fn holds(&self, now: DateTime<Utc>) -> bool {
        self.use_time.is_none() && now < self.expire_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_idle_and_at_last_in_any_case() {
        let start: DateTime<Utc> = "2026-06-01T09:00:00Z".parse().expect("an instant");
        let mut session = Session::begin(Uuid::nil(), PersonId(Uuid::nil()), "link".to_owned(), start);
        assert!(session.goes_on(start + TimeDelta::minutes(719)));
        assert!(!session.goes_on(start + TimeDelta::hours(12)));
        session.use_time = start + TimeDelta::hours(160);
        assert!(session.goes_on(start + TimeDelta::hours(167)));
        assert!(!session.goes_on(start + TimeDelta::hours(168)), "seven days after it began");
        session.end_time = Some(start);
        assert!(!session.goes_on(start));
    }
}
