//! Places, and the partnerships that they lie in.

use pathfinder_kit::{Failure, Violation};
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1::LatLng;

use crate::domain::geography::Point;
use crate::domain::known::KnownPartnership;

/// For residents whose place no partnership covers.
const NOBODY: &str = "No partnership here covers this place. Tell the council of the place: its website has a page for reporting a problem.";

pub(in crate::grpc) fn place(message: &pb::LocatePartnershipsRequest) -> Result<Point, Failure> {
    // The contract demands a point on the earth.
    let point = message.point.and_then(LatLng::degrees).and_then(|(north, east)| Point::new(north, east));
    point.ok_or_else(|| Violation::new("point", "must be a point on the earth").into())
}

pub(in crate::grpc) fn located(partnerships: Vec<KnownPartnership>) -> pb::LocatePartnershipsResponse {
    let advice = if partnerships.is_empty() { NOBODY.to_owned() } else { String::new() };
    let partnership = |known: KnownPartnership| pb::LocatedPartnership {
        partnership_id: known.id.to_string(),
        name: known.name,
        slug: known.slug,
    };
    pb::LocatePartnershipsResponse { partnerships: partnerships.into_iter().map(partnership).collect(), advice }
}
