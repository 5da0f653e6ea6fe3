//! The periods on which a provider reports: they follow one another from the first day of the commitment, and the last ends with it.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::commitment::Frequency;

/// A stretch of local days, both ends within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Period {
    /// The first day.
    pub(crate) start: NaiveDate,
    /// The last day.
    pub(crate) end: NaiveDate,
}

/// Every period of a commitment that runs from `start` to `end`, in order; empty where `end` lies before `start`.
///
/// Boundaries are counted from `start`, not from the boundary before, so that a commitment from 31 January ends its months
/// on 27 (or 28) February, 30 March, 29 April, and never drifts.
pub(super) fn periods(start: NaiveDate, end: NaiveDate, frequency: Frequency) -> Vec<Period> {
    let Some(length) = frequency.months() else {
        return if start <= end { vec![Period { start, end }] } else { Vec::new() };
    };
    let mut periods = Vec::new();
    let mut first = start;
    for count in 1_u32.. {
        if first > end {
            break;
        }
        let next = start.checked_add_months(Months::new(length.saturating_mul(count))).unwrap_or(NaiveDate::MAX);
        let last = next.pred_opt().unwrap_or(end).min(end);
        periods.push(Period { start: first, end: last });
        first = next;
    }
    periods
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn ends(start: &str, end: &str, frequency: Frequency) -> Vec<String> {
        periods(day(start), day(end), frequency).iter().map(|period| period.end.to_string()).collect()
    }

    #[test]
    fn quarters_follow_one_another_and_the_last_is_cut_at_the_end() {
        assert_eq!(
            ends("2026-04-01", "2027-02-10", Frequency::Quarterly),
            ["2026-06-30", "2026-09-30", "2026-12-31", "2027-02-10"]
        );
    }

    #[test]
    fn months_from_the_31st_never_drift() {
        assert_eq!(
            ends("2026-01-31", "2026-04-30", Frequency::Monthly),
            ["2026-02-27", "2026-03-30", "2026-04-29", "2026-04-30"]
        );
    }

    #[test]
    fn periods_leave_no_gap() {
        let all = periods(day("2026-01-31"), day("2036-01-30"), Frequency::Monthly);
        assert_eq!(all.len(), 120);
        for pair in all.windows(2) {
            assert_eq!(pair[0].end.succ_opt(), Some(pair[1].start));
        }
    }

    #[test]
    fn at_the_end_is_one_period() {
        assert_eq!(ends("2026-01-05", "2026-03-01", Frequency::AtEnd), ["2026-03-01"]);
    }
}
