//! The squares by which points are found in a table: a grid over the earth whose squares are numbered so that what lies together mostly
//! has numbers together (Morton order). An index on one number so finds a part of the map, on every database.

use std::ops::RangeInclusive;

use super::geography::Point;
use super::place::{Bounds, Place};

/// So many times the earth is halved in each direction: the smallest square is 1.2 m high, and 1.4 m wide in Britain.
const HALVINGS: u32 = 24;
/// A place is covered by so many ranges of numbers at the most, if its outline allows: each costs a look into the index.
pub(crate) const MOST_RANGES: usize = 16;
/// The most squares that are looked at to find those ranges.
const MOST_SQUARES: usize = 256;

/// A place, with the numbers that cover it.
#[derive(Debug)]
pub(crate) struct Covered {
    /// The place.
    pub place: Place,
    /// The ranges of numbers.
    pub numbers: Vec<RangeInclusive<i64>>,
}

impl Covered {
    /// Covers a place.
    #[must_use]
    pub(crate) fn of(place: Place) -> Self {
        let numbers = cover(&place);
        Self { place, numbers }
    }
}

/// The number of the smallest square that a point lies in.
#[must_use]
pub(crate) fn number_of(point: Point) -> i64 {
    let square = Square { halvings: HALVINGS, x: step(point.longitude, 360.0), y: step(point.latitude, 180.0) };
    *square.numbers().start()
}

/// The numbers of the smallest squares that a place may touch, in order, as ranges that do not meet. More than the place itself, so each
/// point that is found by them is still to be looked at. Some milliseconds' work for an area of many corners.
#[must_use]
fn cover(place: &Place) -> Vec<RangeInclusive<i64>> {
    let mut squares = vec![Square { halvings: 0, x: 0, y: 0 }];
    let mut ranges = merged(&squares);
    for _ in 0..HALVINGS {
        squares = squares
            .iter()
            .flat_map(Square::quarters)
            .filter(|square| place.touches(square.bounds().widened()))
            .collect();
        let finer = merged(&squares);
        if finer.len() > MOST_RANGES || squares.len() > MOST_SQUARES {
            break;
        }
        ranges = finer;
    }
    ranges
}

/// Into how many of the smallest squares' numbers a square of a grid with so many halvings goes.
#[must_use]
pub(crate) const fn numbers_to_square(halvings: u32) -> i64 {
    1 << (2 * (HALVINGS - halvings))
}

/// Where a square lies, by its number in the grid with so many halvings.
#[must_use]
pub(crate) fn bounds_of(halvings: u32, number: i64) -> Bounds {
    Square { halvings, x: gathered(number), y: gathered(number >> 1) }.bounds()
}

/// The middle of the square that a point lies in, of the grid with so many halvings.
#[must_use]
pub(crate) fn middle_around(point: Point, halvings: u32) -> Point {
    let Bounds { south, west, north, east } = bounds_of(halvings, number_of(point) / numbers_to_square(halvings));
    Point { latitude: f64::midpoint(south, north), longitude: f64::midpoint(west, east) }
}

/// In which of the smallest steps of a scale of so many degrees, with 0 in its middle, a number of degrees lies.
fn step(degrees: f64, scale: f64) -> u32 {
    let last = (1_u32 << HALVINGS) - 1;
    let steps = (degrees / scale + 0.5) * f64::from(1_u32 << HALVINGS);
    // In range for every point on the earth; the end of the scale belongs to the last step.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
    let step = steps as u32;
    step.min(last)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Square {
    halvings: u32,
    x: u32,
    y: u32,
}

impl Square {
    fn quarters(&self) -> [Self; 4] {
        let (halvings, x, y) = (self.halvings + 1, self.x * 2, self.y * 2);
        // In the order of their numbers.
        [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(east, north)| Self { halvings, x: x + east, y: y + north })
    }

    fn bounds(&self) -> Bounds {
        let count = f64::from(1_u32 << self.halvings);
        let at = |step: u32, scale: f64| (f64::from(step) / count - 0.5) * scale;
        Bounds {
            south: at(self.y, 180.0),
            west: at(self.x, 360.0),
            north: at(self.y + 1, 180.0),
            east: at(self.x + 1, 360.0),
        }
    }

    /// The numbers of the smallest squares in it.
    fn numbers(&self) -> RangeInclusive<i64> {
        let smaller = 2 * (HALVINGS - self.halvings);
        let first = (spread(self.x) | (spread(self.y) << 1)) << smaller;
        first..=first + ((1 << smaller) - 1)
    }
}

/// The bits of a number, each with a zero before it.
const fn spread(number: u32) -> i64 {
    let mut bits = number as i64;
    bits = (bits | (bits << 16)) & 0x0000_ffff_0000_ffff;
    bits = (bits | (bits << 8)) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | (bits << 4)) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | (bits << 2)) & 0x3333_3333_3333_3333;
    (bits | (bits << 1)) & 0x5555_5555_5555_5555
}

