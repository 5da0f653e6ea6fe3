//! Which issues to list or to count, and what the counts are.

use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, Violation};
use pathfinder_proto::issues::v1 as pb;
use pathfinder_terms::PartnershipId;

use super::enums::{severity, state};
use super::feedback::satisfaction;
use super::rules::area;
use crate::app::list::{CountIssues, ListIssues, Sought};
use crate::app::news::ListNews;
use crate::domain::cell;
use crate::domain::counts::{Count, Grouping, Shared, Told};
use crate::domain::geography::Point;
use crate::domain::listing::Order;
use crate::domain::place::{Bounds, Circle, Outline, Place};
use crate::domain::words::Query;

pub(in crate::grpc) fn list_issues(message: pb::ListIssuesRequest) -> Result<ListIssues, Failure> {
    let mut gather = Gather::default();
    let circle = message.near.and_then(circle);
    let order = gather.take(order(&message.order_by, circle));
    let pb::ListIssuesRequest {
        page_size, page_token, partnership_id, filter, r#box, near, area_geojson, query, ..
    } = message;
    let sought = sought(&mut gather, Asked { partnership_id, filter, r#box, near, area_geojson, query });
    gather.finish()?;
    match (sought, order) {
        (Some(sought), Some(order)) => Ok(ListIssues { sought, page_size, page_token, order }),
        _ => Err(Failure::invalid(Vec::new())),
    }
}

pub(in crate::grpc) fn list_news(message: pb::ListNewsRequest) -> Result<ListNews, Failure> {
    let mut gather = Gather::default();
    let pb::ListNewsRequest { partnership_id, page_size, page_token, filter, r#box, near, area_geojson, query } =
        message;
    let sought = sought(&mut gather, Asked { partnership_id, filter, r#box, near, area_geojson, query });
    gather.finish()?;
    let sought = sought.ok_or_else(|| Failure::invalid(Vec::new()))?;
    Ok(ListNews { sought, page_size, page_token })
}

pub(in crate::grpc) fn count_issues(message: pb::AggregateIssuesRequest) -> Result<CountIssues, Failure> {
    let mut gather = Gather::default();
    let groupings = gather.take(groupings(&message));
    let pb::AggregateIssuesRequest { partnership_id, filter, r#box, near, area_geojson, query, .. } = message;
    let sought = sought(&mut gather, Asked { partnership_id, filter, r#box, near, area_geojson, query });
    gather.finish()?;
    match (sought, groupings) {
        (Some(sought), Some(groupings)) => Ok(CountIssues { sought, groupings }),
        _ => Err(Failure::invalid(Vec::new())),
    }
}

pub(in crate::grpc) fn export_issues(message: pb::ExportIssuesRequest) -> Result<Sought, Failure> {
    let mut gather = Gather::default();
    let pb::ExportIssuesRequest { partnership_id, filter, r#box, near, area_geojson, query } = message;
    let sought = sought(&mut gather, Asked { partnership_id, filter, r#box, near, area_geojson, query });
    gather.finish()?;
    sought.ok_or_else(|| Failure::invalid(Vec::new()))
}

pub(in crate::grpc) fn told(told: Told) -> pb::AggregateIssuesResponse {
    let counts = told.counts.into_iter().map(count).collect();
    pb::AggregateIssuesResponse { counts, total_count: told.total }
}

fn count(count: Count) -> pb::IssueCount {
    let mut told = pb::IssueCount { count: count.count, ..pb::IssueCount::default() };
    for shared in count.shared {
        match shared {
            Shared::State(of) => told.set_state(state(of)),
            Shared::Category(code) => told.category_code = code,
            Shared::Provider(id) => told.provider_id = id.map(|id| id.to_string()).unwrap_or_default(),
            Shared::Severity(of) => told.set_severity(severity(of)),
            Shared::Satisfaction(Some(of)) => told.set_satisfaction(satisfaction(of)),
            Shared::Satisfaction(None) => {}
            Shared::Square(halvings, number) => told.square = Some(square(cell::bounds_of(halvings, number))),
        }
    }
    told
}

fn square(bounds: Bounds) -> pb::GeoBox {
    let Bounds { south, west, north, east } = bounds;
    pb::GeoBox { south: Some(south), west: Some(west), north: Some(north), east: Some(east) }
}

fn groupings(message: &pb::AggregateIssuesRequest) -> Result<Vec<Grouping>, Violation> {
    let halvings = u32::try_from(message.grid_level).unwrap_or_default();
    let groupings = message.group_by().filter_map(|grouping| match grouping {
        pb::IssueGrouping::Unspecified => None,
        pb::IssueGrouping::State => Some(Grouping::State),
        pb::IssueGrouping::Category => Some(Grouping::Category),
        pb::IssueGrouping::Provider => Some(Grouping::Provider),
        pb::IssueGrouping::Severity => Some(Grouping::Severity),
        pb::IssueGrouping::Satisfaction => Some(Grouping::Satisfaction),
        pb::IssueGrouping::Square => Some(Grouping::Square(halvings)),
    });
    let groupings: Vec<Grouping> = groupings.collect();
    let in_squares = groupings.contains(&Grouping::Square(halvings));
    match groupings.as_slice() {
        [one, other] if one == other => Err(Violation::new("group_by", "must not hold the same twice")),
        _ if in_squares && halvings == 0 => {
            Err(Violation::new("grid_level", "must be at least 1 where squares are counted by"))
        }
        _ if !in_squares && halvings > 0 => {
            Err(Violation::new("grid_level", "must be 0 where squares are not counted by"))
        }
        _ => Ok(groupings),
    }
}

/// What the messages have in common.
struct Asked {
    partnership_id: String,
    filter: String,
    r#box: Option<pb::GeoBox>,
    near: Option<pb::GeoCircle>,
    area_geojson: String,
    query: String,
}

fn sought(gather: &mut Gather, asked: Asked) -> Option<Sought> {
    let partnership_id: Option<PartnershipId> = gather.take(wire::id("partnership_id", &asked.partnership_id));
    let place = gather.take(place(&asked));
    let words = gather.take(words(&asked.query));
    Some(Sought { partnership_id: partnership_id?, filter: asked.filter, place: place?, words: words? })
}

fn circle(near: pb::GeoCircle) -> Option<Circle> {
    let (latitude, longitude) = near.center?.degrees()?;
    let center = Point::new(latitude, longitude)?;
    Some(Circle { center, radius: near.radius_meters })
}

fn place(message: &Asked) -> Result<Option<Place>, Violation> {
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
    if let Some(circle) = message.near.and_then(circle) {
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
