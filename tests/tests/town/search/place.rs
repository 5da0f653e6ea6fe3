//! Where to look: anywhere, boxes, circles and areas, and whether they hold a place.

use pathfinder_proto::issues::v1 as pb;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

/// Metres to a degree of latitude, on a sphere with the earth's mean radius.
const METRES_PER_DEGREE: f64 = 6_371_008.8 * std::f64::consts::PI / 180.0;

pub(super) type Ring = Vec<(f64, f64)>;

/// Where to look.
#[derive(Debug, Clone)]
pub(super) enum Where {
    Anywhere,
    Box {
        south: f64,
        west: f64,
        north: f64,
        east: f64,
    },
    Near {
        latitude: f64,
        longitude: f64,
        metres: f64,
    },
    /// Polygons, each an outer ring and its holes, longitude before latitude.
    Area(Vec<Vec<Ring>>),
}

pub(super) fn point_of(issue: &pb::Issue) -> Option<(f64, f64)> {
    issue.location.as_ref()?.point?.degrees()
}

impl Where {
    pub(super) fn holds(&self, issue: &pb::Issue) -> bool {
        if matches!(self, Self::Anywhere) {
            return true;
        }
        let Some((latitude, longitude)) = point_of(issue) else { return false };
        match self {
            Self::Anywhere => true,
            Self::Box { south, west, north, east } => {
                (*south..=*north).contains(&latitude) && (*west..=*east).contains(&longitude)
            }
            Self::Near { metres, .. } => self.squared_distance(issue) <= metres * metres,
            Self::Area(polygons) => polygons.iter().any(|rings| {
                let (outer, holes) = rings.split_first().expect("a polygon has a ring");
                is_inside(outer, latitude, longitude) && !holes.iter().any(|hole| is_inside(hole, latitude, longitude))
            }),
        }
    }

    /// In the plane whose scale is that of the centre's parallel.
    pub(super) fn squared_distance(&self, issue: &pb::Issue) -> f64 {
        let Self::Near { latitude, longitude, .. } = self else { return 0.0 };
        let Some((y, x)) = point_of(issue) else { return f64::INFINITY };
        let north = (y - latitude) * METRES_PER_DEGREE;
        // Points that are equally far must not differ here by how they are reckoned.
        let east = (x - longitude) * (METRES_PER_DEGREE * latitude.to_radians().cos());
        north * north + east * east
    }
}

/// Whether a ring winds around a point: its edges to the east of the point go up as often as down, or not.
fn is_inside(ring: &Ring, latitude: f64, longitude: f64) -> bool {
    let mut winding = 0;
    for pair in ring.windows(2) {
        let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
        let side = (x2 - x1) * (latitude - y1) - (longitude - x1) * (y2 - y1);
        if y1 <= latitude && y2 > latitude && side > 0.0 {
            winding += 1;
        } else if y1 > latitude && y2 <= latitude && side < 0.0 {
            winding -= 1;
        }
    }
    winding != 0
}

/// A point at or near an issue.
fn some_point(chance: &mut StdRng, all: &[pb::Issue]) -> (f64, f64) {
    let near = std::iter::repeat_with(|| all.choose(chance).and_then(point_of)).flatten().next();
    let (latitude, longitude) = near.expect("an issue has a point");
    if chance.random() {
        (latitude, longitude)
    } else {
        (latitude + chance.random_range(-0.01..0.01), longitude + chance.random_range(-0.01..0.01))
    }
}

/// From some metres to some kilometres, small ones as often as great ones, in degrees of latitude.
fn some_size(chance: &mut StdRng) -> f64 {
    chance.random_range(1.3_f64..4.0).exp2().powi(3) / METRES_PER_DEGREE
}

/// Often with issues on its edges: at the corners stand issues.
pub(super) fn some_box(chance: &mut StdRng, all: &[pb::Issue]) -> Where {
    let (one, other) = (some_point(chance, all), some_point(chance, all));
    Where::Box {
        south: one.0.min(other.0),
        west: one.1.min(other.1),
        north: one.0.max(other.0),
        east: one.1.max(other.1),
    }
}

pub(super) fn some_circle(chance: &mut StdRng, all: &[pb::Issue]) -> Where {
    let (latitude, longitude) = some_point(chance, all);
    Where::Near { latitude, longitude, metres: some_size(chance) * METRES_PER_DEGREE }
}

/// One or two stars around issues, some with a hole.
pub(super) fn some_area(chance: &mut StdRng, all: &[pb::Issue]) -> Where {
    let count = chance.random_range(1..=2);
    let polygons = (0..count).map(|_| {
        let (center, size) = (some_point(chance, all), some_size(chance));
        let outer = star(chance, center, size, 0.3..1.0);
        let hole = chance.random::<bool>().then(|| star(chance, center, size * 0.3, 0.5..0.9));
        std::iter::once(outer).chain(hole).collect()
    });
    Where::Area(polygons.collect())
}

fn star(chance: &mut StdRng, (latitude, longitude): (f64, f64), size: f64, reach: std::ops::Range<f64>) -> Ring {
    let corners = chance.random_range(3..12);
    let mut ring: Ring = (0..corners)
        .map(|corner| {
            let angle = f64::from(corner) / f64::from(corners) * std::f64::consts::TAU;
            let length = size * chance.random_range(reach.clone());
            (longitude + length * angle.cos(), latitude + length * angle.sin())
        })
        .collect();
    ring.push(ring[0]);
    ring
}
