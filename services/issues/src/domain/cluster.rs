//! Many issues of one category in one place within a short time: more than one provider's bad day, so the board hears of it.
//!
//! A cluster is found once and grows while issues keep coming; when none has come for as long as the rule looks back, it has ended, and
//! issues that come later may make another.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_terms::{ClusterId, IssueId, PartnershipId};
use serde::{Deserialize, Serialize};

use super::geography::Point;
use super::place::Circle;
use super::{Issue, IssueState};

/// The most issues that are kept of a cluster: it stands out by then.
pub(crate) const MOST_ISSUES: usize = 200;

/// What makes a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClusterRule {
    /// At least so many issues of a category, never fewer than 5: smaller numbers would tell of single households.
    pub count: u32,
    /// Within so many metres of one of them.
    pub metres: u32,
    /// Reported within so many days.
    pub days: u32,
}

impl Default for ClusterRule {
    fn default() -> Self {
        Self { count: 5, metres: 100, days: 28 }
    }
}

impl ClusterRule {
    /// Around a point.
    #[must_use]
    pub(crate) fn around(self, center: Point) -> Circle {
        Circle { center, radius: self.metres.into() }
    }

    /// Since when, as of `now`.
    #[must_use]
    pub(crate) fn since(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - TimeDelta::days(self.days.into())
    }
}

/// Issues of one category in one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cluster {
    /// The id.
    pub id: ClusterId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The code of the category.
    pub category_code: String,
    /// The name of the category.
    pub category_name: String,
    /// The middle of its issues.
    pub center: Point,
    /// Its issues, [`MOST_ISSUES`] at the most, in the order of their ids.
    pub issue_ids: Vec<IssueId>,
    /// When the first of them was reported.
    pub first_report_time: DateTime<Utc>,
    /// When the last of them was reported.
    pub last_report_time: DateTime<Utc>,
    /// When it was found.
    pub find_time: DateTime<Utc>,
}

/// Where an issue lies that counts towards clusters; none for one that does not: it is held back, repeats another or was taken back, or
/// has no point. Whether it is open does not matter: what was put right and came again is what the board is to hear of.
#[must_use]
pub(crate) fn place_of(issue: &Issue) -> Option<Point> {
    let counts = issue.is_public() && !matches!(issue.state, IssueState::Duplicate | IssueState::Withdrawn);
    issue.location.public_point().filter(|_| counts)
}

impl Cluster {
    /// The cluster that these issues around one of them make, if they are enough. All are of one category and partnership.
    #[must_use]
    pub(crate) fn found(id: ClusterId, issues: &[Issue], rule: ClusterRule, now: DateTime<Utc>) -> Option<Self> {
        let first = issues.first().filter(|_| issues.len() >= usize::try_from(rule.count).unwrap_or(usize::MAX))?;
        let mut cluster = Self {
            id,
            partnership_id: first.partnership_id,
            category_code: first.category_code.clone(),
            category_name: first.category_name.clone(),
            center: place_of(first)?,
            issue_ids: Vec::new(),
            first_report_time: first.report_time,
            last_report_time: first.report_time,
            find_time: now,
        };
        cluster.grow(issues);
        Some(cluster)
    }

    /// Whether issues that lie around `point` belong to this cluster: it lies there, too, or has one of them.
    #[must_use]
    pub(crate) fn is_theirs(&self, issues: &[Issue], point: Point, rule: ClusterRule) -> bool {
        let circle = rule.around(point);
        let is_there = circle.squared_distance(self.center) <= circle.radius * circle.radius;
        is_there || issues.iter().any(|issue| self.issue_ids.contains(&issue.id))
    }

    /// Adds the issues that it does not have yet; of those for which it has no room, it notes that they came. Answers whether it changed.
    pub(crate) fn grow(&mut self, issues: &[Issue]) -> bool {
        let mut known: BTreeSet<IssueId> = self.issue_ids.iter().copied().collect();
        let last_before = self.last_report_time;
        for issue in issues {
            let Some(point) = place_of(issue) else { continue };
            if known.len() < MOST_ISSUES && known.insert(issue.id) {
                self.center = middle(self.center, point, known.len());
                self.first_report_time = self.first_report_time.min(issue.report_time);
            }
            self.last_report_time = self.last_report_time.max(issue.report_time);
        }
        let changed = known.len() > self.issue_ids.len() || self.last_report_time > last_before;
        self.issue_ids = known.into_iter().collect();
        changed
    }
}

