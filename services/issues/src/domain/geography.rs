//! Points, and whether they lie in an area.

use geo::{Coord, Intersects as _, LineString, MultiPolygon, Polygon};
use serde::{Deserialize, Serialize};

/// A point, WGS 84, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Point {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl Point {
    /// A point, if it is one on the earth. Less than a hundred-thousandth of a millimetre from the equator or from Greenwich is on it:
    /// PostgreSQL refuses to reckon with numbers so small that their squares are none.
    #[must_use]
    pub(crate) fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        let settled = |degrees: f64| if degrees.abs() < 1e-12 { 0.0 } else { degrees };
        on_earth.then_some(Self { latitude: settled(latitude), longitude: settled(longitude) })
    }

    /// The same point, to reckon with.
    pub(super) fn coordinate(self) -> Coord {
        Coord { x: self.longitude, y: self.latitude }
    }
}

/// A position of GeoJSON: longitude, latitude, and perhaps an altitude.
type Position = Vec<f64>;
/// A closed ring: the first position is repeated as the last.
type Ring = Vec<Position>;

/// An area as GeoJSON has it: outer rings with holes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "coordinates")]
pub(crate) enum Area {
    /// One outer ring and its holes.
    Polygon(Vec<Ring>),
    /// Several polygons.
    MultiPolygon(Vec<Vec<Ring>>),
}

/// Why an area cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AreaFlaw {
    /// Nothing in it.
    #[error("must have at least one ring")]
    Empty,
    /// Too few positions, or not closed.
    #[error("has a ring that is not closed: at least 4 positions, the last the same as the first")]
    OpenRing,
    /// A position that is not on the earth.
    #[error("has a position that is not longitude −180 to 180, latitude −90 to 90")]
    OffEarth,
}

impl Area {
    /// Checks that every ring is closed and on the earth.
    ///
    /// # Errors
    ///
    /// The first flaw that is found.
    pub(crate) fn check(&self) -> Result<(), AreaFlaw> {
        let polygons = self.polygons();
        if polygons.is_empty() || polygons.iter().any(|rings| rings.is_empty()) {
            return Err(AreaFlaw::Empty);
        }
        polygons.iter().flat_map(|rings| rings.iter()).try_for_each(|ring| check_ring(ring))
    }

    /// Whether the point lies in the area or on its edge.
    #[must_use]
    pub(crate) fn contains(&self, point: Point) -> bool {
        self.outline().intersects(&point.coordinate())
    }

    /// The same area, to reckon with.
    #[must_use]
    pub(super) fn outline(&self) -> MultiPolygon {
        MultiPolygon::new(self.polygons().into_iter().map(polygon).collect())
    }

    /// How many positions its rings have.
    #[must_use]
    pub(super) fn position_count(&self) -> usize {
        self.polygons().iter().flat_map(|rings| rings.iter()).map(Vec::len).sum()
    }

    /// Its parts: each an outer ring, and its holes.
    fn polygons(&self) -> Vec<&[Ring]> {
        match self {
            Self::Polygon(rings) => vec![rings],
            Self::MultiPolygon(polygons) => polygons.iter().map(Vec::as_slice).collect(),
        }
    }
}

fn check_ring(ring: &[Position]) -> Result<(), AreaFlaw> {
    if ring.len() < 4 || ring.first() != ring.last() {
        return Err(AreaFlaw::OpenRing);
    }
    let on_earth = |position: &Position| match position.as_slice() {
        [longitude, latitude, ..] => Point::new(*latitude, *longitude).is_some(),
        _ => false,
    };
    if ring.iter().all(on_earth) { Ok(()) } else { Err(AreaFlaw::OffEarth) }
}

fn polygon(rings: &[Ring]) -> Polygon {
    let mut rings = rings.iter().map(|ring| {
        let coordinates = ring.iter().filter_map(|position| match position.as_slice() {
            [x, y, ..] => Some(Coord { x: *x, y: *y }),
            _ => None,
        });
        LineString::new(coordinates.collect())
    });
    let outer = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
    Polygon::new(outer, rings.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(west: f64, south: f64, side: f64) -> Ring {
        let (east, north) = (west + side, south + side);
        vec![vec![west, south], vec![east, south], vec![east, north], vec![west, north], vec![west, south]]
    }

    #[test]
    fn a_point_in_a_hole_is_outside() {
        let area = Area::Polygon(vec![square(0.0, 50.0, 1.0), square(0.4, 50.4, 0.2)]);
        assert_eq!(area.check(), Ok(()));
        assert!(area.contains(Point { latitude: 50.1, longitude: 0.1 }));
        assert!(!area.contains(Point { latitude: 50.5, longitude: 0.5 }));
        assert!(!area.contains(Point { latitude: 52.0, longitude: 0.5 }));
    }

    #[test]
    fn an_edge_and_what_a_ring_winds_around_twice_are_inside() {
        let area = Area::Polygon(vec![square(0.0, 50.0, 1.0)]);
        assert!(
            area.contains(Point { latitude: 50.0, longitude: 0.5 })
                && area.contains(Point { latitude: 51.0, longitude: 1.0 })
        );
        // A star drawn in one line: its middle is as much of it as its points are.
        let corners = [(0.0, 1.0), (0.59, -0.81), (-0.95, 0.31), (0.95, 0.31), (-0.59, -0.81), (0.0, 1.0)];
        let star = Area::Polygon(vec![corners.iter().map(|(x, y)| vec![*x, *y]).collect()]);
        assert!(star.contains(Point { latitude: 0.0, longitude: 0.0 }));
    }

    #[test]
    fn each_part_of_a_multipolygon_counts() {
        let area = Area::MultiPolygon(vec![vec![square(0.0, 50.0, 1.0)], vec![square(3.0, 50.0, 1.0)]]);
        assert!(area.contains(Point { latitude: 50.5, longitude: 3.5 }));
        assert!(!area.contains(Point { latitude: 50.5, longitude: 2.0 }));
    }

    #[test]
    fn flawed_areas_are_named() {
        assert_eq!(Area::Polygon(vec![]).check(), Err(AreaFlaw::Empty));
        assert_eq!(Area::Polygon(vec![vec![vec![0.0, 0.0]]]).check(), Err(AreaFlaw::OpenRing));
        assert_eq!(Area::Polygon(vec![square(179.5, 0.0, 1.0)]).check(), Err(AreaFlaw::OffEarth));
    }
}
