//! Whether a ring of a boundary crosses itself, as a bow-tie does: whose such a place is, nobody could say.

use super::partnership::Ring;

/// Longitude and latitude.
type Place = [f64; 2];

/// A side of a ring.
#[derive(Debug, Clone, Copy)]
struct Side {
    west: Place,
    east: Place,
}

/// A place where two sides of a ring cross; none where they only touch. The sides are gone through from west to east, and each is compared
/// with those that begin before it ends: mostly few. Where all overlap it is some seconds' work of whoever may set boundaries.
pub(super) fn crossing(ring: &Ring) -> Option<Place> {
    let places: Vec<Place> = ring.iter().filter_map(|position| Some([*position.first()?, *position.get(1)?])).collect();
    let mut sides: Vec<Side> = places.windows(2).map(|ends| Side::between(ends[0], ends[1])).collect();
    sides.sort_by(|one, other| one.west[0].total_cmp(&other.west[0]));
    sides.iter().enumerate().find_map(|(index, side)| {
        let mut beside = sides[index + 1..].iter().take_while(|other| other.west[0] <= side.east[0]);
        beside.find_map(|other| side.crosses(other))
    })
}

impl Side {
    fn between(one: Place, other: Place) -> Self {
        if one[0] <= other[0] { Self { west: one, east: other } } else { Self { west: other, east: one } }
    }

    /// Where the two cross. Sides that meet at a corner, touch, or lie upon each other do not.
    fn crosses(&self, other: &Self) -> Option<Place> {
        let (low, high) = self.heights();
        let (other_low, other_high) = other.heights();
        if high < other_low || other_high < low {
            return None;
        }
        let [west, east] = [self.west, self.east].map(|end| other.side_of(end));
        let [other_west, other_east] = [other.west, other.east].map(|end| self.side_of(end));
        if west * east >= 0.0 || other_west * other_east >= 0.0 {
            return None;
        }
        let share = west / (west - east);
        let along = |axis: usize| self.west[axis] + share * (self.east[axis] - self.west[axis]);
        Some([along(0), along(1)])
    }

    fn heights(&self) -> (f64, f64) {
        (self.west[1].min(self.east[1]), self.west[1].max(self.east[1]))
    }

    /// More than 0 for a place to the left of the side, less for one to its right, and exactly 0 for its own ends.
    fn side_of(&self, place: Place) -> f64 {
        let [across, up] = [self.east[0] - self.west[0], self.east[1] - self.west[1]];
        across * (place[1] - self.west[1]) - up * (place[0] - self.west[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crossing_of(places: &[Place]) -> Option<String> {
        let ring: Ring = places.iter().map(|place| place.to_vec()).collect();
        crossing(&ring).map(|[longitude, latitude]| format!("{longitude:.4} {latitude:.4}"))
    }

    #[test]
    fn a_bow_tie_crosses_itself_in_its_middle() {
        let bow_tie = [[-1.5, 53.0], [-1.4, 53.1], [-1.4, 53.0], [-1.5, 53.1], [-1.5, 53.0]];
        assert_eq!(crossing_of(&bow_tie).as_deref(), Some("-1.4500 53.0500"));
        let upright = [[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [2.0, 3.0], [2.0, -1.0], [0.0, -1.0], [0.0, 0.0]];
        assert_eq!(crossing_of(&upright).as_deref(), Some("2.0000 0.0000"), "a side that goes straight to the south");
    }

    #[test]
    fn a_ring_that_only_touches_itself_does_not_cross() {
        let square = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]];
        let corner = [[0.0, 0.0], [2.0, 2.0], [4.0, 0.0], [4.0, 4.0], [2.0, 2.0], [0.0, 4.0], [0.0, 0.0]];
        let spike = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [4.0, 6.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]];
        for ring in [&square[..], &corner, &spike] {
            assert_eq!(crossing_of(ring), None, "{ring:?}");
        }
    }

    #[test]
    fn a_star_of_many_corners_is_sound_until_two_of_them_change_places() {
        let corner = |step: u32| {
            let angle = f64::from(step) / 500.0 * std::f64::consts::TAU;
            let length = if step.is_multiple_of(2) { 0.02 } else { 0.01 };
            [-1.5 + length * angle.cos(), 53.0 + length * angle.sin()]
        };
        let mut star: Vec<Place> = (0..500).map(corner).collect();
        star.push(star[0]);
        assert_eq!(crossing_of(&star), None);
        star.swap(100, 300);
        assert!(crossing_of(&star).is_some());
    }
}
