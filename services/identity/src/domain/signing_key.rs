//! When a signing key signs, and how long it verifies.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Digest;

/// Between the making of a key and its first signature: the time in which every service learns of it.
pub(crate) const LEAD_TIME: TimeDelta = TimeDelta::minutes(10);
/// How long the longest-lived token holds: one that the owner of the data folder makes for a day's trial.
pub(crate) const LONGEST_TOKEN_LIFE: TimeDelta = TimeDelta::hours(12);

/// A signing key: the Ed25519 seed, sealed, the public key, base64url, and its times.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SigningKey {
    pub(crate) key_id: String,
    /// As it is kept; it is opened to sign, and not before.
    pub(crate) seed: String,
    pub(crate) public_x: String,
    pub(crate) create_time: DateTime<Utc>,
    /// From when on it signs.
    pub(crate) sign_from_time: DateTime<Utc>,
    /// Until when it verifies; none as long as no other is to follow it.
    pub(crate) retire_time: Option<DateTime<Utc>>,
}

impl SigningKey {
    /// Whether its signatures are good.
    pub(crate) fn verifies(&self, now: DateTime<Utc>) -> bool {
        self.retire_time.is_none_or(|end| now < end)
    }

    /// By which the audit trail names it.
    pub(crate) fn subject_id(&self) -> Uuid {
        Digest::of(&self.key_id).id()
    }

    /// When a key ends that is followed by one that signs from `successor_time` on: when the last token that it signed has ended.
    pub(crate) fn retirement(successor_time: DateTime<Utc>) -> DateTime<Utc> {
        successor_time + LONGEST_TOKEN_LIFE
    }
}

/// The keys that verify now, the one that signs first: of those whose time has come the last; then the others, the newest first.
pub(crate) fn in_order(keys: Vec<SigningKey>, now: DateTime<Utc>) -> Vec<SigningKey> {
    let mut keys: Vec<SigningKey> = keys.into_iter().filter(|key| key.verifies(now)).collect();
    // The first key of an installation may be newer than the clock that is asked; it signs all the same.
    keys.sort_by_key(|key| (key.sign_from_time > now, std::cmp::Reverse(key.sign_from_time)));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        let start: DateTime<Utc> = "2026-06-01T09:00:00Z".parse().expect("an instant");
        start + TimeDelta::minutes(minutes)
    }

    fn key(name: &str, sign_from: i64, retire: Option<i64>) -> SigningKey {
        SigningKey {
            key_id: name.to_owned(),
            seed: String::new(),
            public_x: String::new(),
            create_time: at(0),
            sign_from_time: at(sign_from),
            retire_time: retire.map(at),
        }
    }

    fn names(now: i64) -> Vec<String> {
        let keys = vec![key("old", 0, Some(730)), key("middle", 10, Some(900)), key("new", 20, None)];
        in_order(keys, at(now)).into_iter().map(|key| key.key_id).collect()
    }

    #[test]
    fn the_last_key_whose_time_has_come_signs_and_retired_ones_are_gone() {
        assert_eq!(names(5), ["old", "new", "middle"]);
        assert_eq!(names(10), ["middle", "old", "new"]);
        assert_eq!(names(20), ["new", "middle", "old"]);
        assert_eq!(names(730), ["new", "middle"]);
        assert_eq!(names(10_000), ["new"]);
    }

    #[test]
    fn a_key_retires_when_its_last_token_has_ended() {
        assert_eq!(SigningKey::retirement(at(10)), at(10 + 720));
    }
}
