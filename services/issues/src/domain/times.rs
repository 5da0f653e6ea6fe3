//! Which times a report or a case of another system may carry. What lies outside is a slip (a date that was never filled in, a year
//! mistyped), and would stand in lists, clocks and references for ever.

use chrono::{DateTime, Days, TimeDelta, Utc};

/// 1 January 2000: earlier than any neighbourhood partnership, and than any case that one would bring in.
const EARLIEST: DateTime<Utc> = DateTime::from_timestamp(946_684_800, 0).expect("1 January 2000 is an instant");
/// The last instant of 2100: further than any pledge that is made by now reaches.
const LATEST: DateTime<Utc> =
    DateTime::from_timestamp(4_133_980_799, 999_999_000).expect("the end of 2100 is an instant");
/// The clocks of two systems differ by so much at the most.
pub(crate) const CLOCKS_APART: TimeDelta = TimeDelta::minutes(10);
/// How far ahead a target may lie, in days: ten years.
const FURTHEST_TARGET: Days = Days::new(3_652);

/// What is wrong with the time of something that happened; nothing when it may be so.
#[must_use]
pub(crate) fn flaw_of_past(time: DateTime<Utc>, now: DateTime<Utc>) -> Option<&'static str> {
    match time {
        time if time < EARLIEST => Some("must not lie before 1 January 2000"),
        time if time > now => Some("must not lie in the future"),
        _ => None,
    }
}

/// The time of something that happened, as another system tells it whose clock may be ahead: what lies a little in the future is now.
#[must_use]
pub(crate) fn told_by_another_clock(time: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    if time <= now + CLOCKS_APART { time.min(now) } else { time }
}

/// What is wrong with a target that another system set; nothing when it may be so.
#[must_use]
pub(crate) fn flaw_of_target(time: DateTime<Utc>, now: DateTime<Utc>) -> Option<&'static str> {
    match time {
        time if time < EARLIEST => Some("must not lie before 1 January 2000"),
        time if now.checked_add_days(FURTHEST_TARGET).is_some_and(|last| time > last) => {
            Some("must not lie more than ten years ahead")
        }
        _ => None,
    }
}

/// What is wrong with the time of a clock that somebody asks about; nothing when it may be so.
#[must_use]
pub(crate) fn flaw_of_clock_time(time: DateTime<Utc>) -> Option<&'static str> {
    match time {
        time if time < EARLIEST => Some("must not lie before 1 January 2000"),
        time if time > LATEST => Some("must not lie after 31 December 2100"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn what_happened_lies_between_2000_and_now() {
        let now = at("2026-01-01T00:00:00Z");
        for right in ["2000-01-01T00:00:00Z", "2011-07-01T07:03:48Z", "2026-01-01T00:00:00Z"] {
            assert_eq!(flaw_of_past(at(right), now), None, "{right}");
        }
        for wrong in ["0001-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2026-01-01T00:00:01Z", "9999-12-31T00:00:00Z"] {
            assert!(flaw_of_past(at(wrong), now).is_some(), "{wrong}");
        }
    }

    #[test]
    fn a_clock_that_is_ahead_tells_of_now() {
        let now = at("2026-01-01T00:00:00Z");
        for (told, expected) in [
            ("2025-12-31T23:59:59Z", "2025-12-31T23:59:59Z"),
            ("2026-01-01T00:10:00Z", "2026-01-01T00:00:00Z"),
            ("2026-01-01T00:10:01Z", "2026-01-01T00:10:01Z"),
        ] {
            assert_eq!(told_by_another_clock(at(told), now), at(expected), "{told}");
        }
    }

    #[test]
    fn a_clock_that_is_asked_about_lies_between_2000_and_2100() {
        for right in ["2000-01-01T00:00:00Z", "2100-12-31T23:59:59.999999Z"] {
            assert_eq!(flaw_of_clock_time(at(right)), None, "{right}");
        }
        for wrong in ["1999-12-31T23:59:59Z", "2101-01-01T00:00:00Z"] {
            assert!(flaw_of_clock_time(at(wrong)).is_some(), "{wrong}");
        }
    }

    #[test]
    fn a_target_may_lie_ten_years_ahead() {
        let now = at("2026-01-01T00:00:00Z");
        assert_eq!(flaw_of_target(at("2035-12-31T00:00:00Z"), now), None);
        for wrong in ["0001-01-01T00:00:00Z", "2036-01-02T00:00:00Z", "9999-12-31T00:00:00Z"] {
            assert!(flaw_of_target(at(wrong), now).is_some(), "{wrong}");
        }
    }
}
