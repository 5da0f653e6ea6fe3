//! Which issues to list.

use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, Violation};
use pathfinder_proto::issues::v1 as pb;
use pathfinder_terms::PartnershipId;

use super::rules::area;
use crate::app::list::ListIssues;
use crate::domain::geography::Point;
use crate::domain::listing::Order;
use crate::domain::place::{Bounds, Circle, Outline, Place};
use crate::domain::words::Query;

pub(in crate::grpc) fn list_issues(message: pb::ListIssuesRequest) -> Result<ListIssues, Failure> {
    let mut gather = Gather::default();
    let partnership_id: Option<PartnershipId> = gather.take(wire::id("partnership_id", &message.partnership_id));
    let circle = message.near.and_then(circle);
    let place = gather.take(place(&message, circle)).flatten();
    let words = gather.take(words(&message.query)).flatten();
    let order = gather.take(order(&message.order_by, circle));
    gather.finish()?;
    let (Some(partnership_id), Some(order)) = (partnership_id, order) else {
        return Err(Failure::invalid(Vec::new()));
    };
    let pb::ListIssuesRequest { page_size, page_token, filter, .. } = message;
    Ok(ListIssues { partnership_id, page_size, page_token, filter, place, words, order })
}

fn circle(near: pb::GeoCircle) -> Option<Circle> {
    let center = near.center.and_then(|center| Point::new(center.latitude, center.longitude))?;
    Some(Circle { center, radius: near.radius_meters })
}

fn place(message: &pb::ListIssuesRequest, circle: Option<Circle>) -> Result<Option<Place>, Violation> {
    let given = [
        ("box", message.r#box.is_some()),
        ("near", message.near.is_some()),
        ("area_geojson", !message.area_geojson.is_empty()),
    ];
    let mut given = given.into_iter().filter_map(|(field, is_given)| is_given.then_some(field));
    if let (Some(one), Some(other)) = (given.next(), given.next()) {
        return Err(Violation::new(other, format!("cannot be given beside {one}")));
    }
    if let Some(pb::GeoBox { south: Some(south), west: Some(west), north: Some(north), east: Some(east) }) =
        message.r#box
    {
        let bounds = Bounds::new(south, west, north, east);
        let wrong = || Violation::new("box", "must have south not above north, and west not beyond east");
        return bounds.map(Place::Within).map(Some).ok_or_else(wrong);
    }
    if let Some(circle) = circle {
        return Ok(Some(Place::Near(circle)));
    }
    let Some(area) = area(&message.area_geojson)? else { return Ok(None) };
    let outline = Outline::of(&area);
    let wrong = |most| Violation::new("area_geojson", format!("must have at most {most} positions"));
    outline.map(Place::In).map(Some).map_err(wrong)
}

fn words(text: &str) -> Result<Option<Query>, Violation> {
    if text.is_empty() {
        return Ok(None);
    }
    Query::read(text).map(Some).map_err(|flaw| Violation::new("query", flaw.to_string()))
}

fn order(text: &str, circle: Option<Circle>) -> Result<Order, Violation> {
    match (text, circle) {
        ("", _) => Ok(Order::TakenIn),
        ("report_time desc", _) => Ok(Order::Reported),
        ("due_time", _) => Ok(Order::Due),
        ("distance", Some(circle)) => Ok(Order::Distance(circle)),
        ("distance", None) => Err(Violation::new("order_by", "distance needs the centre that `near` gives")),
        _ => Err(Violation::new("order_by", "must be empty, `report_time desc`, `due_time` or `distance`")),
    }
}
