//! Which partnerships a place lies in. The boxes around the parts of their boundaries stand in an R-tree, so that a point is compared
//! exactly with the few parts in whose box it lies, however many there are. What is asked never changes: other boundaries make another
//! [`Boundaries`], which shares the parts that stayed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use geo::{BoundingRect as _, Intersects as _, Polygon};
use pathfinder_terms::PartnershipId;
use rstar::{AABB, RTree, RTreeObject};

use super::geography::{Area, Point};

/// A part of a boundary: an outer ring and its holes.
#[derive(Debug, Clone)]
struct Part {
    partnership_id: PartnershipId,
    polygon: Arc<Polygon>,
    /// The box around it, degrees east before degrees north.
    around: AABB<[f64; 2]>,
}

impl RTreeObject for Part {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.around
    }
}

impl Part {
    /// Whether the point lies in it or on its edge.
    fn holds(&self, point: Point) -> bool {
        self.polygon.intersects(&point.coordinate())
    }
}

/// The boundaries of partnerships, to be asked by place.
#[derive(Debug, Default)]
pub(crate) struct Boundaries {
    parts: BTreeMap<PartnershipId, Vec<Part>>,
    tree: RTree<Part>,
}

impl Boundaries {
    /// The same, with other boundaries of some partnerships; none for one whose boundary is not known.
    #[must_use]
    pub(crate) fn with(&self, changed: impl IntoIterator<Item = (PartnershipId, Option<Area>)>) -> Self {
        let mut parts = self.parts.clone();
        for (partnership_id, area) in changed {
            match area {
                Some(area) => parts.insert(partnership_id, parts_of(partnership_id, &area)),
                None => parts.remove(&partnership_id),
            };
        }
        let tree = RTree::bulk_load(parts.values().flatten().cloned().collect());
        Self { parts, tree }
    }

    /// The partnerships whose boundary holds the point, or passes through it.
    #[must_use]
    pub(crate) fn holding(&self, point: Point) -> BTreeSet<PartnershipId> {
        self.candidates(point).filter(|part| part.holds(point)).map(|part| part.partnership_id).collect()
    }

    /// Whether a partnership's boundary holds the point; none where no boundary of it is known.
    #[must_use]
    pub(crate) fn holds(&self, partnership_id: PartnershipId, point: Point) -> Option<bool> {
        self.parts.get(&partnership_id).map(|parts| parts.iter().any(|part| part.holds(point)))
    }

    /// With how many parts a point must be compared exactly.
    #[cfg(test)]
    pub(crate) fn comparisons(&self, point: Point) -> usize {
        self.candidates(point).count()
    }

    fn candidates(&self, point: Point) -> impl Iterator<Item = &Part> {
        self.tree.locate_in_envelope_intersecting(&AABB::from_point([point.longitude, point.latitude]))
    }
}

fn parts_of(partnership_id: PartnershipId, area: &Area) -> Vec<Part> {
    let part = |polygon: Polygon| {
        let rect = polygon.bounding_rect()?;
        let around = AABB::from_corners([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]);
        Some(Part { partnership_id, polygon: Arc::new(polygon), around })
    };
    area.outline().into_iter().filter_map(part).collect()
}
