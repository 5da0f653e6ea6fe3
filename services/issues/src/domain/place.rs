//! Where to look for issues: in a box, around a point, in an area.

use geo::{BoundingRect as _, Coord, Intersects as _, MultiPolygon, Rect};

use super::geography::{Area, Point};

/// Metres to a degree of latitude, on a sphere with the earth's mean radius.
const METRES_PER_DEGREE: f64 = 6_371_008.8 * std::f64::consts::PI / 180.0;
/// The most positions of an area that is looked in.
const MOST_POSITIONS: usize = 1_000;

/// What lies between two parallels and two meridians, edges included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    /// Degrees north.
    pub south: f64,
    /// Degrees east.
    pub west: f64,
    /// Degrees north.
    pub north: f64,
    /// Degrees east.
    pub east: f64,
}

impl Bounds {
    /// Bounds whose edges do not stand the wrong way round.
    #[must_use]
    pub(crate) fn new(south: f64, west: f64, north: f64, east: f64) -> Option<Self> {
        (south <= north && west <= east).then_some(Self { south, west, north, east })
    }

    /// A little more, so that a point on an edge is in it however it was rounded.
    #[must_use]
    pub(crate) fn widened(self) -> Self {
        let Self { south, west, north, east } = self;
        Self { south: south - 1e-9, west: west - 1e-9, north: north + 1e-9, east: east + 1e-9 }
    }

    fn rect(self) -> Rect {
        Rect::new(Coord { x: self.west, y: self.south }, Coord { x: self.east, y: self.north })
    }
}

/// A point, and how far around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Circle {
    /// The point.
    pub center: Point,
    /// How far, in metres.
    pub radius: f64,
}

impl Circle {
    /// Metres to a degree of longitude on the centre's parallel.
    #[must_use]
    pub(crate) fn metres_per_longitude(self) -> f64 {
        METRES_PER_DEGREE * self.center.latitude.to_radians().cos()
    }

    /// Metres to a degree of latitude.
    #[must_use]
    pub(crate) const fn metres_per_latitude() -> f64 {
        METRES_PER_DEGREE
    }

    /// The square of the distance of a point from the centre, in square metres: step by step what the database reckons, so that both
    /// come to the same number.
    #[must_use]
    pub(crate) fn squared_distance(self, point: Point) -> f64 {
        let north = (point.latitude - self.center.latitude) * Self::metres_per_latitude();
        let east = (point.longitude - self.center.longitude) * self.metres_per_longitude();
        north * north + east * east
    }

    fn bounds(self) -> Bounds {
        // A little more, for what is lost in reckoning.
        let radius = self.radius * 1.001;
        let north = radius / METRES_PER_DEGREE;
        // Near a pole, every longitude.
        let east = (radius / self.metres_per_longitude().max(f64::MIN_POSITIVE)).min(360.0);
        Bounds {
            south: (self.center.latitude - north).max(-90.0),
            west: (self.center.longitude - east).max(-180.0),
            north: (self.center.latitude + north).min(90.0),
            east: (self.center.longitude + east).min(180.0),
        }
    }
}

/// An area to look in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outline {
    polygons: MultiPolygon,
    bounds: Bounds,
}

impl Outline {
    /// The outline of a checked area, unless it has too many positions.
    ///
    /// # Errors
    ///
    /// How many positions it may have.
    pub(crate) fn of(area: &Area) -> Result<Self, usize> {
        if area.position_count() > MOST_POSITIONS {
            return Err(MOST_POSITIONS);
        }
        let polygons = area.outline();
        // A checked area has a ring.
        let (low, high) = polygons.bounding_rect().map(|rect| (rect.min(), rect.max())).unwrap_or_default();
        Ok(Self { polygons, bounds: Bounds { south: low.y, west: low.x, north: high.y, east: high.x } })
    }

    /// Whether the point lies in the area or on its edge.
    #[must_use]
    pub(crate) fn contains(&self, point: Point) -> bool {
        self.polygons.intersects(&point.coordinate())
    }
}

/// Where to look.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    /// Between two parallels and two meridians.
    Within(Bounds),
    /// Around a point.
    Near(Circle),
    /// In an area.
    In(Outline),
}

impl Place {
    /// What it lies in.
    #[must_use]
    pub(crate) fn bounds(&self) -> Bounds {
        match self {
            Self::Within(bounds) => *bounds,
            Self::Near(circle) => circle.bounds(),
            Self::In(outline) => outline.bounds,
        }
    }

    /// Whether some of it may lie within these bounds.
    #[must_use]
    pub(crate) fn touches(&self, bounds: Bounds) -> bool {
        let rect = bounds.rect();
        match self {
            Self::Within(_) | Self::Near(_) => self.bounds().rect().intersects(&rect),
            Self::In(outline) => outline.polygons.intersects(&rect),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_right_to_five_in_a_thousand() {
        let center = Point::new(51.5, -0.1).expect("a point on the earth");
        let circle = Circle { center, radius: 2_000.0 };
        // A hundredth of a degree to the north and to the east there, on the ellipsoid of WGS 84.
        for (latitude, longitude, metres) in [(51.51, -0.1, 1_112.6), (51.5, -0.09, 694.4)] {
            let found = circle.squared_distance(Point::new(latitude, longitude).expect("a point on the earth")).sqrt();
            assert!((found / metres - 1.0).abs() < 0.005, "{found} is not {metres}");
        }
    }
}