/// The middle of `count` points, from the middle of all but the last.
fn middle(of_others: Point, last: Point, count: usize) -> Point {
    let share = 1.0 / f64::from(u32::try_from(count).unwrap_or(u32::MAX).max(1));
    let between = |from: f64, to: f64| from + (to - from) * share;
    Point {
        latitude: between(of_others.latitude, last.latitude),
        longitude: between(of_others.longitude, last.longitude),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::fixture;
    use crate::domain::issue::{Location, Report};

    const RULE: ClusterRule = ClusterRule { count: 5, metres: 100, days: 28 };
    const ID: ClusterId = ClusterId(Uuid::from_u128(99));

    fn now() -> DateTime<Utc> {
        "2026-06-10T12:00:00Z".parse().unwrap()
    }

    fn issue(number: u32) -> Issue {
        let report = Report {
            id: IssueId(Uuid::from_u128(number.into())),
            reference: format!("BWS-ISS-2026-{number:05}"),
            location: Location { point: Point::new(51.5 + f64::from(number) * 1e-4, -0.1), ..Location::default() },
            report_time: now() - TimeDelta::days(number.into()),
            ..fixture::report()
        };
        Issue::report(report, None, None, now()).unwrap().0
    }

    fn issues(numbers: std::ops::RangeInclusive<u32>) -> Vec<Issue> {
        numbers.map(issue).collect()
    }

    #[test]
    fn enough_issues_make_a_cluster_and_fewer_do_not() {
        assert_eq!(Cluster::found(ID, &issues(1..=4), RULE, now()), None);
        let cluster = Cluster::found(ID, &issues(1..=5), RULE, now()).unwrap();
        assert_eq!(cluster.issue_ids.len(), 5);
        assert!((cluster.center.latitude - 51.500_3).abs() < 1e-9, "the middle: {:?}", cluster.center);
        let times = (cluster.first_report_time, cluster.last_report_time);
        assert_eq!(times, (now() - TimeDelta::days(5), now() - TimeDelta::days(1)));
    }

    #[test]
    fn a_cluster_grows_by_each_issue_once() {
        let mut cluster = Cluster::found(ID, &issues(2..=6), RULE, now()).unwrap();
        assert!(!cluster.grow(&issues(2..=6)), "nothing new");
        assert!(cluster.grow(&issues(1..=6)));
        assert_eq!((cluster.issue_ids.len(), cluster.last_report_time), (6, now() - TimeDelta::days(1)));
        cluster.grow(&issues(1..=300));
        assert_eq!(cluster.issue_ids.len(), MOST_ISSUES, "it is large enough");
        assert!(cluster.grow(&[issue(0)]), "it goes on all the same");
        assert_eq!((cluster.issue_ids.len(), cluster.last_report_time), (MOST_ISSUES, now()));
    }

    #[test]
    fn issues_belong_to_a_cluster_that_lies_there_or_has_one_of_them() {
        let cluster = Cluster::found(ID, &issues(1..=5), RULE, now()).unwrap();
        let at = |number: u32| issue(number).location.point.unwrap();
        assert!(cluster.is_theirs(&[], at(3), RULE));
        assert!(!cluster.is_theirs(&issues(40..=44), at(40), RULE));
        assert!(cluster.is_theirs(&issues(5..=44), at(40), RULE), "it goes on along a street");
    }

    #[test]
    fn what_is_not_public_repeats_another_or_was_taken_back_does_not_count() {
        assert!(place_of(&issue(1)).is_some());
        assert!(place_of(&Issue { state: IssueState::Closed, ..issue(1) }).is_some(), "what was put right counts");
        for state in [IssueState::Duplicate, IssueState::Withdrawn] {
            assert_eq!(place_of(&Issue { state, ..issue(1) }), None);
        }
        assert_eq!(place_of(&Issue { held_back: true, ..issue(1) }), None);
        assert_eq!(place_of(&Issue { location: Location::default(), ..issue(1) }), None);
    }
}
