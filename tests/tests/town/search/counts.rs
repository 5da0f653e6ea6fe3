//! What to count issues by, and what each has in common with others.

use pathfinder_proto::issues::v1 as pb;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

use super::place::point_of;

/// What issues have in common: the contract's field for each, and the square's south-western corner.
pub(super) type Common = (i32, String, String, i32, Option<[i64; 2]>);

/// What to count by.
#[derive(Debug)]
pub(super) struct Groupings {
    pub(super) by: Vec<pb::IssueGrouping>,
    pub(super) level: i32,
}

pub(super) fn some_groupings(chance: &mut StdRng) -> Groupings {
    use pb::IssueGrouping::{Category, Provider, Severity, Square, State};
    let count = chance.random_range(0..=2);
    let by: Vec<pb::IssueGrouping> =
        [State, Category, Provider, Severity, Square].choose_multiple(chance, count).copied().collect();
    let level = if by.contains(&Square) { chance.random_range(1..=14) } else { 0 };
    Groupings { by, level }
}

impl Groupings {
    /// None for what is in no square where squares are counted by.
    pub(super) fn common(&self, issue: &pb::Issue) -> Option<Common> {
        let mut common: Common = (0, String::new(), String::new(), 0, None);
        for grouping in &self.by {
            match grouping {
                // Nobody said anything in this world.
                pb::IssueGrouping::Unspecified | pb::IssueGrouping::Satisfaction => {}
                pb::IssueGrouping::State => common.0 = issue.state,
                pb::IssueGrouping::Category => common.1.clone_from(&issue.category_code),
                pb::IssueGrouping::Provider => common.2.clone_from(&issue.provider_id),
                pb::IssueGrouping::Severity => common.3 = issue.severity,
                pb::IssueGrouping::Square => {
                    let (latitude, longitude) = point_of(issue)?;
                    common.4 = Some(self.step(latitude, longitude));
                }
            }
        }
        Some(common)
    }

    /// How many steps of the grid a place lies north of the south pole and east of the 180th meridian.
    #[expect(clippy::cast_possible_truncation, reason = "a grid has far fewer steps")]
    pub(super) fn step(&self, latitude: f64, longitude: f64) -> [i64; 2] {
        let steps = f64::from(1 << self.level);
        // A square's own corner must not fall into its neighbour for a last digit.
        [(latitude + 90.0) / 180.0, (longitude + 180.0) / 360.0].map(|part| (part * steps + 1e-9).floor() as i64)
    }
}