/// Every second bit of a number, from the last on: what was [spread].
fn gathered(bits: i64) -> u32 {
    (0..HALVINGS).fold(0, |number, bit| number | (u32::from(bits >> (2 * bit) & 1 == 1) << bit))
}

/// The ranges of squares that stand in order, with those put together that meet.
fn merged(squares: &[Square]) -> Vec<RangeInclusive<i64>> {
    let mut ranges: Vec<RangeInclusive<i64>> = Vec::new();
    for numbers in squares.iter().map(Square::numbers) {
        match ranges.last_mut() {
            Some(last) if *last.end() + 1 == *numbers.start() => *last = *last.start()..=*numbers.end(),
            _ => ranges.push(numbers),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geography::Area;
    use crate::domain::place::{Circle, Outline};

    fn point(latitude: f64, longitude: f64) -> Point {
        Point::new(latitude, longitude).expect("a point on the earth")
    }

    fn covers(ranges: &[RangeInclusive<i64>], point: Point) -> bool {
        ranges.iter().any(|range| range.contains(&number_of(point)))
    }

    #[test]
    fn every_point_has_a_number_that_tells_it_from_points_some_metres_away() {
        let ends = [(-90.0, -180.0), (90.0, 180.0), (-90.0, 180.0), (90.0, -180.0), (0.0, 0.0)];
        let numbers: std::collections::BTreeSet<i64> = ends.iter().map(|(y, x)| number_of(point(*y, *x))).collect();
        assert_eq!(numbers.len(), 5);
        assert_eq!((numbers.first(), numbers.last()), (Some(&0), Some(&((1 << 48) - 1))));
        assert_ne!(number_of(point(53.8, -1.5)), number_of(point(53.800_02, -1.5)));
        assert_eq!(number_of(point(53.8, -1.5)), number_of(point(53.8, -1.5)));
    }

    #[test]
    fn a_square_of_a_grid_holds_the_points_that_have_its_number() {
        let leeds = point(53.8, -1.55);
        for halvings in [0, 1, 13, 20, HALVINGS] {
            let number = number_of(leeds) / numbers_to_square(halvings);
            let bounds = bounds_of(halvings, number);
            assert!(bounds.south <= leeds.latitude && leeds.latitude <= bounds.north, "{halvings}: {bounds:?}");
            assert!(bounds.west <= leeds.longitude && leeds.longitude <= bounds.east, "{halvings}: {bounds:?}");
            let width = 360.0 / f64::from(1_u32 << halvings);
            assert!((bounds.east - bounds.west - width).abs() < 1e-9, "{halvings}: {bounds:?}");
        }
    }

    #[test]
    fn all_points_of_a_square_have_its_middle() {
        let leeds = point(53.8, -1.55);
        let bounds = bounds_of(18, number_of(leeds) / numbers_to_square(18));
        let middle = middle_around(leeds, 18);
        for share in [0.01, 0.3, 0.99] {
            let latitude = bounds.south + (bounds.north - bounds.south) * share;
            let other = point(latitude, bounds.west + (bounds.east - bounds.west) * (1.0 - share));
            assert_eq!(middle_around(other, 18), middle);
        }
        assert_eq!(middle_around(middle, 18), middle, "which lies in it");
        assert_ne!(middle_around(point(bounds.north + 1e-6, leeds.longitude), 18), middle);
    }

    #[test]
    fn a_place_is_covered_closely_by_few_ranges() {
        let circle = Place::Near(Circle { center: point(53.8, -1.5), radius: 300.0 });
        let ring = "[[-1.51,53.79],[-1.49,53.79],[-1.50,53.81],[-1.51,53.79]]";
        let area: Area = serde_json::from_str(&format!("{{\"type\":\"Polygon\",\"coordinates\":[{ring}]}}")).unwrap();
        for place in [circle, Place::In(Outline::of(&area).unwrap())] {
            let ranges = cover(&place);
            assert!(ranges.len() <= MOST_RANGES && ranges.len() > 1, "{ranges:?}");
            assert!(ranges.windows(2).all(|pair| pair[0].end() + 1 < *pair[1].start()), "in order: {ranges:?}");
            assert!(covers(&ranges, point(53.8, -1.5)));
            assert!(!covers(&ranges, point(53.9, -1.5)) && !covers(&ranges, point(53.8, -1.6)));
        }
    }

    #[test]
    fn places_at_the_edges_of_the_map_are_covered() {
        for (south, west, north, east) in
            [(-90.0, -180.0, 90.0, 180.0), (90.0, 0.0, 90.0, 0.0), (0.0, 180.0, 0.0, 180.0)]
        {
            let place = Place::Within(Bounds::new(south, west, north, east).unwrap());
            let ranges = cover(&place);
            assert!(
                covers(&ranges, point(south, west)) && covers(&ranges, point(north, east)),
                "{place:?}: {ranges:?}"
            );
        }
        let pole = Place::Near(Circle { center: point(90.0, 0.0), radius: 1000.0 });
        assert!(covers(&cover(&pole), point(89.999, 170.0)));
    }
}
