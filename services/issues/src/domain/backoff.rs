//! When to try again what failed for one issue alone, so that it neither wears out what it asks nor stands before the others.

use chrono::{DateTime, TimeDelta, Utc};

/// After the first failure.
const FIRST_PAUSE_SECONDS: i64 = 2;
/// However often it failed.
const LONGEST_PAUSE_SECONDS: i64 = 3_600;

/// When to try again after so many failures in a row, the one of `now` among them: twice as late each time, at most an hour.
#[must_use]
pub(crate) fn next_attempt_time(now: DateTime<Utc>, failure_count: u32) -> DateTime<Utc> {
    let doublings = failure_count.saturating_sub(1).min(30);
    let seconds = (FIRST_PAUSE_SECONDS << doublings).min(LONGEST_PAUSE_SECONDS);
    now.checked_add_signed(TimeDelta::seconds(seconds)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_an_hour() {
        let now: DateTime<Utc> = "2026-01-12T10:00:00Z".parse().unwrap();
        let pause = |failures| (next_attempt_time(now, failures) - now).num_seconds();
        assert_eq!([1, 2, 3, 4, 11].map(pause), [2, 4, 8, 16, 2_048]);
        assert_eq!([12, 40, u32::MAX].map(pause), [3_600; 3]);
    }
}
