//! The share of a count with the range in which the true share plausibly lies (Wilson's score interval, 95 %).
//!
//! Few cases give a wide range: 11 of 18 may be anything from 38.6 to 79.7 %. That is why a bare percentage is never shown.

use serde::{Deserialize, Serialize};

/// Fewer cases than this are "too few": the count is shown and no percentage.
pub(crate) const TOO_FEW: u64 = 10;

/// The 97.5 % point of the normal distribution: 95 % of it lies within so many standard deviations.
const Z: f64 = 1.959_963_984_540_054;

/// A share with its 95 % interval, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Interval {
    /// The share.
    pub(crate) share: f64,
    /// The lower bound.
    pub(crate) low: f64,
    /// The upper bound.
    pub(crate) high: f64,
    /// Whether there are fewer than [`TOO_FEW`] cases.
    pub(crate) too_few: bool,
}

/// The share `numerator` of `denominator` with its interval; none where there are no cases or more successes than cases.
#[must_use]
pub(crate) fn wilson(numerator: u64, denominator: u64) -> Option<Interval> {
    if denominator == 0 || numerator > denominator {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of cases lie far below 2^52")]
    let (successes, cases) = (numerator as f64, denominator as f64);
    let share = successes / cases;
    let squared = Z * Z;
    let scale = 1.0 + squared / cases;
    let centre = (share + squared / (2.0 * cases)) / scale;
    let half = Z / scale * (share * (1.0 - share) / cases + squared / (4.0 * cases * cases)).sqrt();
    Some(Interval {
        share,
        low: (centre - half).max(0.0),
        high: (centre + half).min(1.0),
        too_few: denominator < TOO_FEW,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percents(numerator: u64, denominator: u64) -> [String; 3] {
        let interval = wilson(numerator, denominator).expect("a share");
        [interval.share, interval.low, interval.high].map(|value| format!("{:.1}", value * 100.0))
    }

    #[test]
    fn the_vectors_of_the_domain_hold() {
        assert_eq!(percents(41, 50), ["82.0", "69.2", "90.2"]);
        assert_eq!(percents(11, 18), ["61.1", "38.6", "79.7"]);
    }

    #[test]
    fn the_bounds_stay_within_nothing_and_all() {
        let none = wilson(0, 12).expect("a share");
        let all = wilson(12, 12).expect("a share");
        assert!(none.low.abs() < 1e-12 && none.high > 0.2, "{none:?}");
        assert!((all.high - 1.0).abs() < 1e-12 && all.low < 0.8, "{all:?}");
    }

    #[test]
    fn fewer_than_ten_are_too_few() {
        assert!(wilson(5, 9).expect("a share").too_few);
        assert!(!wilson(5, 10).expect("a share").too_few);
    }

    #[test]
    fn no_cases_and_more_successes_than_cases_have_no_share() {
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(3, 2), None);
    }
}
