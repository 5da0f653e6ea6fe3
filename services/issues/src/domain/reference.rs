//! The reference that people quote, such as `BWS-ISS-2026-00042`.

use chrono::{DateTime, Datelike, Utc};
use pathfinder_terms::calendar::local_date;

/// What stands in every reference of an issue, and in no other.
pub(super) const OF_ISSUES: &str = "-ISS-";

/// The year by which an issue is numbered: the local year of its report.
#[must_use]
pub(crate) fn year_of(report_time: DateTime<Utc>) -> i32 {
    local_date(report_time).year()
}

/// The reference of the `number`-th issue of a year.
#[must_use]
pub(crate) fn reference(prefix: &str, year: i32, number: i64) -> String {
    format!("{prefix}{OF_ISSUES}{year}-{number:05}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_sort_and_outgrow_their_width() {
        assert_eq!(reference("BWS", 2026, 42), "BWS-ISS-2026-00042");
        assert_eq!(reference("BWS", 2026, 123_456), "BWS-ISS-2026-123456");
    }

    #[test]
    fn the_year_is_local() {
        let new_year_in_utc_only = "2026-06-30T23:30:00Z".parse().unwrap();
        assert_eq!(year_of(new_year_in_utc_only), 2026);
        assert_eq!(year_of("2025-12-31T23:59:59Z".parse().unwrap()), 2025);
    }
}
