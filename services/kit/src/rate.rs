//! How often one caller may call: a quota for each key, kept in memory.
//!
//! Each process counts for itself, and forgets when it ends: a quota keeps one caller from taking everybody's place, it is not a
//! bill. What has to hold across processes and restarts, such as attempts on links and keys, identity counts in its database.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use clap::Args;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use crate::config::Problems;
use crate::failure::{Failure, Reason};

/// Most keys that are told apart. Further ones share one quota until others have been quiet for long enough to be forgotten.
const MOST_KEYS: usize = 50_000;
/// After so many calls, the keys that have been quiet are forgotten. At most so many keys are kept beyond [`MOST_KEYS`].
const CALLS_BETWEEN_SWEEPS: u32 = 4096;
/// The key of everybody for whom there is no place.
const EVERYBODY_ELSE: &str = "";

/// How many times its rate a caller may call at once after a quiet time.
pub const BURST: u32 = 4;

/// How often one caller may call, a second; [`BURST`] times as often for a moment. 0 sets no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// For an address, counting calls without a token, key or session.
    pub per_address: u32,
    /// For a token, key or session.
    pub per_caller: u32,
}

impl Rates {
    /// No limits.
    pub const NONE: Self = Self { per_address: 0, per_caller: 0 };
}

impl Default for Rates {
    fn default() -> Self {
        Self { per_address: 50, per_caller: 100 }
    }
}

/// How often one caller may call, unchecked.
#[derive(Debug, Clone, Default, Args)]
pub struct RateFlags {
    /// Calls a second that one address may make without a token, key or session; 0 sets no limit [default: 50].
    #[arg(long, env = "PATHFINDER_RATE_PER_ADDRESS", value_name = "COUNT", global = true)]
    pub rate_per_address: Option<String>,
    /// Calls a second that one token, key or session may make; 0 sets no limit [default: 100].
    #[arg(long, env = "PATHFINDER_RATE_PER_CALLER", value_name = "COUNT", global = true)]
    pub rate_per_caller: Option<String>,
}

impl RateFlags {
    /// Checks what was told; each problem is added to `problems`.
    pub fn check(&self, problems: &mut Problems) -> Option<Rates> {
        let defaults = Rates::default();
        let mut rate = |flag: &str, told: &Option<String>, default: u32| {
            problems.take(told.as_deref().map_or(Ok(default), |text| read_rate(flag, text)))
        };
        let per_address = rate("--rate-per-address", &self.rate_per_address, defaults.per_address);
        let per_caller = rate("--rate-per-caller", &self.rate_per_caller, defaults.per_caller);
        Some(Rates { per_address: per_address?, per_caller: per_caller? })
    }
}

fn read_rate(flag: &str, text: &str) -> Result<u32, String> {
    let most = 1_000_000;
    let wrong = || format!("{flag} is `{text}`; it must be a whole number from 0 to {most}, where 0 sets no limit");
    text.parse().ok().filter(|rate| *rate <= most).ok_or_else(wrong)
}

/// Refuses what was asked for more often than its share: `too_much` says so, as a sentence without its end.
#[must_use]
pub fn refuse(too_much: &str, wait: Duration) -> Failure {
    let seconds = seconds_to_wait(wait);
    let message = format!("{too_much}; go on in {seconds} s.");
    Failure::new(Reason::RateLimited, message).with("retry_after_seconds", seconds)
}

/// The wait in whole seconds, rounded up, at least 1: whoever waits so long comes through.
#[must_use]
pub fn seconds_to_wait(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// Counts the calls of each key against one quota.
pub struct RateLimiter {
    /// None where there is no limit.
    kept: Option<DefaultKeyedRateLimiter<String>>,
    clock: DefaultClock,
    calls: AtomicU32,
    full: AtomicBool,
}

impl std::fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys = self.kept.as_ref().map(governor::RateLimiter::len);
        f.debug_struct("RateLimiter").field("keys", &keys).finish_non_exhaustive()
    }
}

impl RateLimiter {
    /// So many calls a second for each key, and `burst` at once after a quiet time; no limit when `per_second` is 0.
    #[must_use]
    pub fn new(per_second: u32, burst: u32) -> Self {
        Self::with(NonZeroU32::new(per_second).map(|rate| {
            let burst = NonZeroU32::new(burst).unwrap_or(rate);
            Quota::per_second(rate).allow_burst(burst)
        }))
    }

    /// One call in `period` for each key, and `burst` at once after a quiet time: for what is slower than calls are.
    #[must_use]
    pub fn every(period: Duration, burst: NonZeroU32) -> Self {
        Self::with(Quota::with_period(period).map(|quota| quota.allow_burst(burst)))
    }

    fn with(quota: Option<Quota>) -> Self {
        let kept = quota.map(DefaultKeyedRateLimiter::keyed);
        Self { kept, clock: DefaultClock::default(), calls: AtomicU32::new(0), full: AtomicBool::new(false) }
    }

    /// Counts a call of `key`.
    ///
    /// # Errors
    ///
    /// How long to wait, when the quota is used up; the call was not counted then.
    pub fn check(&self, key: &str) -> Result<(), Duration> {
        let Some(kept) = &self.kept else { return Ok(()) };
        self.sweep(kept);
        let key = if self.full.load(Ordering::Relaxed) { EVERYBODY_ELSE } else { key };
        kept.check_key(&key.to_owned()).map_err(|refused| refused.wait_time_from(self.clock.now()))
    }

    fn sweep(&self, kept: &DefaultKeyedRateLimiter<String>) {
        if self.calls.fetch_add(1, Ordering::Relaxed) % CALLS_BETWEEN_SWEEPS == CALLS_BETWEEN_SWEEPS - 1 {
            kept.retain_recent();
            self.full.store(kept.len() >= MOST_KEYS, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_each_keys_own_and_says_how_long_to_wait() {
        let limiter = RateLimiter::new(1, 3);
        for _ in 0..3 {
            assert_eq!(limiter.check("a"), Ok(()));
        }
        let wait = limiter.check("a").expect_err("the quota of a is used up");
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        assert_eq!(limiter.check("b"), Ok(()), "b has a quota of its own");
    }

    #[test]
    fn no_rate_is_no_limit() {
        let limiter = RateLimiter::new(0, 0);
        assert!((0..10_000).all(|_| limiter.check("a").is_ok()));
    }

    #[test]
    fn quiet_keys_are_forgotten_and_there_is_an_end_to_all_keys() {
        let quick = RateLimiter::new(1_000_000, 1);
        let slow = RateLimiter::new(1, 4);
        let most = MOST_KEYS + usize::try_from(CALLS_BETWEEN_SWEEPS).expect("a small number");
        for number in 0..3 * MOST_KEYS {
            let key = number.to_string();
            let _ = (quick.check(&key), slow.check(&key));
        }
        let keys = |limiter: &RateLimiter| limiter.kept.as_ref().map(governor::RateLimiter::len).unwrap_or_default();
        assert!(keys(&slow) <= most, "{} keys are kept", keys(&slow));
        assert!(keys(&quick) <= usize::try_from(CALLS_BETWEEN_SWEEPS).expect("a small number"), "{}", keys(&quick));
        assert!(slow.check("late").is_err(), "who comes late shares what is left");
    }
}
