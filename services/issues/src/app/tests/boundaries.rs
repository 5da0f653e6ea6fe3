//! The index against looking at every boundary, and what it spares.

use std::collections::BTreeSet;

use pathfinder_terms::PartnershipId;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use uuid::Uuid;

use self::made_up::{country, somewhere};
use crate::domain::boundaries::Boundaries;
use crate::domain::geography::{Area, Point};

#[path = "../../../benches/made_up/mod.rs"]
mod made_up;

fn id(number: usize) -> PartnershipId {
    PartnershipId(Uuid::from_u128(number as u128 + 1))
}

fn point((longitude, latitude): (f64, f64)) -> Point {
    Point::new(latitude, longitude).expect("a point on the earth")
}

fn of(areas: &[Area]) -> Boundaries {
    let areas = areas.iter().cloned().enumerate();
    Boundaries::default().with(areas.map(|(number, area)| (id(number), Some(area))))
}

fn square(west: f64, south: f64, side: f64) -> Vec<Vec<f64>> {
    let (east, north) = (west + side, south + side);
    vec![vec![west, south], vec![east, south], vec![east, north], vec![west, north], vec![west, south]]
}

#[test]
fn the_index_finds_what_looking_at_each_finds() {
    let mut chance = StdRng::seed_from_u64(13);
    let areas = country(&mut chance, 300);
    assert!(areas.iter().all(|area| area.check().is_ok()), "what is made up can be a boundary");
    let boundaries = of(&areas);
    let (mut inside, mut several) = (0, 0);
    for _ in 0..5_000 {
        let point = point(somewhere(&mut chance, 300));
        let each = areas.iter().enumerate().filter(|(_, area)| area.contains(point)).map(|(number, _)| id(number));
        let each: BTreeSet<PartnershipId> = each.collect();
        assert_eq!(boundaries.holding(point), each, "{point:?}");
        for number in (0..areas.len()).step_by(50) {
            assert_eq!(boundaries.holds(id(number), point), Some(areas[number].contains(point)), "{point:?}");
        }
        inside += usize::from(!each.is_empty());
        several += usize::from(each.len() > 1);
    }
    assert!(inside > 1_000 && inside < 4_500 && several > 10, "some of each: {inside} inside, {several} in several");
}

#[test]
fn a_lookup_compares_with_few_however_many_there_are() {
    let mut chance = StdRng::seed_from_u64(13);
    let boundaries = of(&country(&mut chance, 10_000));
    let most = (0..10_000).map(|_| boundaries.comparisons(point(somewhere(&mut chance, 10_000)))).max();
    assert!(most.is_some_and(|most| (1..=8).contains(&most)), "at most 8 exact comparisons, not {most:?}");
}

#[test]
fn an_edge_belongs_to_both_sides_and_a_hole_to_nobody() {
    let ring = Area::Polygon(vec![square(0.0, 50.0, 1.0), square(0.4, 50.4, 0.2)]);
    let boundaries = of(&[ring, Area::Polygon(vec![square(1.0, 50.0, 1.0)])]);
    assert_eq!(boundaries.holding(point((1.0, 50.5))), [id(0), id(1)].into(), "the line between them");
    assert_eq!(boundaries.holding(point((0.5, 50.5))), BTreeSet::new(), "in the hole");
    assert_eq!(boundaries.holding(point((0.4, 50.5))), [id(0)].into(), "on the edge of the hole");
    assert_eq!(boundaries.holding(point((5.0, 50.5))), BTreeSet::new(), "far away");
}

#[test]
fn a_boundary_that_changes_takes_the_place_of_the_former() {
    let (west, east) = (point((0.5, 50.5)), point((3.5, 50.5)));
    let at = |west: f64| Some(Area::Polygon(vec![square(west, 50.0, 1.0)]));
    let before = Boundaries::default().with([(id(0), at(0.0)), (id(1), at(0.0))]);
    let after = before.with([(id(0), at(3.0))]);
    assert_eq!((after.holding(west), after.holding(east)), ([id(1)].into(), [id(0)].into()));
    assert_eq!(before.holding(west), [id(0), id(1)].into(), "who still asks the former is answered by it");
    let without = after.with([(id(1), None)]);
    assert_eq!((without.holding(west), without.holds(id(1), west)), (BTreeSet::new(), None));
}
