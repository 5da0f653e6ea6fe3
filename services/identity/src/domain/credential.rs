//! Keys of systems.

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_terms::{PersonId, words};
use uuid::Uuid;

use super::Digest;

const DEFAULT_DAYS: i64 = 365;

words! {
    /// What a key is for.
    pub(crate) enum CredentialKind {
        /// An OAuth 2.0 client secret.
        ClientSecret = "client_secret",
        /// An Open311 `api_key`.
        ApiKey = "api_key",
    }
}

words! {
    /// A service that a key opens.
    pub(crate) enum Scope {
        /// Partnerships, meetings, decisions, actions.
        Boards = "boards",
        /// Providers, standards, commitments.
        Commitments = "commitments",
        /// Resident issues.
        Issues = "issues",
        /// People, roles, keys.
        Identity = "identity",
    }
}

/// A scope that is asked for and that the key does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key does not have the scope {asked}")]
pub(crate) struct ScopeRefused {
    pub(crate) asked: String,
    pub(crate) allowed: Vec<Scope>,
}

/// A key that has expired or was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key has ended")]
pub(crate) struct CredentialEnded;

/// A system's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    pub(crate) id: Uuid,
    pub(crate) person_id: PersonId,
    pub(crate) kind: CredentialKind,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) note: String,
    /// Of its secret.
    pub(crate) digest: Digest,
    /// Of the secret before the last rotation, good until `overlap_end_time`.
    pub(crate) former_digest: Option<Digest>,
    pub(crate) overlap_end_time: Option<DateTime<Utc>>,
    pub(crate) create_time: DateTime<Utc>,
    pub(crate) expire_time: DateTime<Utc>,
    pub(crate) revoke_time: Option<DateTime<Utc>>,
    /// Exact to the minute.
    pub(crate) use_time: Option<DateTime<Utc>>,
}

impl Credential {
    /// When a key that is made now for so many days ends; 0 days stand for a year.
    pub(crate) fn expiry(now: DateTime<Utc>, days: i64) -> DateTime<Utc> {
        now + TimeDelta::days(if days == 0 { DEFAULT_DAYS } else { days })
    }

    /// Whether it opens anything at all.
    pub(crate) fn holds(&self, now: DateTime<Utc>) -> bool {
        self.revoke_time.is_none() && now < self.expire_time
    }

    /// Whether this is its secret: the present one, or the one before as long as the overlap goes on.
    pub(crate) fn opens_with(&self, secret: &Digest, now: DateTime<Utc>) -> bool {
        let present = self.digest.matches(secret);
        let former = self.former_digest.as_ref().is_some_and(|former| former.matches(secret));
        let overlaps = self.overlap_end_time.is_some_and(|end| now < end);
        self.holds(now) && (present || (former && overlaps))
    }

    /// Gives it a new secret; the present one goes on for so many hours.
    pub(crate) fn rotate(
        &mut self,
        secret: Digest,
        overlap_hours: i64,
        now: DateTime<Utc>,
    ) -> Result<(), CredentialEnded> {
        if !self.holds(now) {
            return Err(CredentialEnded);
        }
        let former = std::mem::replace(&mut self.digest, secret);
        let overlaps = overlap_hours > 0;
        self.former_digest = overlaps.then_some(former);
        self.overlap_end_time = overlaps.then(|| now + TimeDelta::hours(overlap_hours));
        Ok(())
    }

    /// The scopes that are asked for, separated by blanks; all that it has when none is.
    pub(crate) fn scopes_asked(&self, asked: &str) -> Result<Vec<Scope>, ScopeRefused> {
        let refused = |word: &str| ScopeRefused { asked: word.to_owned(), allowed: self.scopes.clone() };
        let mut wanted: Vec<Scope> = Vec::new();
        for word in asked.split_ascii_whitespace() {
            let scope = word.parse().map_err(|_| refused(word))?;
            if !self.scopes.contains(&scope) {
                return Err(refused(word));
            }
            if !wanted.contains(&scope) {
                wanted.push(scope);
            }
        }
        Ok(if wanted.is_empty() { self.scopes.clone() } else { wanted })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> DateTime<Utc> {
        "2026-06-01T09:00:00Z".parse().expect("an instant")
    }

    fn key() -> Credential {
        Credential {
            id: Uuid::nil(),
            person_id: PersonId(Uuid::nil()),
            kind: CredentialKind::ClientSecret,
            scopes: vec![Scope::Issues, Scope::Boards],
            note: String::new(),
            digest: Digest::of("one"),
            former_digest: None,
            overlap_end_time: None,
            create_time: start(),
            expire_time: Credential::expiry(start(), 0),
            revoke_time: None,
            use_time: None,
        }
    }

    #[test]
    fn two_secrets_open_it_during_the_overlap_and_one_afterwards() {
        let mut key = key();
        key.rotate(Digest::of("two"), 24, start()).expect("it holds");
        let opens = |secret: &str, hours: i64| key.opens_with(&Digest::of(secret), start() + TimeDelta::hours(hours));
        assert!(opens("one", 23) && opens("two", 23));
        assert!(!opens("one", 24) && opens("two", 24));
        assert!(!opens("three", 0));
        assert!(!opens("two", 365 * 24), "it has expired");
    }

    #[test]
    fn a_rotation_without_overlap_ends_the_former_secret_and_an_ended_key_is_not_rotated() {
        let mut key = key();
        key.rotate(Digest::of("two"), 0, start()).expect("it holds");
        assert!(!key.opens_with(&Digest::of("one"), start()));
        key.revoke_time = Some(start());
        assert_eq!(key.rotate(Digest::of("three"), 0, start()), Err(CredentialEnded));
        assert!(!key.opens_with(&Digest::of("two"), start()));
    }

    #[test]
    fn only_scopes_that_it_has_are_given() {
        let key = key();
        assert_eq!(key.scopes_asked(""), Ok(vec![Scope::Issues, Scope::Boards]));
        assert_eq!(key.scopes_asked(" boards  boards "), Ok(vec![Scope::Boards]));
        assert!(key.scopes_asked("issues identity").is_err_and(|refused| refused.asked == "identity"));
        assert!(key.scopes_asked("everything").is_err());
    }
}
