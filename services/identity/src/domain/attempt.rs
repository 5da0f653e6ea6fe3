//! How often something may be tried in vain.

use chrono::{DateTime, TimeDelta, Utc};

use super::Digest;

/// The time in which failures are counted.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// The time in which letters to one address are counted.
const LETTER_WINDOW: TimeDelta = TimeDelta::hours(1);
/// What is older than this counts nowhere.
pub(crate) const LONGEST_WINDOW: TimeDelta = LETTER_WINDOW;
/// After so many failures, or letters, within its window, the next is refused without a look.
const MOST_FAILURES: u64 = 10;
/// So many links may be asked for from one network within the [`WINDOW`]: a library or an office is one, and the queue of letters holds
/// several times as many.
const MOST_LINKS_OF_NETWORK: u64 = 60;

/// What failures are counted against. Kept as a digest, so that the table holds neither addresses nor secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counter {
    digest: Digest,
    window: TimeDelta,
    most: u64,
}

impl Counter {
    /// What is tried: an address of e-mail, a client id, a link.
    pub(crate) fn target(kind: &str, target: &str) -> Self {
        Self { digest: Digest::of(&format!("target {kind} {target}")), window: WINDOW, most: MOST_FAILURES }
    }

    /// Letters that services send to an address of e-mail. Apart from the links with which its owner signs in, so that nobody is kept
    /// out by letters.
    pub(crate) fn letters(email: &str) -> Self {
        Self { digest: Digest::of(&format!("letters {email}")), window: LETTER_WINDOW, most: MOST_FAILURES }
    }

    /// Whoever tries, by the network that they come from.
    pub(crate) fn network(network: &str) -> Self {
        Self { digest: Digest::of(&format!("address {network}")), window: WINDOW, most: MOST_FAILURES }
    }

    /// Whoever asks for links, by the network that they come from.
    pub(crate) fn links_of_network(network: &str) -> Self {
        Self { digest: Digest::of(&format!("links {network}")), window: WINDOW, most: MOST_LINKS_OF_NETWORK }
    }

    /// By what it is kept.
    pub(crate) fn key(&self) -> &str {
        self.digest.as_str()
    }

    /// The time in which it counts.
    pub(crate) const fn window(&self) -> TimeDelta {
        self.window
    }

    /// How much it takes within its window.
    pub(crate) const fn most(&self) -> u64 {
        self.most
    }

    /// How many seconds to wait, when what it counted last was at these times, newest first.
    pub(crate) fn wait_seconds(&self, counted: &[DateTime<Utc>], now: DateTime<Utc>) -> Option<i64> {
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        let oldest_that_counts = counted.get(most.checked_sub(1)?)?;
        let wait = *oldest_that_counts + self.window - now;
        (wait > TimeDelta::zero()).then(|| wait.num_seconds().max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenth_failure_makes_the_next_wait_until_the_first_is_old() {
        let now: DateTime<Utc> = "2026-06-01T09:00:00Z".parse().expect("an instant");
        let failures: Vec<_> = (0..12).map(|minute| now - TimeDelta::minutes(minute)).collect();
        let counter = Counter::target("link", "a link");
        assert_eq!(counter.wait_seconds(&failures[..9], now), None);
        assert_eq!(counter.wait_seconds(&failures[..10], now), Some(6 * 60));
        assert_eq!(counter.wait_seconds(&failures, now), Some(6 * 60), "the tenth newest counts");
        assert_eq!(counter.wait_seconds(&failures, now + TimeDelta::minutes(6)), None);
        assert_eq!(
            Counter::letters("ann@example.org").wait_seconds(&failures, now),
            Some(51 * 60),
            "letters by the hour"
        );
        assert_eq!(
            Counter::links_of_network("192.0.2.1").wait_seconds(&failures, now),
            None,
            "a network asks for more"
        );
    }
}
