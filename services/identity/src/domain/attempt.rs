//! How often something may be tried in vain.

use chrono::{DateTime, TimeDelta, Utc};

use super::Digest;

/// The time in which failures are counted.
pub(crate) const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// After so many failures within the [`WINDOW`], the next is refused without a look.
pub(crate) const MOST_FAILURES: u64 = 10;

/// What failures are counted against. Kept as a digest, so that the table holds neither addresses nor secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counter(Digest);

impl Counter {
    /// What is tried: an address of e-mail, a client id, a link.
    pub(crate) fn target(kind: &str, target: &str) -> Self {
        Self(Digest::of(&format!("target {kind} {target}")))
    }

    /// Whoever tries, by the network that they come from.
    pub(crate) fn network(network: &str) -> Self {
        Self(Digest::of(&format!("address {network}")))
    }

    /// By what it is kept.
    pub(crate) fn key(&self) -> &str {
        self.0.as_str()
    }
}

/// How many seconds to wait, when the failures of the last [`WINDOW`] were at these times, newest first.
pub(crate) fn wait_seconds(failures: &[DateTime<Utc>], now: DateTime<Utc>) -> Option<i64> {
    let most = usize::try_from(MOST_FAILURES).unwrap_or(usize::MAX);
    let oldest_that_counts = failures.get(most.checked_sub(1)?)?;
    let wait = *oldest_that_counts + WINDOW - now;
    (wait > TimeDelta::zero()).then(|| wait.num_seconds().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenth_failure_makes_the_next_wait_until_the_first_is_old() {
        let now: DateTime<Utc> = "2026-06-01T09:00:00Z".parse().expect("an instant");
        let failures: Vec<_> = (0..12).map(|minute| now - TimeDelta::minutes(minute)).collect();
        assert_eq!(wait_seconds(&failures[..9], now), None);
        assert_eq!(wait_seconds(&failures[..10], now), Some(6 * 60));
        assert_eq!(wait_seconds(&failures, now), Some(6 * 60), "the tenth newest counts");
        assert_eq!(wait_seconds(&failures, now + TimeDelta::minutes(6)), None);
    }
}
